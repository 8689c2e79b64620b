r"""Entropy of binary perceptrons by thermodynamic integration, of all weights and of those around a reference.

For the energy :math:`H(w) = E(w) - h \sum_i w_i \tilde w_i`, with u = H/N measured by parallel tempering from high
temperature on,

.. math::

    s(\beta) = \ln 2 - \int_0^\beta u\,d\beta' + \beta u(\beta) .

At infinite temperature u is known: fields of patterns ±1 are those of a random walk, whatever the patterns are. Without
the field h this is the entropy of all weights at temperature T. With it, it is the entropy of the weights at distance
:math:`d = (1 - m)/2` from the reference, :math:`m = \tfrac1N\sum_i\langle w_i\rangle\tilde w_i`: the Franz–Parisi
entropy s(d) at that temperature.

The reference of teacher and student is the teacher: a typical solution, planted exactly. That of storage is drawn by
the simulation itself at the temperature of the model, where it must be at equilibrium: typical solutions, at T = 0,
are not found by any search, and are left to `montecarlo.enumerate_perceptron`.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.stats import binom

from montecarlo.annealing import anneal
from montecarlo.averages import sample_mean
from montecarlo.disorder_sample import Disorder, disorder_sample
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.engines.perceptron import Fields
from montecarlo.perceptron.patterns import Perceptron
from montecarlo.perceptron.replicas import HOTTEST
from montecarlo.run import relax
from montecarlo.sample import Record
from montecarlo.settings import Settings, key_parts, settings_of
from montecarlo.tempering.sample import continue_run, run_record, start_run
from montecarlo.tempering.temperatures import geometric
from montecarlo.tempering.tempered import summarise_tempering
from statmech.checks import check_choice, check_integer, check_real
from statmech.models import BinaryPerceptron
from statmech.results import Estimate
from statmech.streams import substream, unit_key, unit_stream

DISORDER, DYNAMICS, REFERENCE = range(3)
"""Labels of the streams below a sample's stream."""


@dataclass(frozen=True, kw_only=True)
class Entropy:
    """Entropies along a ladder of temperatures.

    Attributes
    ----------
    model : Model
        The state point at the lowest temperature.
    N, samples : int
        Number of weights and of disorder samples.
    field : float
        Field h on the overlap with the reference.
    temperatures : array, shape (R,)
        Increasing.
    s, u, d : tuple of Estimate
        Entropy and number of errors per weight, and distance to the reference, at each temperature.
    equilibrated : bool
        Whether the whole ladder is.
    verdict : str
        The comparison in words.
    """

    model: Perceptron
    N: int
    samples: int
    field: float
    temperatures: NDArray[np.float64]
    s: tuple[Estimate, ...]
    u: tuple[Estimate, ...]
    d: tuple[Estimate, ...]
    equilibrated: bool
    verdict: str

    def __repr__(self) -> str:
        values = f"s = {self.s[0]!r}  u = {self.u[0]!r}" + (f"  d = {self.d[0]!r}" if self.field else "")
        notes = [f"T = {self.temperatures[0]:.4g}", f"N = {self.N}", f"{self.samples} samples"]
        notes.append("equilibrated" if self.equilibrated else f"NOT equilibrated: {self.verdict}")
        return f"{values}  [integration, {', '.join(notes)}]"


def integrated_entropy(
    model: Perceptron,
    *,
    N: int,
    samples: int,
    seed: int,
    temperatures: int = 24,
    hottest: float = 16.0,
    field: float = 0.0,
    **settings: Any,
) -> Entropy:
    """Entropy at the temperature of `model`, and at those of the ladder down to it.

    Parameters
    ----------
    model : BinaryPerceptron or TeacherStudent
        The state point, at T > 0; of patterns ±1.
    N : int
        Number of weights, odd.
    samples : int
        Number of disorder samples, at least 1.
    seed : int
        Seed of all random numbers.
    temperatures : int
        Number of temperatures of the ladder, at a constant ratio.
    hottest : float
        The highest: from there to infinite temperature the energy is interpolated.
    field : float
        Field h on the overlap with the reference, see the module; 0 is the entropy of all weights.
    **settings
        The fields of `montecarlo.Settings` that `montecarlo.temper` takes.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the patterns are to be Gaussian.

    Examples
    --------
    >>> import statmech as sm
    >>> teacher = sm.TeacherStudent(alpha=0.5, T=1.0)
    >>> integrated_entropy(teacher, N=21, samples=2, seed=1, temperatures=4, sweeps=200).field
    0.0
    """
    N, samples = check_integer("N", N, low=2), check_integer("samples", samples, low=1)
    how = settings_of({**settings, "start": "random"})
    check_choice("engine", how.engine, ("auto", "fields"))
    field = check_real("field", field)
    ladder = geometric(model.T, hottest, temperatures)
    parts = {"N": N, "field": field, "temperatures": ladder.tolist(), **key_parts(how)}
    seed = check_integer("seed", seed, low=0)
    records = []
    for sample in range(samples):
        stream = unit_stream(seed, unit_key(model, "entropy", {**parts, "sample": sample}))
        records.append(_record(model, N, ladder, field, stream, how))
    judged = summarise_tempering(model, N, ladder, records, how)
    estimates = {
        name: tuple(sample_mean(column) for column in np.array([record[name] for record in records]).T)
        for name in ("s", "errors", "d")
    }
    return Entropy(
        model=model, N=N, samples=samples, field=field, temperatures=ladder, s=estimates["s"], u=estimates["errors"],
        d=estimates["d"], equilibrated=judged.equilibrated, verdict=judged.verdict,
    )  # fmt: skip


def _record(
    model: Perceptron, N: int, ladder: NDArray[np.float64], field: float, stream: np.random.SeedSequence, how: Settings
) -> Record:
    """Record of one disorder sample: that of tempering, with entropy, errors and distance at each temperature."""
    disorder = disorder_sample(model, N=N, stream=substream(stream, DISORDER), engine=how.engine)
    engine = disorder.engine
    assert isinstance(engine, Fields)
    if field and isinstance(model, BinaryPerceptron):
        engine = _gauged(engine, model.T, substream(stream, REFERENCE), how)
    disorder = Disorder(replace(engine, field=field), disorder.name, symmetric=False)
    run = start_run(disorder, ladder, substream(stream, DYNAMICS))
    continue_run(disorder, run, how)
    record = run_record(disorder, run, how)
    u, m = np.asarray(record["u"]), np.asarray(record["m"])
    return record | {"s": entropies(ladder, u, flat_energy(model, N)), "errors": u + field * m, "d": 0.5 * (1 - m)}


def _gauged(engine: Fields, T: float, stream: np.random.SeedSequence, how: Settings) -> Fields:
    """The engine with its weights gauged by a state that is drawn at temperature T."""
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, 0)))
    replica = walker(engine, 2 * generator.integers(0, 2, engine.N, np.int8) - 1, substream(stream, 1))
    anneal(engine, replica, T, hottest=HOTTEST, sweeps=how.thermalization, settings=how)
    relax(engine, replica, acceptance(how.rule, T, engine.unit), how.thermalization, how.order)
    return replace(engine, X=engine.X.astype(np.int8) * replica.spins[:, None])


def flat_energy(model: Perceptron, N: int) -> float:
    """Errors per weight at infinite temperature, of patterns ±1: their fields are those of a random walk."""
    threshold = math.ceil(getattr(model, "kappa", 0.0) * math.sqrt(N))
    below = (threshold + N + 1) // 2  # the field 2 B - N of B weights that agree is below the threshold
    return model.patterns(N) / N * float(binom.cdf(below - 1, N, 0.5))


def entropies(temperatures: NDArray[np.float64], u: NDArray[np.float64], flat: float) -> NDArray[np.float64]:
    """Entropy at increasing temperatures, shape (R,), from the energies there and that at infinite temperature.

    The energy is interpolated by a cubic spline in the inverse temperature: linear in it, and so without bias.
    """
    beta = np.concatenate([[0.0], 1.0 / temperatures[::-1]])
    energy = np.concatenate([[flat], u[::-1]])
    s = math.log(2) - CubicSpline(beta, energy).antiderivative()(beta) + beta * energy
    return np.asarray(s[:0:-1])
