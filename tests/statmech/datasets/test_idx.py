"""IDX files: what is written is read, and whatever is wrong with a file is said."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from statmech import datasets
from statmech.datasets import idx


def encoded(array, kind=0x08):
    return bytes([0, 0, kind, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


IMAGES = np.random.default_rng(1).integers(0, 256, (7, 5, 4)).astype(np.uint8)
LABELS = np.array([3, 1, 4, 1, 5, 9, 2], np.uint8)


@pytest.fixture
def files(tmp_path):
    """Writes bytes under a name and gives the path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


def packed(content):
    """Compressed without the time, which would make another test of each process."""
    return gzip.compress(content, mtime=0)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gz"])
def test_pictures_are_read_as_they_were_written(files, pack, monkeypatch):
    images, labels = files("images", pack(encoded(IMAGES))), files("labels", pack(encoded(LABELS)))
    pictures = datasets.read_pictures(images, str(labels))
    np.testing.assert_array_equal(pictures.images, IMAGES)
    np.testing.assert_array_equal(pictures.labels, LABELS)
    assert pictures.images.dtype == np.uint8
    assert repr(pictures) == "7 pictures of 5 × 4 pixels in 6 classes"
    monkeypatch.setattr(idx, "CHUNK", 3)
    np.testing.assert_array_equal(datasets.read_idx(images), IMAGES)


def test_a_set_of_real_size_is_read_whole(files):
    """60000 pictures of 28 × 28, compressed, cut after the last but one number."""
    shape = (60000, 28, 28)
    content = b"\0\0\x08\x03" + struct.pack(">3I", *shape) + bytes(47_039_999)
    packed = gzip.compress(content + b"\x07", compresslevel=1)
    images = datasets.read_idx(files("train-images-idx3-ubyte.gz", packed))
    assert images.shape == shape
    assert images[-1, -1, -1] == images.max() == 7
    with pytest.raises(ValueError, match="truncated: 47039999 of the 47040000 bytes"):
        datasets.read_idx(files("short.gz", gzip.compress(content, compresslevel=1)))


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (packed(b""), "empty"),
        (b"\0\0\x08", "truncated: 3 of the 4 bytes of the header"),
        (b"\x89PNG\r\n", "not an IDX file: it starts with 89 50 4e 47"),
        (encoded(IMAGES, 0x07), "not an IDX file: it starts with 00 00 07 03"),
        (encoded(IMAGES, 0x0D), r"holds float32 \(type 0x0d\), only unsigned bytes"),
        (b"\0\0\x08\0", "holds numbers with 0 axes, only 1 to 3"),
        (encoded(IMAGES[:, :, :, None]), "holds numbers with 4 axes"),
        (encoded(IMAGES)[:11], "truncated: 7 of the 12 bytes of the header"),
        (encoded(IMAGES)[:-1], r"truncated: 139 of the 140 bytes of its numbers, of shape \(7, 5, 4\)"),
        (encoded(IMAGES) + b"\0", r"goes on after its 140 numbers"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "truncated: 0 of the 79228162458924105385300197375 bytes"),
        (packed(encoded(IMAGES))[:-12], "the gzip compression is corrupt"),
        (packed(encoded(IMAGES))[:-6] + b"\0\0\0\0\0\0", "the gzip compression is corrupt: CRC check failed"),
        (packed(encoded(IMAGES)) + b"more", "the gzip compression is corrupt: Not a gzipped file"),
        (b"\x1f\x8b", "the gzip compression is corrupt"),
        (packed(encoded(IMAGES)[:-1]), "truncated: 139 of the 140"),
    ],
)
def test_malformed_file_is_named_with_what_is_wrong(files, content, complaint):
    path = files("some-images", content)
    with pytest.raises(ValueError, match=f"some-images: .*{complaint}"):
        datasets.read_idx(path)


def test_files_that_do_not_belong_together(files):
    images, labels = files("images", encoded(IMAGES)), files("labels", encoded(LABELS))
    with pytest.raises(
        ValueError, match=r"images = '.*labels' holds labels and labels = '.*images' holds pictures: swap"
    ):
        datasets.read_pictures(labels, images)
    with pytest.raises(ValueError, match="labels: not a file of pictures: its numbers have 1 axes"):
        datasets.read_pictures(labels, labels)
    with pytest.raises(ValueError, match="images: not a file of labels: its numbers have 3 axes"):
        datasets.read_pictures(images, images)
    with pytest.raises(ValueError, match=r"fewer: 6 labels for the 7 pictures of .*images"):
        datasets.read_pictures(images, files("fewer", encoded(LABELS[:-1])))
    with pytest.raises(ValueError, match=r"none: holds no picture: its shape is \(0, 5, 4\)"):
        datasets.read_pictures(files("none", encoded(IMAGES[:0])), labels)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        datasets.read_pictures(images.parent / "nowhere", labels)
    for pair in ((images.parent, labels), (images, images.parent)):
        with pytest.raises(IsADirectoryError, match=images.parent.name):
            datasets.read_pictures(*pair)
    with pytest.raises(TypeError, match="not int"):
        datasets.read_idx(3)  # would be an open file


def agreed(path, original):
    """The file's content is refused by a ValueError that names it, or it is an array of bytes that fills the file."""
    complaint, read = "", None
    try:
        read = datasets.read_idx(path)
    except ValueError as error:
        complaint = str(error)
    if read is None:
        assert str(path) in complaint
        return False
    assert read.dtype == np.uint8
    content = path.read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    assert encoded(read) == content
    return bool(read.shape == original.shape and np.array_equal(read, original))


@settings(max_examples=150, deadline=None)
@given(data=st.data(), packed=st.booleans())
def test_truncated_and_damaged_files_are_refused_or_valid(tmp_path_factory, data, packed):
    """Never another exception; nothing shorter passes; no changed bit of a compressed file changes a number."""
    whole = gzip.compress(encoded(IMAGES), mtime=0) if packed else encoded(IMAGES)
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1), "length")])
    assert not agreed(path, IMAGES)
    damaged = bytearray(whole)
    for bit in data.draw(st.lists(st.integers(0, 8 * len(whole) - 1), min_size=1, max_size=3, unique=True), "bits"):
        damaged[bit // 8] ^= 1 << bit % 8
    path.write_bytes(damaged)
    same = agreed(path, IMAGES)
    assert packed or not same  # a name or a time in the header of a compressed file may change unnoticed


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=60), packed=st.booleans())
def test_arbitrary_content_is_refused_or_valid(tmp_path_factory, content, packed):
    path = tmp_path_factory.getbasetemp() / "arbitrary"
    path.write_bytes(gzip.compress(content) if packed else b"\0\0\x08" + content)
    assert not agreed(path, IMAGES)  # too short for these numbers
