"""Files in the IDX format: MNIST, Fashion-MNIST and their relatives, from the user's own copy.

A file starts with two zero bytes, the type of its numbers and how many axes they have, then their lengths as big-endian
32-bit integers, then the numbers.

References
----------
.. [1] Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits (1998).
.. [2] H. Xiao, K. Rasul, R. Vollgraf, arXiv:1708.07747.
"""

import gzip
import math
import struct
import zlib
from os import PathLike, fspath
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from statmech.datasets.pictures import Pictures

CHUNK = 2**20
"""Bytes that are read at a time: a wrong length in a header must not reserve memory that the file does not fill."""

UNSIGNED_BYTE = 0x08
OTHER_TYPES = {0x09: "signed bytes", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64"}


def read_pictures(images: str | PathLike[str], labels: str | PathLike[str]) -> Pictures:
    """Read a file of pictures and the file of their labels, plain or compressed by gzip.

    Parameters
    ----------
    images, labels : path
        As ``train-images-idx3-ubyte.gz`` and ``train-labels-idx1-ubyte.gz``.

    Returns
    -------
    Pictures
        Intensities 0 to 255 as uint8.

    Raises
    ------
    ValueError
        If one of the files is not what it should be, see `read_idx`, if they were swapped, or if there are not as many
        labels as pictures. The message names the file and what is wrong with it.
    OSError
        If a file cannot be opened or read.
    """
    pictures, classes = read_idx(images), read_idx(labels)
    if pictures.ndim == 1 and classes.ndim == 3:
        raise ValueError(
            f"images = {fspath(images)!r} holds labels and labels = {fspath(labels)!r} holds pictures: swap them"
        )
    if pictures.ndim != 3:
        raise ValueError(f"{fspath(images)}: not a file of pictures: its numbers have {pictures.ndim} axes, not 3")
    if classes.ndim != 1:
        raise ValueError(f"{fspath(labels)}: not a file of labels: its numbers have {classes.ndim} axes, not 1")
    if pictures.size == 0:
        raise ValueError(f"{fspath(images)}: holds no picture: its shape is {pictures.shape}")
    if len(pictures) != len(classes):
        raise ValueError(
            f"{fspath(labels)}: {len(classes)} labels for the {len(pictures)} pictures of {fspath(images)}"
        )
    return Pictures(images=pictures, labels=classes.astype(np.int64))


def read_idx(path: str | PathLike[str]) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, plain or compressed by gzip (told by its content, not by its name).

    Parameters
    ----------
    path : path
        The file.

    Returns
    -------
    numpy.ndarray of uint8
        One to three axes.

    Raises
    ------
    ValueError
        Naming the file, if it is no IDX file, holds another type or more axes, is truncated, goes on after its last
        number, or if its compression is corrupt.
    OSError
        If the file cannot be opened or read.
    """
    path = fspath(path)  # a number would be taken for an open file
    with open(path, "rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            if not compressed:
                return _numbers(file)
            with gzip.open(file) as inner:
                return _numbers(inner)  # type: ignore[arg-type]  # a GzipFile reads like any binary file
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise ValueError(f"{path}: the gzip compression is corrupt: {error}") from None
        except _Malformed as error:
            raise ValueError(f"{path}: {error}") from None


class _Malformed(Exception):
    """What is wrong with the content of a file."""


def _numbers(file: BinaryIO) -> NDArray[np.uint8]:
    """The numbers of an open file, which ends after them."""
    magic = file.read(4)
    if len(magic) < 4:
        raise _Malformed(f"truncated: {len(magic)} of the 4 bytes of the header" if magic else "empty")
    kind, axes = magic[2], magic[3]
    if magic[:2] != b"\0\0" or kind not in {UNSIGNED_BYTE, *OTHER_TYPES}:
        raise _Malformed(f"not an IDX file: it starts with {magic.hex(' ')}, not with 00 00 08")
    if kind != UNSIGNED_BYTE:
        raise _Malformed(f"holds {OTHER_TYPES[kind]} (type {kind:#04x}), only unsigned bytes (0x08) are supported")
    if not 1 <= axes <= 3:
        raise _Malformed(f"holds numbers with {axes} axes, only 1 to 3 are supported")
    shape = struct.unpack(f">{axes}I", _exactly(file, 4 * axes, "the header"))
    data = _exactly(file, math.prod(shape), f"its numbers, of shape {shape}")
    if file.read(1):  # at the end of a compressed file this verifies its checksum
        raise _Malformed(f"goes on after its {math.prod(shape)} numbers, of shape {shape}")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _exactly(file: BinaryIO, count: int, what: str) -> bytearray:
    """The next `count` bytes."""
    data = bytearray()
    while len(data) < count:
        piece = file.read(min(CHUNK, count - len(data)))
        if not piece:
            raise _Malformed(f"truncated: {len(data)} of the {count} bytes of {what}")
        data += piece
    return data
