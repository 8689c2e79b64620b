r"""Engine for perceptrons: cached fields :math:`h_\mu = \sum_i X_i^\mu w_i` of patterns multiplied by their labels.

Two costs of weights :math:`w_i = \pm 1` at stability :math:`\kappa`:

errors
    :math:`E = \sum_\mu \theta(\kappa\sqrt N - h_\mu)`, the number of patterns that are not stored, with
    :math:`\theta(0) = 0`.
stability
    :math:`E = \tfrac{1}{\sqrt N} \sum_\mu \max(0, \kappa\sqrt N - h_\mu)`: what their fields lack. It vanishes where
    the other does, and shows a search the way there.

Fields are integers: of patterns ±1 in multiples of 1, of Gaussian patterns in multiples of
1/`montecarlo.disorder_sample.GRID`. With c the smallest integer not below :math:`\kappa\sqrt N`, in these units, and
:math:`\delta = c - \kappa\sqrt N`, a pattern is stored if :math:`h \ge c`, and otherwise lacks :math:`c - h - \delta`:
both costs are exact.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_choice, check_integer, check_real

COSTS = ("errors", "stability")

PADDING = 32
"""Columns of the patterns are padded to a multiple of it: no remainder in the loops."""


@dataclass(frozen=True)
class Fields:
    """Engine of cached fields of patterns, for perceptrons.

    Attributes
    ----------
    X : array of int8 or int16, shape (N, K')
        Patterns, site by site, in multiples of their unit; padded with zeros to K' ≥ K columns.
    K : int
        Number of patterns.
    threshold : int
        Fields below it are errors.
    slack : float
        What the threshold exceeds the stability by, in [0, 1).
    weighted : bool
        Whether an error costs what its field lacks.
    unit : float
        The energies' unit: 1, or that of the fields over the square root of N.
    fields : numpy.dtype
        Type of the cached fields.
    field : float
        External field on every weight in multiples of `unit`.
    """

    X: NDArray[np.generic]
    K: int
    threshold: int
    slack: float
    weighted: bool
    unit: float
    fields: np.dtype[np.generic]
    field: float = 0.0

    @property
    def N(self) -> int:
        """Number of weights."""
        return self.X.shape[0]


def perceptron_engine(
    X: NDArray[Any], kappa: float = 0.0, *, cost: str = "errors", unit: float = 1.0, field: float = 0.0
) -> Fields:
    r"""Engine for the energy :math:`E(w) - h \sum_i w_i` of a binary perceptron.

    Parameters
    ----------
    X : array of integers, shape (P, N)
        Patterns multiplied by their labels, in multiples of `unit`; at `kappa` = 0, of entries ±1 with N odd.
    kappa : float
        Stability, below :math:`\sqrt N` in absolute value.
    cost : str
        ``"errors"`` or ``"stability"``; see the module.
    unit : float
        The patterns' unit.
    field : float
        External field h on the weights: conjugate to the overlap with a reference that is gauged to +1.

    Raises
    ------
    ValueError
        If there is no pattern, an argument or the size of the fields is out of range, or at `kappa` = 0 patterns are
        ±1 and N is even.
    """
    if X.ndim != 2 or X.size == 0 or not np.issubdtype(X.dtype, np.integer):
        raise ValueError(f"X of shape {X.shape} and type {X.dtype} is not allowed: it holds integers, shape (P, N)")
    if kappa == 0:
        check_fields(X)
    K, N = X.shape
    unit = check_real("unit", unit, low=0.0, open_low=True)
    edge = check_stability(kappa, N) / unit
    threshold = math.ceil(edge)
    moduli = np.abs(X.astype(np.int64))
    strongest = int(moduli.sum(1).max()) + 2 * int(moduli.max())
    weighted = check_choice("cost", cost, COSTS) == "stability"
    largest = int(moduli.sum()) + K * abs(threshold) if weighted else strongest  # what the kernel adds up in 31 bits
    if moduli.max() > np.iinfo(np.int16).max or largest >= 2**31:
        raise ValueError(f"N = {N} is not allowed with {K} patterns: entries or sums of them exceed 16 or 31 bits")
    padded = np.zeros((N, -(-K // PADDING) * PADDING), np.int8 if moduli.max() <= np.iinfo(np.int8).max else np.int16)
    padded[:, :K] = X.T
    energy = unit / math.sqrt(N) if weighted else 1.0
    return Fields(
        X=padded, K=K, threshold=threshold, slack=threshold - edge, weighted=weighted, unit=energy,
        fields=np.dtype(np.int16 if strongest <= np.iinfo(np.int16).max else np.int32),
        field=check_real("field", field) / energy,
    )  # fmt: skip


def cost_of(engine: str) -> str:
    """The cost that an engine of `montecarlo.Settings` has."""
    return "stability" if engine == "stability-fields" else "errors"


def check_odd(N: int) -> int:
    """Return N, or raise if it is not a positive odd integer."""
    if check_integer("N", N, low=1) % 2 == 0:
        raise ValueError(
            f"N = {N} is not allowed: with patterns ±1 fields vanish at even N, and have no sign; N must be odd, "
            "or engine='gaussian-fields' in a simulation, which takes any N"
        )
    return int(N)


def check_fields(X: NDArray[Any]) -> None:
    """Raise if fields of these patterns may vanish: entries ±1, and an even number of weights."""
    if X.shape[1] % 2 == 0 and np.all(np.abs(X) == 1):
        check_odd(X.shape[1])


def check_stability(kappa: float, N: int) -> float:
    r"""Return :math:`\kappa\sqrt N`, or refuse a stability that no field of patterns ±1 reaches, or that all exceed.

    Raises
    ------
    ValueError
        Unless :math:`|\kappa| < \sqrt N`.
    """
    edge = check_real("kappa", kappa) * math.sqrt(N)
    if abs(edge) >= N:
        what = "no pattern can be stored" if kappa > 0 else "all patterns are stored by all weights"
        raise ValueError(f"kappa = {kappa} is not allowed at N = {N}: {what}; |kappa| must be below sqrt(N)")
    return edge
