"""The Franz–Parisi entropy: how many weight vectors there are at a distance from a reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from statmech.checks import check_real

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FranzParisi:
    r"""Entropy of the weights at a distance from a reference, point by point; all arrays of the shape of `d`.

    Where there is no replica-symmetric solution, or it was not solved to tolerance, all values of the point are NaN.
    Conjugates and further overlaps are attributes: ``curve.t``, ``curve.phat``, …

    Attributes
    ----------
    model : Model
        The state point of the weights.
    reference_T : float
        Temperature of the reference.
    d, overlap : numpy.ndarray
        Distance, the fraction of weights that differ from the reference, and overlap :math:`1 - 2d`.
    s, u : numpy.ndarray
        Entropy and energy per weight of the weights at that distance.
    phi : numpy.ndarray
        Free entropy :math:`s - u/T`; equal to s at T = 0.
    slope : numpy.ndarray
        :math:`d\phi/dd`; where the replicon is negative that of the replica-symmetric branch alone.
    q : numpy.ndarray
        Overlap of two weight vectors at that distance from the same reference.
    order : mapping of str to numpy.ndarray
        The other overlaps and the conjugates.
    replicon : numpy.ndarray
        Negative where replica symmetry is unstable, and s only an approximation.
    residual : numpy.ndarray
        Largest residual of the equations.
    """

    model: Any
    reference_T: float
    d: Array
    overlap: Array
    s: Array
    u: Array
    phi: Array
    slope: Array
    q: Array
    order: Mapping[str, Array]
    replicon: Array
    residual: Array

    def __getattr__(self, name: str) -> Array:
        order = self.__dict__.get("order", {})
        if name in order:
            return order[name]
        raise AttributeError(f"no order parameter {name!r}: this curve has {', '.join(order)}")

    def __repr__(self) -> str:
        known = np.isfinite(self.s)
        if not known.any():
            return f"s(d) of {self.model}: {self.message} [RS]"
        best = np.nanargmax(self.phi)
        top = f"largest s - u/T at d = {self.d.flat[best]:.6g}, s = {self.s.flat[best]:.6g}"
        unstable = int(np.sum(self.replicon < 0))
        note = f", replica symmetry unstable at {unstable}" if unstable else ""
        lost = f"; {self.message}" if self.message else ""
        return f"s(d) of {self.model}: {top}  [RS, {int(known.sum())} of {self.d.size} points{note}{lost}]"

    @property
    def message(self) -> str:
        """Empty, or at how many distances there is no solution, why, and where there are."""
        known = np.isfinite(self.s)
        if known.all():
            return ""
        missing = f"no replica-symmetric solution at {int(np.sum(~known))} of {self.d.size} distances"
        why = (
            ": q reaches 1 where no weights without errors are left; there is one at T > 0" if self.model.T == 0 else ""
        )
        where = f"; found at d = {self.d[known].min():.4g} … {self.d[known].max():.4g}" if known.any() else ""
        return missing + why + where

    def to_dict(self) -> dict[str, Any]:
        """Plain data: arrays over the distances under the names of the attributes, the reference and the message."""
        names = ("d", "overlap", "s", "u", "phi", "slope", "q")
        return {name: getattr(self, name) for name in names} | {
            **self.order,
            "replicon": self.replicon,
            "residual": self.residual,
            "reference_T": self.reference_T,
            "message": self.message,
        }


def check_distances(d: ArrayLike) -> Array:
    """Distances as an array, each checked to lie between 0 and 1.

    Raises
    ------
    ValueError
        If one of them does not, or there are none.
    """
    array = np.asarray(d)
    if array.dtype.kind not in "iuf" or array.size == 0:
        raise ValueError(f"d = {d!r} is not allowed: d must be one or more real numbers")
    checked = [check_real("d", x, low=0.0, high=1.0, open_low=True, open_high=True) for x in array.ravel().tolist()]
    return np.array(checked).reshape(array.shape)
