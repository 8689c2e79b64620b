r"""Retrieval observables of Hebbian networks by Plefka's expansion, at several levels, on given disorder.

The means of spins in a state of a network follow, to some order, from closed equations of the site magnetisations,
which take a dozen products with the matrix of patterns and have no statistical error. Levels of `retrieve`, all of
which start from the first archetype (pattern) and see the same disorder:

``"mean-field"`` (L1)
    :math:`m_i = \tanh \beta h_i(m)`, first order: independent spins in the exact fields of their means. The error of
    a field is of the order :math:`\beta \gamma (1 - q)`, small at low temperature.
``"TAP"`` (L2)
    :math:`m_i(t+1) = \tanh \beta [h_i(m(t)) - c\,m_i(t-1)]`, with the reaction c of `montecarlo.plefka.noise`: second
    order, at large N all that there is for P ≥ 4, and all orders for P = 2.
``"sampled"`` (L3)
    Parallel updates with noise, in the fields of running means; see `montecarlo.plefka.levels.sample_parallel`. It
    does not satisfy detailed balance. With ``weight=1`` there is no reaction, and it is Little's dynamics.
``"exact"`` (L0)
    Single-spin Monte Carlo, the only one that samples the Boltzmann distribution (from the archetype, so long as the
    state holds).

L1 to L3 are solvers of retrieval observables, not samplers: they know nothing of other states, of fluctuations, or of
the glass. They agree with the exact level where the retrieval state exists and lasts. Measured for P = 4 at T = 0.2,
N = 120, between `TAP` and 500 exact sweeps, twelve samples each: at 0.4 of the load where retrieval ends at large N, m
agrees within 0.001 and magnetisations within 0.004; at 0.8 of it, within 0.005 and 0.02 where the exact run keeps the
archetype, which it loses in two samples out of three. Beyond, the equations of a finite network may still have a
solution near the archetype: that they converge does not say that a state lasts. A negative replicon eigenvalue says
that it does not; it is in the result for each sample. Equations count as solved where no magnetisation would change by
`montecarlo.plefka.levels.TOLERANCE`, 1e-5, in another sweep. Observables:

m
    Overlap with the archetype, :math:`\tfrac1N \sum_i \xi_i^1 m_i`.
n
    Overlap with the average of its examples, :math:`\tfrac{1}{N \sqrt R} \sum_i \bar\eta_i^1 m_i`; equal to m
    where patterns themselves are stored.
q
    :math:`\tfrac1N \sum_i m_i^2`; of runs the overlap of both halves' means, whose errors are independent.
retrieved
    Fraction of samples that converged to a state with at least half of the largest m of all samples, and with more than
    `RANDOM` over the square root of N, or than one half where N is so small that this is more. Small systems lose their
    state well inside the retrieval phase.

Equations always have the solution :math:`m_i = 0` as well. Where the iteration ends there it has converged, and to the
paramagnet: m, n and q are 0, nothing is retrieved, and the message says so. It also counts the samples that went to any
other state without the archetype, and those that did not converge, whose observables are NaN.

At T = 0 the mean-field equations are those of a state in which no flip lowers the energy: their fields, at spins ±1,
are exact. The reaction is not defined there: :math:`\beta (1 - q)` has a limit that spins ±1 do not tell.

References
----------
.. [1] T. Plefka, J. Phys. A 15, 1971 (1982).
.. [2] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
   Physica A 626, 129076 (2023), arXiv:2212.00606: dense networks with Plefka's approximation.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from montecarlo.averages import sample_mean
from montecarlo.plefka.levels import Magnetisations, sample_exactly, sample_parallel, solve
from montecarlo.plefka.noise import Noise
from montecarlo.plefka.sample import Sample, draw
from montecarlo.sample import sample_key
from montecarlo.settings import Settings
from statmech.checks import check_choice, check_integer, check_real
from statmech.models import Model
from statmech.results import Estimate
from statmech.streams import substream, unit_stream

LEVELS = {
    "exact": "L0, exact Monte Carlo",
    "mean-field": "L1, naive mean field",
    "TAP": "L2, TAP",
    "sampled": "L3, noise-sampled parallel updates",
}
"""Levels by the names that `retrieve` takes."""

RANDOM = 3.0
"""Random states have no larger overlap with an archetype, in units of 1/√N, but for one in a thousand."""

PARAMAGNET = 0.01
"""Largest q of a state that is called the paramagnet."""

PLACES = 6
"""Decimal places that are printed."""

RUN = 5
"""Label of the stream of a run's random numbers, below a sample's stream."""


@dataclass(frozen=True, kw_only=True)
class Retrieval:
    """Retrieval observables at finite N, averaged over disorder samples.

    The observables are attributes: ``retrieval.m.mean``. Samples that did not converge are left out of them and NaN in
    the arrays.

    Attributes
    ----------
    model : Model
        The state point.
    N, samples : int
        Number of spins, and of disorder samples.
    level : str
        The level that was used, a key of `LEVELS`.
    estimates : mapping of str to Estimate
        m, n and q, with errors over the samples that converged, and `retrieved`.
    values : mapping of str to array, shape (samples,)
        m, n and q of each sample.
    magnetisations : array, shape (samples, N)
        Site magnetisations.
    archetypes : array of int8, shape (samples, N)
        The retrieved archetypes.
    converged : array of bool, shape (samples,)
        Whether the undamped equations hold, or a run was stationary.
    residual : array, shape (samples,)
        See `montecarlo.plefka.levels.Magnetisations`.
    sweeps : array of int, shape (samples,)
        Evaluations of all fields, or sweeps.
    replicon : array, shape (samples,)
        See `montecarlo.plefka.noise.Noise.replicon`; NaN at T = 0 and of samples that did not converge.
    message : str
        Empty, or the level and what is wrong: samples that did not converge, are in the paramagnet, lost the archetype
        otherwise, or have a negative replicon eigenvalue.
    """

    model: Any
    N: int
    samples: int
    level: str
    estimates: Mapping[str, Estimate]
    values: Mapping[str, NDArray[np.float64]]
    magnetisations: NDArray[np.float64]
    archetypes: NDArray[np.int8]
    converged: NDArray[np.bool_]
    residual: NDArray[np.float64]
    sweeps: NDArray[np.int64]
    replicon: NDArray[np.float64]
    message: str = ""

    def __getattr__(self, name: str) -> Estimate:
        estimates = self.__dict__.get("estimates", {})
        if name in estimates:
            return estimates[name]
        raise AttributeError(f"no observable {name!r}: this retrieval has {', '.join(estimates)}")

    @property
    def kept(self) -> NDArray[np.bool_]:
        """Which samples are counted in `retrieved`."""
        return _kept(self.values["m"], self.N)

    def __repr__(self) -> str:
        text = "  ".join(f"{name} = {_shown(value)!r}" for name, value in self.estimates.items())
        kind = "samples the Boltzmann distribution" if self.level == "exact" else "solver of retrieval, no sampler"
        said = self.message.removeprefix(f"{LEVELS[self.level]}: ") or "all converged"
        notes = [f"N = {self.N}", f"{self.samples} samples", f"{self.sweeps.max()} sweeps", said]
        return f"{text}  [{LEVELS[self.level]}: {kind}, {', '.join(notes)}]"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``m``, ``m_err`` for each observable, the level, and what there is to say of each sample."""
        out: dict[str, Any] = {"N": self.N, "samples": self.samples, "level": self.level}
        for name, value in self.estimates.items():
            out |= {name: value.mean, f"{name}_err": value.error}
        return out | {
            **{f"{name}_samples": of_samples for name, of_samples in self.values.items()},
            "converged": self.converged,
            "residual": self.residual,
            "sweeps": self.sweeps,
            "replicon": self.replicon,
            "message": self.message,
        }


def retrieve(
    model: Model,
    *,
    N: int,
    samples: int,
    seed: int,
    level: str = "TAP",
    sweeps: int = 1000,
    thermalization: int = 200,
    weight: float = 0.3,
) -> Retrieval:
    """Retrieval observables of `samples` disorder samples of a Hebbian network of `N` spins.

    The patterns are those of `montecarlo.simulate` with the same model, size and seed and default settings, whatever
    the level and the length of the run.

    Parameters
    ----------
    model : Hopfield, DenseHebbian, SupervisedHebbian or UnsupervisedHebbian
        The state point; dense networks with distinct indices.
    N : int
        Number of spins.
    samples : int
        Number of disorder samples, at least 1.
    seed : int
        Seed of all random numbers, at least 0.
    level : str
        ``"TAP"`` (L2), ``"mean-field"`` (L1), ``"sampled"`` (L3) or ``"exact"`` (L0); see the module.
    sweeps, thermalization : int
        Measured sweeps of a run and those before, at least 2 and 0. Equations are iterated in at most as many together.
    weight : float
        Weight in (0, 1] of the new spins in the running means of ``"sampled"``.

    Raises
    ------
    ValueError
        If an argument is out of its range, the model is not one of these, T is 0 at a level with a reaction, or M is
        too large for the exact level.

    Examples
    --------
    >>> import statmech as sm
    >>> from montecarlo import plefka
    >>> plefka.retrieve(sm.DenseHebbian(P=4, gamma=0.1, T=0.25), N=60, samples=2, seed=1).message
    ''
    """
    N = check_integer("N", N, low=2)
    samples = check_integer("samples", samples, low=1)
    seed = check_integer("seed", seed, low=0)
    weight = check_real("weight", weight, low=0.0, high=1.0, open_low=True)
    how = Settings(sweeps=check_integer("sweeps", sweeps, low=2), thermalization=thermalization)
    if check_choice("level", level, tuple(LEVELS)) in ("TAP", "sampled") and model.T == 0:
        raise ValueError(
            f"T = 0 is not allowed at level = {level!r}: its reaction term needs the limit of (1 - q)/T, which "
            "spins ±1 do not tell; 'mean-field' and 'exact' have T = 0"
        )
    drawn: list[tuple[NDArray[np.int8], NDArray[np.float64], Noise]] = []
    answers: list[Magnetisations] = []
    for k in range(samples):
        # the disorder is that of the default settings, however long the run: levels are compared on the same one
        stream = unit_stream(seed, sample_key(model, N, k, Settings()))
        sample = draw(model, N, stream)
        drawn.append((sample.archetype, sample.teacher, sample.noise))
        answers.append(magnetise(sample, model.T, level, weight, how, substream(stream, RUN)))
    return _result(model, N, level, drawn, answers)


def magnetise(
    sample: Sample, T: float, level: str, weight: float, settings: Settings, stream: np.random.SeedSequence
) -> Magnetisations:
    """Site magnetisations of one disorder sample at a level."""
    if level == "exact":
        return sample_exactly(sample, T, settings=settings, stream=stream)
    if level == "sampled":
        return sample_parallel(
            sample.network, sample.noise, sample.archetype, T, weight=weight, settings=settings, stream=stream
        )
    return solve(
        sample.network,
        sample.noise,
        sample.archetype.astype(np.float64),
        T,
        reaction=level == "TAP",
        limit=settings.thermalization + settings.sweeps,
    )


def _result(
    model: Any,
    N: int,
    level: str,
    drawn: Sequence[tuple[NDArray[np.int8], NDArray[np.float64], Noise]],
    answers: Sequence[Magnetisations],
) -> Retrieval:
    """Observables of all samples."""
    converged = np.array([answer.converged for answer in answers])
    values = {name: np.full(len(answers), math.nan) for name in ("m", "n", "q")}
    replicon, sites = np.full(len(answers), math.nan), np.full((len(answers), N), math.nan)
    for k, ((archetype, teacher, noise), answer) in enumerate(zip(drawn, answers, strict=True)):
        if not answer.converged:
            continue
        sites[k] = 0.5 * (answer.first + answer.second)
        values["m"][k], values["n"][k] = sites[k] @ archetype / N, sites[k] @ teacher / N
        values["q"][k] = answer.first @ answer.second / N
        if model.T > 0:
            replicon[k] = noise.replicon(sites[k], model.T)
    residual = np.array([answer.residual for answer in answers])
    kept = _kept(values["m"], N)
    estimates = {name: _mean(of_samples[converged]) for name, of_samples in values.items()}
    return Retrieval(
        model=model,
        N=N,
        samples=len(answers),
        level=level,
        estimates=estimates | {"retrieved": sample_mean(kept.astype(np.float64))},
        values=values,
        magnetisations=sites,
        archetypes=np.array([archetype for archetype, _, _ in drawn]),
        converged=converged,
        residual=residual,
        sweeps=np.array([answer.sweeps for answer in answers]),
        replicon=replicon,
        message=_message(level, converged, residual, replicon, kept, values["q"]),
    )


def _mean(values: NDArray[np.float64]) -> Estimate:
    """Mean over the samples that converged, NaN if there are none."""
    return sample_mean(values) if len(values) else Estimate(mean=math.nan, error=math.nan, samples=0)


def _shown(value: Estimate) -> Estimate:
    """A value to six places: equations are solved to five, and less than that is no signal."""
    return replace(
        value, mean=round(value.mean, PLACES) + 0.0, error=0.0 if value.error < 10.0**-PLACES else value.error
    )


def _kept(m: NDArray[np.float64], N: int) -> NDArray[np.bool_]:
    """Which samples are in a state of retrieval; NaN is in none."""
    largest = np.max(m, initial=0.0, where=np.isfinite(m))
    return (m >= 0.5 * largest) & (m > min(RANDOM / math.sqrt(N), 0.5))


def _message(
    level: str,
    converged: NDArray[np.bool_],
    residual: NDArray[np.float64],
    replicon: NDArray[np.float64],
    kept: NDArray[np.bool_],
    q: NDArray[np.float64],
) -> str:
    """What is wrong with the samples, in words."""
    n = len(converged)
    complaints = []
    if not np.all(converged):
        worst = residual[~converged].max()
        complaints.append(f"{np.sum(~converged)} of {n} samples did not converge, residual up to {worst:.2g}")
    empty = converged & ~kept & (q < PARAMAGNET)
    if np.any(empty):
        complaints.append(f"{np.sum(empty)} of {n} samples converged to the paramagnet, m ≈ 0")
    lost = converged & ~kept & ~empty
    if np.any(lost):
        complaints.append(f"{np.sum(lost)} of {n} samples lost the archetype")
    if np.any(replicon < 0):
        complaints.append(f"the replicon eigenvalue is negative in {np.sum(replicon < 0)} of {n} samples")
    return f"{LEVELS[level]}: {'; '.join(complaints)}" if complaints else ""
