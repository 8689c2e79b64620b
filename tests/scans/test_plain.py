"""Journaled data read back bit by bit."""

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scans.plain import decode, encode

scalars = st.none() | st.booleans() | st.integers() | st.floats(width=64) | st.text()
plain = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda name: name[:2] != "__"), inner),
    max_leaves=20,
)


def bits(value: object) -> object:
    """A value with its floats spelled as bytes, so that equality is identity of bits."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, list):
        return [bits(item) for item in value]
    if isinstance(value, dict):
        return {key: bits(item) for key, item in value.items()}
    return value


@given(plain)
def test_plain_data_come_back_bit_by_bit(value: object) -> None:
    text = encode(value)
    assert "\n" not in text
    assert bits(decode(text)) == bits(value)


@given(
    arrays.arrays(
        st.sampled_from([np.float64, np.float32, np.int8, np.int64, np.uint64, np.bool_, np.dtype(">f8")]),
        arrays.array_shapes(min_dims=0, max_dims=3, min_side=0),
    )
)
def test_arrays_come_back_bit_by_bit(value: np.ndarray) -> None:
    back = decode(encode({"x": value}))["x"]
    assert back.shape == value.shape
    assert back.dtype == value.dtype.newbyteorder("=")
    assert back.tobytes() == value.astype(back.dtype).tobytes()
    assert back.flags.writeable


def test_numpy_scalars_become_python_numbers() -> None:
    assert decode(encode([np.float64(0.1), np.int64(3), np.bool_(True), np.float32(0.1)])) == [
        0.1,
        3,
        True,
        float(np.float32(0.1)),
    ]


@pytest.mark.parametrize("value", [1j, object(), {1: 2}, {"__float__": 1}, np.array([1j]), np.array(["x"]), b"x"])
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="journaled"):
        encode({"x": value})
