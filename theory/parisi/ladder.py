r"""From one step of replica symmetry breaking to the full Parisi solution.

The best functions of k = 1, 2, … steps give free energies :math:`f_k` that increase with k and stay below that of the
full solution, since each minimises the functional over a larger set. They approach it as

.. math:: f - f_k \simeq \frac{a}{(k + k_0)^4} ,

because a step function with the best steps is off by :math:`O(1/k)`, its averages over steps by :math:`O(1/k^2)`, and
the functional is stationary. Three values of a ladder determine :math:`f`; the energy and the entropy are extrapolated
with the same weights, overlaps and C with those of :math:`(k+k_0)^{-2}`. The error estimate of f is the change of the
extrapolated value by the last step.

References
----------
.. [1] G. Parisi, J. Phys. A 13, 1101 (1980).
.. [2] R. Oppermann, M. J. Schmidt, Phys. Rev. E 78, 061124 (2008), on the law in k at T = 0.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.interpolate import PchipInterpolator

from statmech.checks import check_integer, check_real
from theory.parisi.covariance import Covariance
from theory.parisi.functional import Steps, Unresolved
from theory.parisi.minimum import Minimum, Problem, minimum
from theory.parisi.symmetric import Symmetric, symmetric_at, symmetric_overlaps

Array = NDArray[np.float64]

_NO_OVERLAP = 1e-10
_GAIN = 1e-13  # steps that raise f by less are lost to rounding


@dataclass(frozen=True, kw_only=True)
class Ladder:
    r"""Solutions with k = 0, 1, … steps of replica symmetry breaking, and what they converge to.

    Attributes
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature and field.
    symmetric : Symmetric
        The replica-symmetric solution, k = 0.
    rungs : tuple of Minimum
        The minima with k = 1, 2, … steps; empty where replica symmetry is stable. Steps that gain nothing to rounding,
        as beyond the first in a one-step phase, are left out.
    f, u, s : float
        Free energy, energy, entropy per spin, extrapolated in k.
    f_error : float
        Estimated error of `f`; with fewer than four rungs, or where their gains do not follow the law, only the size of
        the last gain.
    C, q_EA, q_min : float
        :math:`\beta(1-q_{EA})`, the largest (Edwards–Anderson) and the smallest overlap, extrapolated in k.
    m : float
        Magnetisation, of the last rung.
    """

    xi: Covariance
    T: float
    h: float
    symmetric: Symmetric
    rungs: tuple[Minimum, ...]
    f: float
    u: float
    s: float
    f_error: float
    C: float
    q_EA: float
    q_min: float
    m: float

    @property
    def free_energies(self) -> Array:
        """f with k = 0, 1, … steps."""
        return np.array([self.symmetric.f, *(-rung.value.F for rung in self.rungs)])

    @property
    def entropies(self) -> Array:
        """s with k = 0, 1, … steps: minus the derivative of each of `free_energies` with respect to T."""
        return np.array([self.symmetric.s, *(_entropy(self.xi, self.T, rung) for rung in self.rungs)])

    @property
    def overlaps(self) -> Array:
        """q_0 … q_k of the last rung; a single one where replica symmetry is stable."""
        if not self.rungs:
            return np.array([self.symmetric.q])
        last = self.rungs[-1].steps
        return np.append(last.q, 1 - self.T * last.C)

    @property
    def gamma(self) -> Array:
        """x/T on each of the intervals between `overlaps`."""
        return self.rungs[-1].steps.gamma if self.rungs else np.empty(0)

    @property
    def weights(self) -> Array:
        """Probability of each of `overlaps`: the step version of P(q)."""
        return np.diff(np.concatenate([[0.0], self.T * self.gamma, [1.0]]))

    @property
    def mean_overlap(self) -> float:
        r""":math:`\int q\,P(q)\,dq`."""
        return float(self.weights @ self.overlaps)

    def curve(self) -> tuple[Array, Array]:
        r"""Points :math:`(q, \gamma)` of the continuous :math:`\gamma(q) = x(q)/T`, good to :math:`O(k^{-2})`.

        Both the middle of each step and the middle of each riser of the last rung lie on it to that order.

        Returns
        -------
        q, gamma : numpy.ndarray
            Both increasing; fewer than three points where replica symmetry is stable or broken by one step.
        """
        q, gamma = self.overlaps, self.gamma
        if gamma.size < 2:
            return q[1:2], gamma
        jump = q[0] == 0  # from q = 0, where the weight of the first step lies, to the continuous part
        steps = list(zip(0.5 * (q[1:] + q[:-1]), gamma, strict=True))[1 if jump else 0 :]
        risers = list(zip(q[1:-1], 0.5 * (gamma[1:] + gamma[:-1]), strict=True))
        points = np.array(sorted(steps + risers))
        return points[:, 0], points[:, 1]

    def density(self, q: Array) -> Array:
        r"""Smooth part of P(q), :math:`dx/dq`, between the points of `curve`; zero elsewhere."""
        x, gamma = self.curve()
        if x.size < 3:
            return np.zeros_like(np.asarray(q, dtype=float))
        slope = PchipInterpolator(x, self.T * gamma, extrapolate=False).derivative()(np.asarray(q, dtype=float))
        return np.nan_to_num(slope)


def full_solution(xi: Covariance, T: float, h: float = 0.0, *, steps: int = 8, overlap: float | None = None) -> Ladder:
    """Solve with up to `steps` steps of replica symmetry breaking.

    Parameters
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature, T = 0 included, and field.
    steps : int
        The most steps.
    overlap : float, optional
        Which replica-symmetric overlap to start from, where there are several; by default the largest
        if the covariance has a quadratic term, else the smallest.

    Returns
    -------
    Ladder

    Raises
    ------
    ValueError
        If `T` or `steps` is out of range.
    """
    check_real("T", T, low=0.0)
    check_real("h", h)
    check_integer("steps", steps, low=1)
    problem = Problem(xi=xi, T=T, h=abs(h), pinned=h == 0 and xi.curvature(0.0) == 0)
    overlaps = symmetric_overlaps(xi, T, abs(h))
    discontinuous = xi.curvature(0.0) == 0
    q = overlap if overlap is not None else overlaps[0 if discontinuous and T > 0 else -1]
    flat = symmetric_at(xi, T, abs(h), q)
    rungs: list[Minimum] = []
    if discontinuous or (flat.replicon < 0 and flat.q > _NO_OVERLAP):  # at T_c itself q is zero to rounding
        rungs = _climb(problem, _first_guess(problem, flat), flat, steps)
    return _summarise(problem, flat, rungs, h)


def _climb(problem: Problem, guess: Steps, flat: Symmetric, steps: int) -> list[Minimum]:
    """Rung after rung, as long as they gain."""
    rungs: list[Minimum] = []
    best, guesses = flat.f, [guess]
    for k in range(1, steps + 1):
        rung = _best(problem, guesses)
        if rung is None or -rung.value.F - best < _GAIN:
            break
        rungs.append(rung)
        best = -rung.value.F
        if rung.replicon(problem) >= 0:
            break
        if k < steps:
            guesses = [finer(rung.steps, problem), split(rung.steps, problem)]
    return rungs


def _best(problem: Problem, guesses: list[Steps]) -> Minimum | None:
    """The minimum that is found from the first guess that leads to one."""
    for guess in guesses:
        try:
            found = minimum(problem, guess)
        except (Unresolved, FloatingPointError):
            continue
        if found.converged:
            return found
    return None


def _first_guess(problem: Problem, flat: Symmetric) -> Steps:
    """One step, from the replica-symmetric solution; fitted to the Sherrington–Kirkpatrick model."""
    xi, T = problem.xi, problem.T
    width = math.sqrt(xi.slope(1.0))
    if xi.curvature(0.0) == 0:
        gamma = 1 / (T + 0.65 * math.sqrt(2 * xi(1.0)))
        # a field acts on groups of spins that are as rigid as one at the temperature 1/gamma
        q0 = 0.0 if problem.pinned else math.tanh(gamma * problem.h) ** 2
        return Steps(q=np.array([q0]), gamma=np.array([gamma]), C=0.1 * (1 - q0) / width)
    # In the Sherrington–Kirkpatrick model without field `broken` is close to q²; it vanishes on the AT line.
    broken = -flat.replicon / (1 - flat.replicon) if T > 0 else 1.0
    spread = min(1.0, broken / flat.q**2) * (0.66 - 0.14 * math.sqrt(broken))
    gamma = 1.34 * flat.q * (1 - 0.64 * flat.q * (1 - flat.q)) / width
    return Steps(
        q=np.array([flat.q * (1 - spread)]),
        gamma=np.array([min(gamma, 0.5 / T) if T > 0 else gamma]),
        C=flat.C * (1 - 0.7 * broken),
    )


def finer(steps: Steps, problem: Problem) -> Steps:
    r"""Guess of the best function of one more step.

    Overlaps and gammas alternate along the function, and are interpolated in their place t between 0 and 1; near the
    end gamma grows like a power of 1/(1 - t) at low temperatures.
    """
    k, T = steps.gamma.size, problem.T
    first = 1 if problem.xi.curvature(0.0) == 0 else 0  # then q_0 stays where it is, apart from the others
    q = np.append(steps.q, 1 - T * steps.C)[first:]
    old, new = 2 * k + 1 - 2 * first, 2 * k + 3 - 2 * first
    if q.size == 1:
        return split(steps, problem)
    at = np.arange(1, old + 1, 2) / old
    lowest = 0.0 if problem.h == 0 and not first else max(0.0, 1.5 * q[0] - 0.5 * q[1])
    q_new = PchipInterpolator(np.append(0.0, at), np.append(lowest, q))(np.arange(1, new + 1, 2) / new)
    t_old, t_new = (2 * np.arange(1 - first, n + 1 - first) / size for n, size in ((k, old), (k + 1, new)))
    growth = (1 - T * steps.gamma[-1]) ** 2  # 1 at T = 0, where gamma diverges
    tame = steps.gamma * (1 - t_old) ** growth
    if not first and k > 1 and problem.h == 0:
        t_old, tame = np.append(0.0, t_old), np.append(0.0, tame)
    gamma = np.interp(t_new, t_old, tame) / (1 - t_new) ** growth
    ceiling = 0.5 * (steps.gamma[-1] + 1 / T) if T > 0 else math.inf
    gamma = np.minimum(gamma, ceiling) * (1 + 1e-3 * np.arange(k + 1) / (k + 1)) / (1 + 1e-3)
    sharp = (1 - T * steps.C / (1 - steps.q[-1])) ** 4  # 1 at T = 0, where C falls fast with k
    C = steps.C * ((k + 0.2) / (k + 1.3)) ** sharp
    return Steps(
        q=np.append(steps.q[:first], q_new[:-1]),
        gamma=np.maximum.accumulate(gamma),
        C=C,
    )


def split(steps: Steps, problem: Problem) -> Steps:
    """Guess of one more step by splitting the largest overlap alone: breaking that is far from uniform."""
    T = problem.T
    top, rest = 1 - T * steps.C, 1 - T * steps.gamma[-1]
    lower = top - 0.3 * (1 - top) - 0.04 * rest**4
    last = steps.gamma[-1] * (1 + 2 * rest**2)
    if T > 0:
        last = min(last, 0.5 * (steps.gamma[-1] + 1 / T))
    return Steps(
        q=np.append(steps.q, max(lower, 0.5 * (steps.q[-1] + top))),
        gamma=np.append(0.99 * steps.gamma, last),
        C=steps.C * (1 - 0.4 * rest**4),
    )


def _summarise(problem: Problem, flat: Symmetric, rungs: list[Minimum], h: float) -> Ladder:
    xi, T = problem.xi, problem.T
    f = np.array([flat.f, *(-rung.value.F for rung in rungs)])
    s = np.array([flat.s, *(_entropy(xi, T, rung) for rung in rungs)])
    C = np.array([flat.C, *(rung.steps.C for rung in rungs)])
    q_min = np.array([flat.q, *(rung.steps.q[0] for rung in rungs)])
    weight, error = _extrapolation(f)
    if rungs and rungs[-1].replicon(problem) >= 0:
        weight, error = 0.0, _GAIN

    def limit(values: Array, weight: float) -> float:
        return float(values[-1] + weight * (values[-1] - values[-2])) if values.size > 1 else float(values[-1])

    # values that converge like the square root of f
    slow = weight if weight == 0 else 1 / (math.sqrt(1 + 1 / weight) - 1)
    f_limit, s_limit, C_limit = limit(f, weight), limit(s, weight), limit(C, slow)
    m = rungs[-1].value.m if rungs else flat.m
    if not rungs and flat.replicon < 0 and flat.q > _NO_OVERLAP:  # breaking was sought and not found
        f_limit = s_limit = C_limit = q_min[0] = math.nan
        error = math.inf
    return Ladder(
        xi=xi, T=T, h=h, symmetric=flat, rungs=tuple(rungs), f=f_limit, u=f_limit + T * s_limit, s=s_limit,
        f_error=error, C=C_limit, q_EA=1 - T * C_limit, q_min=float(np.maximum(0.0, limit(q_min, slow))),
        m=math.copysign(m, h) if h else 0.0,
    )  # fmt: skip


def _entropy(xi: Covariance, T: float, rung: Minimum) -> float:
    """-df/dT, of which only the innermost average and its overlap know the temperature explicitly."""
    C = rung.steps.C
    return rung.value.S - 0.5 * C * C * xi.remainder(1 - T * C)


def _extrapolation(f: Array) -> tuple[float, float]:
    """Weight w of the last gain in the limit f_k + w (f_k - f_{k-1}), and the error of that limit."""
    if f.size == 1:
        return 0.0, _GAIN
    now, before = ((_weight(values), values) for values in (f, f[:-1]))
    gain = f[-1] - f[-2]
    if now[0] == 0 or before[0] == 0:
        return now[0], float((1 + now[0]) * gain)
    limits = [values[-1] + weight * (values[-1] - values[-2]) for weight, values in (now, before)]
    return now[0], float(abs(limits[0] - limits[1]))


def _weight(f: Array) -> float:
    """From the ratio of the last two gains, which determines k_0."""
    k = f.size - 1
    if k < 3:
        return 0.0
    ratio = (f[-2] - f[-3]) / (f[-1] - f[-2])

    def law(shift: float) -> float:
        a, b, c = ((k - j + shift) ** -4.0 for j in (2, 1, 0))
        return (a - b) / (b - c) - ratio

    low, high = -0.9, 200.0
    if law(low) * law(high) > 0:
        return 0.0
    shift = optimize.brentq(law, low, high, xtol=1e-12)
    return 1 / ((1 + 1 / (k - 1 + shift)) ** 4 - 1)
