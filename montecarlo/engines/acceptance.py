r"""Acceptance of a single-spin flip, decided by exact bounds from a table.

A flip changes the energy by :math:`\Delta E` and is accepted with probability :math:`p(x)`,
:math:`x = \Delta E / T`: :math:`\min(1, e^{-x})` (Metropolis) or :math:`1/(1 + e^x)` (heat bath). With a
random 32-bit word w it is accepted if :math:`w + 1/2 < 2^{32} p(x)`, so its probability is p rounded to a
multiple of :math:`2^{-32}`. As p falls with x, its values at the ends of a bucket of x bound it inside:
words above the upper bound are rejected and words below the lower bound accepted without computing p; about
one accepted flip in a hundred falls between and needs the exponential.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from statmech.checks import check_choice, check_real

X_MAX = 24.0
"""Beyond it, p(x) rounds to 0 or 1: exp(-24) < 2^-33."""

BUCKETS = 1024
"""Buckets over [-X_MAX, X_MAX]."""

MARGIN = 0.01
"""Widening of a bucket at either end, in buckets: a hundred times the rounding of its number in float32."""


@dataclass(frozen=True)
class Acceptance:
    """Acceptance rule at one temperature, as the kernels take it.

    With f the field of a spin along the spin (in units of the couplings' unit), the bucket's number is
    ``f * bucket + BUCKETS / 2`` and x is ``f * slope``.

    Attributes
    ----------
    upper, lower : array of uint64, shape (BUCKETS,)
        Words at or above `upper` are rejected; words below `lower` are accepted.
    bucket : float32
        Buckets per unit of field.
    slope : float
        x per unit of field.
    metropolis : bool
        Which formula decides between the bounds.
    """

    upper: NDArray[np.uint64]
    lower: NDArray[np.uint64]
    bucket: np.float32
    slope: float
    metropolis: bool


def probability(rule: str, x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the acceptance probability p(x) of `rule` (``"metropolis"`` or ``"heat-bath"``)."""
    return np.exp(-np.maximum(x, 0.0)) if rule == "metropolis" else expit(-x)


def acceptance(rule: str, T: float, unit: float) -> Acceptance:
    r"""Tabulate `rule` at temperature `T` for fields that are given in multiples of `unit`.

    A flip of a spin with field f along it costs :math:`\Delta E = 2 f` units, so :math:`x = 2 f\,unit/T`.
    At T = 0 both rules become descent: accept if f < 0; at f = 0 the spin stays.

    Raises
    ------
    ValueError
        If the rule is unknown, T negative or the unit not positive.
    """
    check_choice("rule", rule, ("heat-bath", "metropolis"))
    check_real("T", T, low=0.0)
    check_real("unit", unit, low=0.0, open_low=True)
    huge = float(np.finfo(np.float32).max)
    if T == 0:
        downhill = np.where(np.arange(BUCKETS) < BUCKETS // 2, np.uint64(2**32), np.uint64(0))
        return Acceptance(downhill, downhill, np.float32(huge), 0.0, rule == "metropolis")
    # Temperatures too small for the floating-point range behave as the smallest one that is not.
    slope = min(2.0 * unit / T, 1e300) if T > 1e-300 else 1e300
    number = np.arange(BUCKETS, dtype=np.float64) - BUCKETS // 2
    width = 2.0 * X_MAX / BUCKETS
    upper = np.ceil(2.0**32 * probability(rule, width * (number - MARGIN)) - 0.5)
    lower = np.ceil(2.0**32 * probability(rule, width * (number + 1 + MARGIN)) - 0.5)
    # The outermost buckets take everything beyond the table.
    upper[0], lower[-1] = 2.0**32, 0.0
    bucket = np.float32(min(slope / width, huge))
    return Acceptance(upper.astype(np.uint64), lower.astype(np.uint64), bucket, slope, rule == "metropolis")
