"""Refusing bad parameters in one voice: the parameter, the value, the allowed range."""

import difflib
import math
import numbers
from collections.abc import Collection
from typing import SupportsFloat

import numpy as np
from numpy.typing import NDArray

SMALLEST = 1e-300
"""The smallest temperature or load above zero."""
MOST_SPINS = 10**6
"""The largest number of spins that interact in one term."""
LARGEST = 1e150
"""The largest temperature or load: its square is a number, and so is that of its inverse."""


def check_real(
    name: str,
    value: SupportsFloat,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    open_low: bool = False,
    open_high: bool = False,
) -> float:
    """Return `value` as a float, or raise naming the parameter, the value and the allowed interval.

    Raises
    ------
    ValueError
        If `value` is no finite real number between `low` and `high`
        (end points excluded where `open_low`, `open_high` say so).
    """
    bounds = f"{'(' if open_low or low == -math.inf else '['}{low:g}, {high:g}"
    bounds += ")" if open_high or high == math.inf else "]"
    complaint = f"{name} = {value!r} is not allowed: {name} must be a real number in {bounds}"
    if isinstance(value, (bool, str, bytes)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        raise ValueError(complaint)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(complaint) from None
    inside = (number > low if open_low else number >= low) and (number < high if open_high else number <= high)
    if not (math.isfinite(number) and inside):
        raise ValueError(complaint)
    return number + 0.0  # -0.0 is 0.0: equal parameters must have equal keys


def check_temperature(value: SupportsFloat) -> float:
    """Return `value` as a float, or raise if it is no temperature; see `check_scale`.

    Raises
    ------
    ValueError
        If `value` is neither 0 nor a real number between 1e-300 and 1e150.
    """
    return check_scale("T", value)


def check_scale(name: str, value: SupportsFloat) -> float:
    """Return `value`, a temperature or a load, as a float, or raise naming the parameter, the value and its range.

    Between 0 and 1e-300 the answers are those of 0 to all digits, and inverses overflow; beyond 1e150 squares do.

    Raises
    ------
    ValueError
        If `value` is neither 0 nor a real number between 1e-300 and 1e150.
    """
    number = check_real(name, value, low=0.0)
    if not (number == 0 or SMALLEST <= number <= LARGEST):
        raise ValueError(
            f"{name} = {value!r} is not allowed: {name} must be 0, or at least {SMALLEST:g} and at most {LARGEST:g}"
        )
    return number


def check_dilution(value: SupportsFloat) -> float:
    """Return `value`, a fraction d of blank entries of patterns, as a float.

    Raises
    ------
    ValueError
        If `value` is no real number in [0, 1).
    """
    return check_real("d", value, low=0.0, high=1.0, open_high=True)


def check_integer(name: str, value: object, *, low: int, high: int | None = None) -> int:
    """Return `value` as an int, or raise naming the parameter, the value and the allowed range.

    Raises
    ------
    ValueError
        If `value` is not an integer (NumPy integers count) between `low` and `high` inclusive.
    """
    allowed = f"at least {low}" if high is None else f"between {low} and {high}"
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Integral)
        or int(value) < low
        or (high is not None and int(value) > high)
    ):
        raise ValueError(f"{name} = {value!r} is not allowed: {name} must be an integer, {allowed}")
    return int(value)


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> str:
    """Return `value` if it is one of `choices`, or raise naming the parameter, the value and the choices.

    Raises
    ------
    ValueError
        If `value` is not one of `choices`.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} = {value!r} is not allowed: {name} must be one of {', '.join(map(repr, choices))}")
    return value


def suggestion(name: str, allowed: Collection[str]) -> str:
    """Ask whether the nearest of the `allowed` names was meant by `name`; nothing if none is near."""
    near = difflib.get_close_matches(name, allowed, 1)
    return f"did you mean {near[0]}?" if near else ""


def check_spins(name: str, values: object, *, dimensions: int) -> NDArray[np.int8]:
    """Return `values` as an array of int8, or raise if it is no array ±1 of so many dimensions.

    Raises
    ------
    ValueError
        If `values` has another number of dimensions, an empty axis, or an entry that is not ±1.
    """
    array = np.asarray(values)
    if array.ndim != dimensions or array.size == 0:
        raise ValueError(
            f"{name} of shape {array.shape} is not allowed: {name} must have {dimensions} axes, none of them empty"
        )
    if not np.all((array == 1) | (array == -1)):
        raise ValueError(f"{name} is not allowed: every entry must be +1 or -1")
    return array.astype(np.int8, copy=False)
