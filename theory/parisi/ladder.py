r"""From one step of replica symmetry breaking to the full Parisi solution.

The best functions of k = 1, 2, … steps give free energies :math:`f_k` that increase with k and stay below that of the
full solution, since each minimises the functional over a larger set. One step begins at the minimum of a coarse convex
functional (`theory.parisi.coarse`), each further one where the derivative of the functional asks for it
(`theory.parisi.refinement`). The limit and its error are those of `theory.parisi.limits`, within the bound that
convexity gives. The minimum is unique, and so is the answer, whatever the way to it.

At T = 0 with breaking C = 0 and s = 0, and without field the smallest overlap is 0: facts, not extrapolated.

References
----------
.. [1] G. Parisi, J. Phys. A 13, 1101 (1980).
.. [2] A. Auffinger, W.-K. Chen, Commun. Math. Phys. 335, 1429 (2015).
.. [3] R. Oppermann, M. J. Schmidt, Phys. Rev. E 78, 061124 (2008), on the law in k at T = 0.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from statmech.checks import check_integer, check_real
from statmech.results import with_error
from theory.parisi.coarse import one_step_guess
from theory.parisi.covariance import Covariance
from theory.parisi.curve import continuous_part, slope
from theory.parisi.dynamical import states_at
from theory.parisi.functional import Steps, Unresolved
from theory.parisi.limits import Limit, free_energy_limit, limit
from theory.parisi.minimum import Minimum, Problem, minimum
from theory.parisi.refinement import first_steps, has_jump, lowest, refinements, shortfall
from theory.parisi.symmetric import Symmetric, symmetric_at, symmetric_overlaps

Array = NDArray[np.float64]

_NO_OVERLAP = 1e-10
_GAIN = 1e-13  # steps that raise f by less are lost to rounding
_REGULAR = 0.01  # of what is extrapolated, an error by which the steps count as following their law
_CERTAIN = 1e-10  # bounds of the error below this are the rounding of the bound
_FIRST_OVERLAPS = (0.5, 0.3, 0.1, 0.03, 0.01, 0.003)  # in the largest one
_UNRESOLVED = 0.05
_EXACT = 1e-9  # of what solves the equations of one step to their tolerance


@dataclass(frozen=True, kw_only=True, repr=False)
class Ladder:
    r"""Solutions with k = 0, 1, … steps of replica symmetry breaking, and what they converge to.

    Attributes
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature and field.
    symmetric : Symmetric
        The replica-symmetric solution of the largest free energy, k = 0.
    rungs : tuple of Minimum
        The minima with k = 1, 2, … steps; empty where replica symmetry is stable. Steps that gain nothing to rounding,
        as beyond the first in a one-step phase, are left out.
    f, u, s : float
        Free energy, energy, entropy per spin, extrapolated in k.
    C, q_EA, q_min : float
        :math:`\beta(1-q_{EA})`, the largest (Edwards–Anderson) and the smallest overlap, extrapolated in k.
    x_max : float
        :math:`x(q_{EA})`, the probability that the overlap is smaller than :math:`q_{EA}`, extrapolated in k; NaN where
        replica symmetry is stable, and at T = 0 and so close to it that the steps do not resolve it.
    m : float
        Magnetisation, extrapolated in k.
    f_error, u_error, s_error, C_error, q_EA_error, q_min_error, x_max_error : float
        Estimated errors of these; see `theory.parisi.limits`. With few or irregular steps that of f is the bound of
        `theory.parisi.refinement.shortfall`, the others the changes by the last step.
    """

    xi: Covariance
    T: float
    h: float
    symmetric: Symmetric
    rungs: tuple[Minimum, ...]
    f: float
    u: float
    s: float
    C: float
    q_EA: float
    q_min: float
    x_max: float
    m: float
    f_error: float
    u_error: float
    s_error: float
    C_error: float
    q_EA_error: float
    q_min_error: float
    x_max_error: float

    def __repr__(self) -> str:
        values = [f"{name} = {getattr(self, name):.6g}" for name in ("T", "h") if name == "T" or self.h]
        for name in ("f", "q_EA", "q_min", "x_max"):
            value = getattr(self, name)
            if not math.isnan(value):
                values.append(f"{name} = {with_error(value, getattr(self, name + '_error'))}")
        steps = f"{len(self.rungs)} step{'s' if len(self.rungs) != 1 else ''}" if self.rungs else "replica symmetric"
        return f"{'  '.join(values)}  [{steps}]"

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

    def moment(self, power: int) -> Limit:
        r""":math:`\int q^n P(q)\,dq`, extrapolated in k, with its error."""
        if not self.rungs:
            return Limit(self.symmetric.q**power, 0.0)
        values = []
        for rung in self.rungs:
            q = np.append(rung.steps.q, 1 - self.T * rung.steps.C)
            values.append(np.diff(np.concatenate([[0.0], self.T * rung.steps.gamma, [1.0]])) @ q**power)
        return limit(self.free_energies, np.array(values), 2)

    @property
    def mean_overlap(self) -> float:
        r""":math:`\int q\,P(q)\,dq`."""
        return self.moment(1).value

    def curve(self) -> tuple[Array, Array]:
        r"""The continuous part of :math:`\gamma(q) = x(q)/T`.

        Returns
        -------
        q, gamma : numpy.ndarray
            Points from one end to the other, or to the middle of the last step where `x_max` is not known; empty where
            replica symmetry is stable or broken by too few steps.
        """
        if not self.rungs:
            return np.empty(0), np.empty(0)
        start = (0.0, 0.0) if self.h == 0 else None
        end = None if math.isnan(self.x_max) else (self.q_EA, self.x_max / self.T)
        steps = [rung.steps for rung in self.rungs]
        return continuous_part(self.T, steps, self.free_energies, start, end)

    def density(self, q: Array) -> Array:
        r"""Continuous part of P(q), :math:`dx/dq`; together with `peaks` its integral is 1."""
        return self.T * slope(*self.curve(), q)

    @property
    def peaks(self) -> tuple[tuple[float, float], ...]:
        """Overlap and weight of the delta peaks of P(q).

        Where `x_max` is not known, at the lowest temperatures, the weight close to `q_EA` that the last step does not
        resolve is counted to its peak.
        """
        q, gamma = self.curve()
        if q.size == 0:
            return tuple(zip(self.overlaps.tolist(), self.weights.tolist(), strict=True))
        x = self.T * gamma
        below = self.T * float(self.gamma[0]) if has_jump(self.rungs[-1].steps, self.T) else 0.0
        found = ((self.q_min, below), (float(q[0]), float(x[0]) - below), (self.q_EA, 1 - float(x[-1])))
        return tuple((overlap, weight) for overlap, weight in found if weight > 0)


def full_solution(xi: Covariance, T: float, h: float = 0.0, *, steps: int = 8) -> Ladder:
    """Solve with up to `steps` steps of replica symmetry breaking.

    Parameters
    ----------
    xi : Covariance
        Of the Hamiltonian.
    T, h : float
        Temperature, T = 0 included, and field.
    steps : int
        The most steps.

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
    problem = Problem(xi=xi, T=T, h=abs(h), pinned=False)
    flat = _without_steps(problem)
    problem, rungs = _climb(problem, flat, steps)
    return _summarise(problem, flat, rungs, h)


def _without_steps(problem: Problem) -> Symmetric:
    """The replica-symmetric solution of the largest free energy."""
    xi, T, h = problem.xi, problem.T, problem.h
    return max((symmetric_at(xi, T, h, q) for q in symmetric_overlaps(xi, T, h)), key=lambda solution: solution.f)


def _climb(problem: Problem, flat: Symmetric, steps: int) -> tuple[Problem, list[Minimum]]:
    """Rung after rung, as long as they gain."""
    if problem.T == 0 and float(problem.xi.curvature(1.0)) ** 2 * flat.C**3 < _GAIN:
        return problem, []  # a strong field aligns all spins: what steps gain is below rounding, as in `shortfall`
    problem, rung = _first_rung(problem, flat)
    rungs: list[Minimum] = []
    while rung is not None:
        rungs.append(rung)
        if len(rungs) == steps or _left(problem, rung) < 10 * _GAIN:
            break
        free, guesses = problem, list(refinements(problem, rung.steps))
        rung = _first_minimum(problem, guesses, -rungs[-1].value.F)
        if rung is None and problem.h == 0 and not problem.pinned:  # the smallest overlap vanishes
            problem = replace(free, pinned=True)
            to_zero = [replace(guess, q=np.append(0.0, guess.q[1:])) for guess in guesses]
            rung = _first_minimum(problem, to_zero, -rungs[-1].value.F)
            if rung is None or not _stable_at_zero(problem, rung.steps):
                return free, rungs
    return problem, rungs


def _stable_at_zero(problem: Problem, steps: Steps) -> bool:
    """Whether a smallest overlap 0 is stable: there the field changes the magnetisation by the sum over all steps."""
    susceptibility = steps.C + steps.gamma @ np.diff(np.append(steps.q, 1 - problem.T * steps.C))
    return bool(problem.xi.curvature(0.0) * susceptibility**2 <= 1)


def _settled(problem: Problem, rung: Minimum) -> bool:
    """Whether no further step raises the free energy, as beyond the first in a one-step phase."""
    return rung.replicon(problem) >= 0 and _left(problem, rung) < 10 * _GAIN


def _left(problem: Problem, rung: Minimum) -> float:
    """How much further steps may raise the free energy."""
    return shortfall(problem, rung.steps, stable=rung.replicon(problem) >= 0)


def _first_rung(problem: Problem, flat: Symmetric) -> tuple[Problem, Minimum | None]:
    """The best function of one step; without field with q_0 = 0 where that is stable."""
    guess = one_step_guess(problem)
    guesses = [guess] if guess is not None else []
    if problem.h == 0:
        pinned = replace(problem, pinned=True)
        at_zero = [replace(guess, q=np.zeros(1)) for guess in guesses]
        rung = _first_minimum(pinned, at_zero, flat.f)
        if rung is None and flat.q == 0:
            rung = _first_minimum(pinned, _at_discontinuity(problem), flat.f)
        if rung is not None:
            if _stable_at_zero(pinned, rung.steps):
                return pinned, rung
            top = 1 - problem.T * rung.steps.C
            guesses = list(lowest(problem, [replace(rung.steps, q=np.array([part * top])) for part in _FIRST_OVERLAPS]))
    if flat.replicon < 0 and flat.q > _NO_OVERLAP:  # at the transition itself q is zero to rounding
        guesses += first_steps(problem, flat.q, flat.C)
    rung = _first_minimum(problem, guesses, flat.f)
    if rung is None and problem.h != 0 and _flat_error(problem, flat) > 0:
        weak = _of_weak_field(problem)
        problem = replace(problem, pinned=any(guess.q[0] < 1e-14 for guess in weak))  # 1 - q_0 is 1 to rounding
        rung = _first_minimum(problem, weak, flat.f)
    return problem, rung


def _of_weak_field(problem: Problem) -> list[Steps]:
    """The breaking without field where it begins at q_0 = 0, with the overlap that a weak field gives its blocks."""
    zero, rung = _first_rung(replace(problem, h=0.0), _without_steps(replace(problem, h=0.0)))
    if rung is None or not zero.pinned:
        return []
    steps, top = rung.steps, 1 - problem.T * rung.steps.C
    susceptibility = steps.C + float(steps.gamma[0]) * top
    return [replace(steps, q=np.array([min((susceptibility * problem.h) ** 2, 0.1 * top)]))]


def _at_discontinuity(problem: Problem) -> list[Steps]:
    """The states at x = 1, if their complexity is negative, as it is below a discontinuous transition."""
    T = problem.T
    state = states_at(problem.xi, T, 1 / T) if T > 0 else None
    if state is None or state.complexity >= 0 or state.q < _NO_OVERLAP:
        return []
    return [Steps(q=np.zeros(1), gamma=np.array([x / T]), C=state.C) for x in (0.99, 0.9999, 0.999999)]


def _first_minimum(problem: Problem, guesses: Iterable[Steps], f: float) -> Minimum | None:
    """The first minimum that a guess leads to and that raises the free energy."""
    for guess in guesses:
        try:
            found = minimum(problem, guess)
        except (Unresolved, FloatingPointError):
            continue
        if found.converged and -found.value.F - f >= _GAIN:
            return found
    return None


def _summarise(problem: Problem, flat: Symmetric, rungs: list[Minimum], h: float) -> Ladder:
    xi, T = problem.xi, problem.T
    if not rungs:
        return _without_breaking(problem, flat, h)
    f = np.array([flat.f, *(-rung.value.F for rung in rungs)])
    steps = [rung.steps for rung in rungs]
    stable = _settled(problem, rungs[-1])
    free = Limit(float(f[-1]), _GAIN)
    if not stable:
        free = _bounded(free_energy_limit(f), free.value, _left(problem, rungs[-1]))

    def limit_of(values: list[float], power: int) -> Limit:
        return Limit(values[-1], _EXACT) if stable else limit(f, np.array(values), power)

    zero, nan = Limit(0.0, 0.0), Limit(math.nan, math.nan)
    C, s, q_min, x_max = zero, zero, zero, nan
    if T > 0:
        C = limit_of([function.C for function in steps], 2)
        s = limit_of([_entropy(xi, T, rung) for rung in rungs], 2)
        x_max = limit_of([T * function.gamma[-1] for function in steps], 1)
    if h != 0:
        q_min = limit_of([function.q[0] for function in steps], 2 if has_jump(steps[-1], T) else 1)
        # in weak fields it still falls with each step like a power that the series does not know
        q_min = Limit(max(q_min.value, 0.0), q_min.error if stable else max(q_min.error, steps[-1].q[0] - q_min.value))
    if len(rungs) == 1 and not stable:
        C_error, s_error = _instability(problem, steps[0].C, rungs[0].replicon(problem))
        C, s = C._replace(error=C_error * (T > 0)), s._replace(error=s_error * (T > 0))
        x_max = x_max._replace(error=1 - x_max.value)
        q_min = q_min._replace(error=min(C_error, abs(flat.q - q_min.value)) if h else 0.0)
    # at the lowest temperatures gamma still grows with each step, as at T = 0
    if x_max.error > _UNRESOLVED or C.error > _UNRESOLVED * C.value:
        x_max = nan
    m = limit_of([rung.value.m for rung in rungs], 2).value
    return Ladder(
        xi=xi, T=T, h=h, symmetric=flat, rungs=tuple(rungs),
        f=free.value, u=free.value + T * s.value, s=s.value, C=C.value, q_EA=1 - T * C.value, q_min=q_min.value,
        x_max=x_max.value, m=math.copysign(m, h) if h else 0.0,
        f_error=free.error, u_error=free.error + T * s.error, s_error=s.error, C_error=C.error, q_EA_error=T * C.error,
        q_min_error=q_min.error, x_max_error=x_max.error,
    )  # fmt: skip


def _bounded(found: Limit, last: float, most: float) -> Limit:
    """A limit within the bound of convexity: where steps follow their law, what is called so may be an estimate."""
    if found.error < _REGULAR * (found.value - last):
        return Limit(found.value, max(found.error, _GAIN))
    return Limit(min(found.value, last + most), max(min(found.error, most), _GAIN))


def _without_breaking(problem: Problem, flat: Symmetric, h: float) -> Ladder:
    """The replica-symmetric solution: the answer where it is stable, else as good as the functional says."""
    T = problem.T
    C_error = s_error = 0.0
    f_error = _flat_error(problem, flat)
    if f_error > 0:
        C_error, s_error = _instability(problem, flat.C, flat.replicon)
    return Ladder(
        xi=problem.xi, T=T, h=h, symmetric=flat, rungs=(), f=flat.f, u=flat.u, s=flat.s, C=flat.C, q_EA=flat.q,
        q_min=flat.q, x_max=math.nan, m=math.copysign(flat.m, h) if h else 0.0, f_error=f_error,
        u_error=f_error + T * s_error, s_error=s_error, C_error=C_error, q_EA_error=T * C_error,
        q_min_error=T * C_error if h else flat.q, x_max_error=math.nan,
    )  # fmt: skip


def _flat_error(problem: Problem, flat: Symmetric) -> float:
    """How much breaking may raise the replica-symmetric free energy; 0 where the functional says that it does not.

    To be stable against small breaking, by the replicon, is not enough: breaking can set in with a finite overlap.
    """
    T = problem.T
    stable = flat.replicon >= 0 or flat.q <= _NO_OVERLAP
    beta = 1 / T if T > 0 else math.inf
    as_step = Steps(q=np.array([flat.q]), gamma=np.array([beta]), C=0.5 * flat.C if T > 0 else flat.C)
    error = shortfall(problem, as_step, stable=stable)
    return 0.0 if stable and error < _CERTAIN else max(error, _GAIN)


def _instability(problem: Problem, C: float, replicon: float) -> tuple[float, float]:
    """By how much C and the entropy may change where further breaking is there but was not resolved."""
    change = C * min(1.0, max(0.0, -replicon))
    return change, 0.5 * problem.xi.curvature(1.0) * change**2


def _entropy(xi: Covariance, T: float, rung: Minimum) -> float:
    """-df/dT, of which only the innermost average and its overlap know the temperature explicitly."""
    C = rung.steps.C
    return rung.value.S - 0.5 * C * C * xi.remainder(1 - T * C)
