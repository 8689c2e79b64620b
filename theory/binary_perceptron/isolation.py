"""How far a typical solution of the binary perceptron is from the next: where s(d) vanishes."""

import math
from dataclasses import replace

from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_real
from statmech.lines import PhaseLine
from statmech.models import BinaryPerceptron
from statmech.models.binary_perceptron import KAPPA_MAX
from statmech.results import Solution
from theory.binary_perceptron.freezing import load_of_freezing
from theory.binary_perceptron.potential import Point, point_at, typical, unconstrained
from theory.binary_perceptron.rs import absent
from theory.tracing import traced

LOWEST = 0.05
"""Smallest load over the capacity; further down the distance falls like the square of the load, from 6e-6 at κ = 0."""


def isolation_distance(alpha: ArrayLike, kappa: float = 0.0) -> PhaseLine:
    r"""Distance :math:`d_\mathrm{min}(\alpha)` up to which a typical solution has no other solutions around it.

    There s(d) = 0 at T = T' = 0, see `theory.binary_perceptron.potential`; nearer, s < 0. The window is open at every
    load: :math:`d_\mathrm{min} \sim \alpha^2` as :math:`\alpha \to 0`, up to logarithms, and at the capacity it reaches
    the distance :math:`(1-q_0)/2` of typical solutions from each other.

    Parameters
    ----------
    alpha : array_like
        Loads between 0.05 times the capacity and the capacity.
    kappa : float
        Stability.

    Returns
    -------
    PhaseLine
        With ``d``, the overlaps q and t there, :math:`\hat p`, and the replicon. NaN where s(d) could not be followed
        that far, at stabilities next to the ends of their range.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(isolation_distance(0.7).d, 6)
    0.036937
    """
    kappa = check_real("kappa", kappa, low=-KAPPA_MAX, high=KAPPA_MAX)
    capacity = load_of_freezing(0.0, kappa)[1]
    return traced(
        "isolation distance", lambda a: _isolated(a, kappa, LOWEST * capacity), "alpha", alpha, low=0.0, high=capacity,
        open_low=True,
    )  # fmt: skip


def _isolated(alpha: float, kappa: float, lowest: float) -> Solution:
    """The point where s(d) vanishes, coming from the distance of typical solutions."""
    if alpha < lowest:
        raise ValueError(
            f"alpha = {alpha:.7g} is not allowed: alpha must be at least {lowest:.7g}; the window is open at lower "
            "loads, too, and narrows like their square"
        )
    ref = typical(alpha, kappa, 0.0)
    last = unconstrained(ref)
    found: dict[float, Point] = {}

    def entropy(log_d: float) -> float:
        nonlocal last
        point = point_at(ref, alpha, math.inf, 1 - 2 * math.exp(log_d), last)
        if point is None:
            return -math.inf
        last, found[log_d] = point.start, point
        return point.s

    high = math.log(0.5 * (1 - ref.q))
    low = high - 0.3
    while (s := entropy(low)) > 0:
        low, high = low - 0.3, low
    model = BinaryPerceptron(alpha=alpha, kappa=kappa)
    if s == -math.inf:  # the branch ends before
        return replace(
            absent(model, "RS", "isolated", "s(d) was not followed down to zero"),
            order=dict.fromkeys(("d", "q", "t", "phat"), math.nan),
        )
    log_d = float(optimize.brentq(entropy, low, high, xtol=1e-13, rtol=1e-13))
    entropy(log_d)
    point = found[log_d]
    return Solution(
        model=model, ansatz="RS", state="isolated",
        order={"d": math.exp(log_d), "q": point.q, "t": point.start.t, "phat": point.start.phat},
        f=0.0, u=0.0, s=point.s, converged=True, residual=point.residual, iterations=len(found),
        stability=math.nan, replicon=point.replicon,
    )  # fmt: skip
