r"""Networks of pairs, P = 2, that learn from examples, with one step of replica symmetry breaking, at any T ≥ 0.

The equations are those of `theory.hopfield.one_rsb_equations` with the averages over the law :math:`\chi` of the
examples, :math:`h = n\chi + \sigma_0z_0 + \sigma_1z_1`, and the modes of `theory.learning.pairs`: one with a teacher,
M without. In the Gaussian form :math:`\chi = (1+\sqrt\rho\,g)/\sqrt{1+\rho}` the average of the examples is a pattern
whose imperfection g all replicas share: it adds :math:`n^2\rho/(1+\rho)` to :math:`\sigma_0^2` and nothing to
:math:`\sigma_1^2`. So the states are not those of a Hopfield model at another load and temperature, as the
replica-symmetric ones are, at :math:`T' = \lambda T`, :math:`\lambda = 1 + \rho(1-C)`, and

.. math:: \alpha' = (1+\rho)^2\Big[\alpha + \frac{\rho\,(1-C)^2n^2}{(1+\rho)\,q}\Big] .

Along the branch of retrieval states, followed by the overlap n, the load has its maximum, the spinodal, where
:math:`d^2f/dn^2 = 0` with everything else stationary.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
from scipy import optimize

from theory.dense.one_rsb import NO_BREAKING, guess
from theory.dense.one_rsb_equations import site_nested
from theory.dense.pattern import site_moments
from theory.hopfield.one_rsb import glass_guess
from theory.hopfield.one_rsb_equations import PairNetwork, curvature, equations
from theory.learning import pairs
from theory.learning.pairs import Pairs
from theory.root import STEP, Root, Vector, search

_EVERYTHING, _FIELDS = [0, 1, 2, 3], [1, 2, 3]


def one_step(net: Pairs) -> PairNetwork:
    """The network as the one-step equations of pairs take it."""
    return PairNetwork(partial(site_nested, net.pattern), net.modes)


def scale_of_breaking(net: Pairs, alpha: float, T: float, n: float, sigma: float) -> float:
    r"""The energy :math:`W = (\sigma^2/q)\,\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h`: the AT line is T = W."""
    _, _, C, C4, *_ = site_moments(*net.pattern.arrays, n, sigma, T)
    return alpha * net.gain(1.0, C) * C4


@lru_cache(maxsize=64)
def end_of_breaking(net: Pairs) -> float:
    """Temperature above which the retrieval state is replica symmetric up to its spinodal."""

    def replicon(T: float) -> float:
        n, sigma, alpha = _symmetric_end(net, T)
        return T - scale_of_breaking(net, alpha, T, n, sigma)

    return float(optimize.brentq(replicon, 0.0, 0.99, xtol=1e-14))


# --- retrieval ---


def breaks(net: Pairs, point: pairs.Symmetric) -> bool:
    """Whether a replica-symmetric retrieval state is unstable, by more than doubles can hold."""
    return point.replicon < 0 and scale_of_breaking(net, point.gamma, point.T, point.n, point.sigma) > NO_BREAKING


def at_load(net: Pairs, symmetric: pairs.Symmetric) -> Root:
    """The state at a load, from the replica-symmetric one there; reliable away from the spinodal."""
    alpha, T, n, sigma = symmetric.gamma, symmetric.T, symmetric.n, symmetric.sigma
    start = guess(T, n, sigma, scale_of_breaking(net, alpha, T, n, sigma))
    system = one_step(net)
    return search(lambda v: equations(v, alpha, T, system), start, _EVERYTHING)


def _follow(net: Pairs, T: float) -> Callable[[float], tuple[Root, float]]:
    """The state of an overlap and its load, each found from the one before, the first from `pairs.spinodal`.

    The load is NaN where there is no state, or where its breaking is lost to rounding.
    """
    system = one_step(net)
    n, sigma, alpha = _symmetric_end(net, T)
    last = guess(T, n, sigma, scale_of_breaking(net, alpha, T, n, sigma))
    last[0] = math.log(alpha)

    def at(n: float) -> tuple[Root, float]:
        nonlocal last

        def defect(w: Vector) -> Vector:
            return equations(np.array([n, *w[1:]]), math.exp(min(w[0], 5.0)), T, system)

        root = search(defect, last, _EVERYTHING)
        if not root.step < STEP:
            return root, math.nan
        last = root.v
        return replace(root, v=np.array([n, *root.v[1:]])), math.exp(root.v[0])

    return at


def _symmetric_end(net: Pairs, T: float) -> tuple[float, float, float]:
    """Overlap, noise and load of the replica-symmetric spinodal."""
    y, alpha = pairs.spinodal(net, T)
    sigma = pairs.noise(net, y, T)
    return y * sigma, sigma, alpha


_FIRST_STEP = 2e-4  # in the overlap, from the replica-symmetric spinodal on; steps double


def _beyond(holds: Callable[[float], bool], start: float, step: float) -> tuple[float, float]:
    """Two neighbouring overlaps, in steps that double, of which the second is the first one where `holds` does not."""
    here = start
    while holds(here + step) and abs(step) < 0.2:
        here, step = here + step, 2 * step
    return here, here + step


@lru_cache(maxsize=256)
def spinodal(net: Pairs, T: float) -> tuple[float, float]:
    """Overlap and load at the end of retrieval, below `end_of_breaking`; NaN where the breaking is lost to rounding."""
    at = _follow(net, T)
    system = one_step(net)

    def stiffness(n: float) -> float:
        root, alpha = at(n)
        return curvature(root, alpha, T, system) if math.isfinite(alpha) else math.nan

    start = _symmetric_end(net, T)[0]
    stable = stiffness(start) > 0
    ends = _beyond(lambda n: (stiffness(n) > 0) == stable, start, -_FIRST_STEP if stable else _FIRST_STEP)
    if not stiffness(min(ends)) < 0 < stiffness(max(ends)):
        return math.nan, math.nan
    n = float(optimize.brentq(stiffness, *sorted(ends), xtol=1e-12))
    return n, at(n)[1]


def at_spinodal(net: Pairs, n: float, T: float) -> Root:
    """The state at the overlap that `spinodal` gives."""
    return _follow(net, T)(n)[0]


def near_spinodal(net: Pairs, alpha: float, T: float) -> Root | None:
    """The stable state at a load next to the spinodal, by a root along the branch; None if it is not resolved."""
    at = _follow(net, T)
    start, limit = spinodal(net, T)
    if not alpha <= limit:
        return None
    ends = _beyond(lambda n: at(n)[1] > alpha, start, _FIRST_STEP)
    if not at(ends[1])[1] <= alpha:
        return None
    n = optimize.brentq(lambda n: at(n)[1] - alpha, *ends, xtol=1e-15) if alpha < limit else start
    return at(float(n))[0]


# --- the glass ---


def glass(net: Pairs, alpha: float, T: float, sigma: float) -> Root:
    r"""The glass, n = 0, from the noise :math:`\sigma` of the replica-symmetric one."""
    cold, _ = pairs.spin_glass(net, alpha, 0.0)
    assert cold is not None
    start = glass_guess(T, sigma, 1 - cold.C, T / pairs.glass_temperature(net, alpha))
    system = PairNetwork(modes=net.modes)
    return search(lambda v: equations(v, alpha, T, system), start, _FIELDS)
