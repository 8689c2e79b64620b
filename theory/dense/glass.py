r"""The glass that the noise of a dense network is, without retrieval: m = 0.

Its energies have the covariance :math:`\gamma\xi(q)`, so that temperatures are those at unit load times
:math:`\sqrt\gamma`. With distinct indices it is the P-spin glass of :math:`J^2 = 2\gamma/P`, whose transition is
discontinuous: metastable states appear at :math:`T_d`, and at :math:`T_s` one step of breaking sets in with a finite
overlap. With repeated indices pairs interact too, and the paramagnet is unstable below :math:`\sqrt{\gamma\xi''(0)}`.
For P = 4 this is where the glass begins, continuously. From P = 6 on a finite overlap comes first, as with distinct
indices: the quartets outweigh the pairs.

Equations: `theory.parisi`, and `theory.parisi.dynamical` for the discontinuous transition.
"""

import math
from functools import lru_cache

import numpy as np
from scipy import optimize

from statmech.branch import stationary_points
from theory.dense.network import Network
from theory.nested import inner_averages
from theory.parisi import dynamical
from theory.parisi.covariance import Covariance
from theory.parisi.dynamical import State, at_ratio, state_at


def loaded(net: Network, gamma: float) -> Covariance:
    r"""The covariance :math:`\gamma\,\xi(q)`, at a load that is not zero."""
    return Covariance({power: gamma * value for power, value in net.xi.terms.items()})


def reduced_temperature(gamma: float, T: float) -> float:
    r""":math:`T/\sqrt\gamma`, the temperature at unit load; infinite without load."""
    return T / math.sqrt(gamma) if gamma > 0 else math.inf


@lru_cache(maxsize=256)
def transitions(net: Network) -> tuple[float, float]:
    r"""The temperatures :math:`T_d` and :math:`T_s` of the glass at unit load, equal if it begins continuously.

    :math:`T_s` is where the glass takes over from the paramagnet at equilibrium.
    """
    xi = net.xi
    continuous = math.sqrt(xi.curvature(0.0))
    maxima = stationary_points(lambda s: at_ratio(xi, s).T, np.geomspace(0.05, 60.0, 120))
    if not any(point.kind == "maximum" and point.control > continuous for point in maxima):
        return continuous, continuous
    static = at_ratio(xi, dynamical.kauzmann_ratio(xi)).T
    return at_ratio(xi, dynamical.dynamical_ratio(xi)).T, max(static, continuous)


def is_discontinuous(net: Network) -> bool:
    """Whether the glass begins with a finite overlap."""
    dynamic, static = transitions(net)
    return dynamic > static


@lru_cache(maxsize=256)
def _ends(xi: Covariance) -> tuple[State, State]:
    """The equilibrium states at T = 0 and at the static transition."""
    ground = dynamical.equilibrium(xi, 0.0)
    assert ground is not None
    return ground, at_ratio(xi, dynamical.kauzmann_ratio(xi))


def equilibrium(xi: Covariance, T: float) -> State | None:
    r"""The one-step states of vanishing complexity below the static transition, for a covariance without pairs.

    The same as `theory.parisi.dynamical.equilibrium`, from a guess instead of brackets: between its values at T = 0 and
    at the transition D varies by a few per cent only, and C by a factor. None where there are none.
    """
    ground, top = _ends(xi)
    if top.T <= T:
        return None
    if T == 0:
        return ground
    share = T / top.T
    guess = [math.log(ground.C) * (1 - share) + math.log(top.C) * share, ground.D * (1 - share) + top.D * share]
    found = optimize.root(lambda v: _defect(xi, T, math.exp(v[0]), v[1]), guess, method="hybr", options={"xtol": 1e-13})
    C, D = math.exp(found.x[0]), float(found.x[1])
    if np.abs(_defect(xi, T, C, D)).max() < 1e-11:
        return state_at(xi, T, D, C)
    return dynamical.equilibrium(xi, T)


def _defect(xi: Covariance, T: float, C: float, D: float) -> np.ndarray:
    """Relative defect of the equation of C, and the complexity."""
    q = 1 - T * C
    if not (q > 0 and D > 0 and D * T < 1.5):
        return np.array([1e3, 1e3])
    inner = inner_averages(np.zeros(1), math.sqrt(xi.slope(q)), D, T)
    return np.array([inner.C[0] / C - 1, inner.K[0] + 0.5 * D * D * xi.theta(q)])


def rigidity(xi: Covariance, state: State) -> float:
    """1 - dq'/dq of the map from q to the overlap in its field, at fixed D: positive where the states are stable."""
    step = 1e-5 * state.C
    high, low = (
        inner_averages(np.zeros(1), math.sqrt(xi.slope(1 - state.T * (state.C + shift))), state.D, state.T).C[0]
        for shift in (step, -step)
    )
    return 1 - float(high - low) / (2 * step)


def residual(xi: Covariance, state: State) -> float:
    """Undamped defect of the equation of q, and of the complexity where it is to vanish."""
    in_C, complexity = _defect(xi, state.T, state.C, state.D)
    at_one = state.T * state.D >= 1 - 1e-12
    return max(abs(in_C) * state.C, 0.0 if at_one else abs(complexity))
