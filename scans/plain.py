"""Plain data in JSON, bit by bit: what a journal may hold.

Numbers, strings, lists, dictionaries and small arrays go to JSON text and come back identical. JSON
spells every finite double by the shortest decimal that reads back exactly; NaN and the infinities, which
JSON lacks, are written as the hexadecimal digits of their eight bytes; arrays as base64 of their
little-endian bytes. Nothing in the text can run code when it is read, unlike a pickle.
"""

import base64
import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

FLOAT, ARRAY = "__float__", "__array__"


def encode(value: Any) -> str:
    """JSON text of `value` on one line.

    Raises
    ------
    TypeError
        If `value` holds anything but None, booleans, integers, floats, strings, real arrays, and lists
        and string-keyed dictionaries of them.
    """
    return json.dumps(_to_json(value), separators=(",", ":"), allow_nan=False)


def decode(text: str | bytes) -> Any:
    """The value whose text is `text`: the inverse of `encode` (tuples come back as lists)."""
    return json.loads(text, object_hook=_from_json)


def _to_json(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, np.generic):
        return _to_json(value.item())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {FLOAT: struct.pack(">d", value).hex()}
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
        data = base64.b64encode(little.tobytes()).decode()
        return {ARRAY: data, "dtype": little.dtype.str, "shape": list(value.shape)}
    if isinstance(value, Mapping):
        return {_name(key): _to_json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_to_json(item) for item in value]
    raise TypeError(f"{value!r} of type {type(value).__name__} is no plain data and cannot be journaled")


def _name(key: object) -> str:
    if not isinstance(key, str) or key in (FLOAT, ARRAY):
        raise TypeError(f"{key!r} cannot be a name in journaled data")
    return key


def _from_json(item: dict[str, Any]) -> Any:
    if FLOAT in item:
        return struct.unpack(">d", bytes.fromhex(item[FLOAT]))[0]
    if ARRAY in item:
        data = np.frombuffer(base64.b64decode(item[ARRAY]), np.dtype(item["dtype"]))
        return data.reshape(item["shape"]).astype(data.dtype.newbyteorder("="))
    return item
