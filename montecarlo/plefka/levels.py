r"""Site magnetisations of one disorder sample, by the levels that `montecarlo.plefka.retrieval` describes.

Iterations judge convergence by the undamped residual. They start undamped; where the residual does not halve in
`PATIENCE` sweeps, the step is halved. Sampling judges whether it is stationary: the overlaps with the archetype in both
halves of the run, and the magnetisations in even and odd sweeps, which differ if parallel updates went into a cycle.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.plefka.fields import Multilinear, fields
from montecarlo.plefka.noise import Noise
from montecarlo.plefka.sample import Sample, exact_engine
from montecarlo.run import advance
from montecarlo.settings import Settings

TOLERANCE = 1e-5
"""Largest change of a magnetisation in an undamped sweep at which an iteration has converged.

Products in single precision move magnetisations by up to 1e-6/T; the levels' own errors are a thousand times larger.
"""

NOTHING = 100 * TOLERANCE
"""Magnetisations that are all smaller are on the way to the solution 0, which is exact."""

PATIENCE = 10
"""Sweeps in which the residual must halve, or the step is halved."""

SMALLEST = 0.125
"""Smallest step: a residual that grows on the way out of an unstable state is no reason to stand still there."""

DRIFT = 0.02
"""Largest difference of the overlaps in both halves of a stationary run, unless its error is more than a quarter."""

CYCLE = 0.2
"""Largest root mean square difference of the magnetisations in even and odd sweeps of a stationary run."""


@dataclass(frozen=True)
class Magnetisations:
    """Site magnetisations and how they were arrived at.

    Attributes
    ----------
    first, second : array, shape (N,)
        Of both halves of a run; the same array twice where they solve equations.
    converged : bool
        Whether the residual is below the level's tolerance.
    residual : float
        Of equations the largest undamped change of a magnetisation, of runs the larger of drift and cycle, each divided
        by what is allowed.
    sweeps : int
        Evaluations of all fields, or sweeps of all spins.
    """

    first: NDArray[np.float64]
    second: NDArray[np.float64]
    converged: bool
    residual: float
    sweeps: int


def solve(
    network: Multilinear, noise: Noise, start: NDArray[np.float64], T: float, *, reaction: bool, limit: int
) -> Magnetisations:
    r"""Iterate :math:`m_i(t+1) = \tanh \beta[h_i(m(t)) - c(m(t))\,m_i(t-1)]`, c being 0 without the reaction term.

    At T = 0 the hyperbolic tangent is the sign, and a spin without field keeps its magnetisation.

    Parameters
    ----------
    network, noise
        As in `montecarlo.plefka.sample.Sample`.
    start : array, shape (N,)
        First magnetisations.
    T : float
        Temperature, positive with the reaction term.
    reaction : bool
        Whether the field of the other spins' reaction is taken off.
    limit : int
        Largest number of sweeps.
    """
    m, before, step = start.copy(), start, 1.0
    residual = best = math.inf
    since = 0
    for done in range(1, limit + 1):
        c = noise.reaction(m, T) if reaction else 0.0
        if not math.isfinite(c):
            return Magnetisations(m, m, False, math.inf, done)  # the loops diverge: there are no equations here
        new = _response(fields(network, m) - c * before, m, T)
        # The equations have m at one time only: the last step counts as well.
        residual = float(max(np.abs(new - m).max(), np.abs(m - before).max() if reaction else 0.0))
        if residual < TOLERANCE:
            new = new if np.abs(new).max() > NOTHING else np.zeros_like(new)
            return Magnetisations(new, new, True, residual, done)
        if residual < 0.5 * best:
            best, since = residual, done
        elif done - since >= PATIENCE:
            best, since, step = residual, done, max(0.5 * step, SMALLEST)
        m, before = m + step * (new - m), m
    return Magnetisations(m, m, False, residual, limit)


def _response(h: NDArray[np.float64], m: NDArray[np.float64], T: float) -> NDArray[np.float64]:
    """Magnetisation of spins in fields h, which had m before."""
    if T == 0:
        return np.where(h == 0, m, np.sign(h))
    with np.errstate(over="ignore", under="ignore"):
        return np.tanh(h / T)


def sample_parallel(
    network: Multilinear,
    noise: Noise,
    archetype: NDArray[np.int8],
    T: float,
    *,
    weight: float,
    settings: Settings,
    stream: np.random.SeedSequence,
) -> Magnetisations:
    r"""Update all spins at once, in fields of their running means, and average :math:`\tanh \beta h_i` over the sweeps.

    :math:`s_i(t+1) = \mathrm{sign}[\tanh \beta h_i + U]`, U uniform in (-1, 1), with
    :math:`h_i = h_i(\hat m(t)) - c(\hat m(t))\,\hat m_i(t-1)` and
    :math:`\hat m(t+1) = (1-w)\,\hat m(t) + w\,s(t+1)`.

    Parameters
    ----------
    network, noise, archetype
        As in `montecarlo.plefka.sample.Sample`; the spins start at the archetype.
    T : float
        Temperature, positive.
    weight : float
        The weight w in (0, 1] of new spins.
    settings : Settings
        Its numbers of sweeps.
    stream : numpy.random.SeedSequence
        The noise's random numbers.
    """
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    mean = archetype.astype(np.float64)
    before = mean
    total = settings.thermalization + settings.sweeps
    responses = np.full((total, len(mean)), math.nan, np.float32)
    for response in responses:
        c = noise.reaction(mean, T)
        if not math.isfinite(c):
            break  # the loops diverge: what is left of the run is unknown, and so are its means
        response[:] = _response(fields(network, mean) - c * before, mean, T)
        spins = np.where(response + generator.uniform(-1.0, 1.0, len(mean)) > 0, 1.0, -1.0)
        mean, before = mean + weight * (spins - mean), mean
    return _means(responses[settings.thermalization :], archetype, total, cycles=True)


def sample_exactly(sample: Sample, T: float, *, settings: Settings, stream: np.random.SeedSequence) -> Magnetisations:
    """Average the spins over a run of single-spin updates from the archetype: samples of the exact law.

    Parameters
    ----------
    sample : Sample
        The disorder.
    T : float
        Temperature; at T = 0 the run is a descent.
    settings : Settings
        Its numbers of sweeps, its rule and order of updates.
    stream : numpy.random.SeedSequence
        The run's random numbers.

    Raises
    ------
    ValueError
        If there is no engine of so many examples, see `montecarlo.engines.power_sums`.
    """
    engine = exact_engine(sample.network, sample.M)
    rule = acceptance(settings.rule, T, engine.unit)
    total = settings.thermalization + settings.sweeps
    replica = walker(engine, sample.archetype, stream)
    blocks = advance(engine, replica, rule, sweeps=total, order=settings.order)
    spins = np.concatenate([block.spins for block in blocks])
    return _means(spins[settings.thermalization :], sample.archetype, total, cycles=False)


def _means(values: NDArray[Any], archetype: NDArray[np.int8], sweeps: int, *, cycles: bool) -> Magnetisations:
    """Means of both halves of a run, from spins or their mean responses in each sweep, and whether it is stationary."""
    half = len(values) // 2
    first, second = (part.mean(0, dtype=np.float64) for part in (values[:half], values[half:]))
    overlap = values[: 2 * half].astype(np.float32).reshape(2, half, -1) @ archetype.astype(np.float32) / len(archetype)
    error = math.sqrt(float(overlap.var(1).sum()) / half)
    residual = abs(float((second - first) @ archetype)) / len(archetype) / max(DRIFT, 4.0 * error)
    if cycles:
        alternating = values[::2][:half].mean(0, dtype=np.float64) - values[1::2][:half].mean(0, dtype=np.float64)
        residual = max(residual, math.sqrt(float(np.mean(alternating**2))) / CYCLE)
    if math.isnan(residual):
        residual = math.inf  # the run broke off
    return Magnetisations(first, second, residual < 1.0, residual, sweeps)
