r"""Choice of the temperatures of a ladder: equal swap rates.

With :math:`r_i` the fraction of swaps rejected between neighbours, :math:`\Lambda(\beta) = \sum r_i` up to β hardly
depends on where the temperatures are as long as they are close: temperatures at equal steps of Λ have equal
rates [1]_. A ladder with the fewest rounds for a round trip has rates near 1/2, that is about 2 Λ temperatures.

References
----------
.. [1] S. Syed, A. Bouchard-Côté, G. Deligiannidis, A. Doucet, J. R. Stat. Soc. B 84, 321 (2022).
   https://arxiv.org/abs/1905.02939
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from montecarlo.disorder_sample import disorder_sample
from montecarlo.engines.engine import Engine
from montecarlo.settings import ENGINES, Settings, check_ends, key_parts
from montecarlo.tempering.ladder import added, check_temperatures, climb, empty_tally, random_ladder, swap_rates
from statmech.checks import check_integer, check_real
from statmech.models import Model, at_temperature
from statmech.streams import substream, unit_key, unit_stream

DISORDER, DYNAMICS = range(2)
"""Labels of the streams below a sample's stream."""

PILOTS = 4
"""Disorder samples that the temperatures are adapted on."""

STAGES = 5
"""Times that the temperatures are moved; each stage has twice the rounds of the one before."""

SHORTEST = 100
"""Rounds that adapting takes at least."""

COLDEST = 0.1
"""Lowest temperature of a ladder that is chosen for a model at T = 0, in units of the hottest."""

SMALLEST = 1e-3
"""Rejections are taken to be at least this, so that Λ increases."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Checked arguments of a run of tempering.

    Attributes
    ----------
    N, samples, seed : int
        Number of spins, of disorder samples, and the seed.
    temperatures : array, shape (R,)
        The ladder, increasing.
    settings : Settings
        How to run.
    """

    N: int
    samples: int
    seed: int
    temperatures: NDArray[np.float64]
    settings: Settings


def plan(
    model: Model,
    *,
    N: int,
    temperatures: Sequence[float] | int,
    samples: int,
    seed: int,
    hottest: float | None,
    settings: Mapping[str, Any],
) -> Plan:
    """Check the arguments of `montecarlo.temper` and `montecarlo.ground_states`, and choose the ladder.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the system has no disorder samples.
    TypeError
        If there is no such setting.
    """
    known = [field.name for field in fields(Settings) if field.name not in ("temperatures", "hottest")]
    for name in settings:
        if name not in known:
            raise TypeError(f"temper and ground_states have no setting {name!r}: their settings are {', '.join(known)}")
    N = check_integer("N", N, low=2)
    samples = check_integer("samples", samples, low=1)
    seed = check_integer("seed", seed, low=0)
    engine = settings.get("engine", "auto")
    if engine not in ENGINES:  # the system says which of them it has
        disorder_sample(model, N=N, stream=np.random.SeedSequence(0), engine=engine)
    how = Settings(**{**settings, "start": "random"})
    for name, value in (("patterns", how.patterns), ("amplitudes", how.amplitudes)):
        if value != getattr(Settings(), name):
            raise ValueError(
                f"{name} = {value!r} is not allowed: tempering draws independent patterns, at random starts"
            )
    if not isinstance(temperatures, Sequence | np.ndarray) or np.ndim(temperatures) == 0:
        count = check_integer("temperatures", temperatures, low=2)
        ladder = choose_temperatures(model, N, count, hottest, seed, how)
    elif hottest is not None:
        raise ValueError(f"hottest = {hottest} is not allowed: the temperatures are given")
    else:
        ladder = check_temperatures(temperatures)
    return Plan(N=N, samples=samples, seed=seed, temperatures=ladder, settings=how)


def choose_temperatures(
    model: Model, N: int, count: int, hottest: float | None, seed: int, settings: Settings
) -> NDArray[np.float64]:
    """Ladder of `count` temperatures from ``model.T`` to `hottest`, adapted to equal swap rates on `PILOTS` samples.

    For a model at T = 0 it begins at `COLDEST` times `hottest`.

    Raises
    ------
    ValueError
        If `hottest` is missing or not above ``model.T``, or there are fewer than two temperatures.
    """
    if model.T == 0 and hottest is not None:
        model = at_temperature(model, COLDEST * check_real("hottest", hottest, low=0.0))
    hottest = check_ends(model.T, hottest)
    start = geometric(model.T, hottest, count)
    key = unit_key(model, "ladder", {"N": N, "count": count, "hottest": hottest, **key_parts(settings)})
    stream = unit_stream(seed, key)
    engines = [
        disorder_sample(model, N=N, stream=substream(stream, DISORDER, k), engine=settings.engine).engine
        for k in range(PILOTS)
    ]
    return adapted(engines, start, substream(stream, DYNAMICS), settings)


def geometric(coldest: float, hottest: float | None, count: int) -> NDArray[np.float64]:
    """Return `count` temperatures from `coldest` to `hottest` at a constant ratio.

    Raises
    ------
    ValueError
        If there are fewer than two, or they do not satisfy 0 < coldest < hottest.
    """
    count = check_integer("temperatures", count, low=2)
    return np.geomspace(coldest, check_ends(coldest, hottest), count)


def equalised(temperatures: NDArray[np.float64], rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move the inner temperatures to where the swap rates between neighbours should be equal.

    Parameters
    ----------
    temperatures : array, shape (R,)
        Increasing.
    rates : array, shape (R - 1,)
        Measured swap rates; NaN counts as 0.

    Returns
    -------
    array, shape (R,)
        The ends stay exactly where they are.
    """
    rejected = np.maximum(1.0 - np.nan_to_num(rates), SMALLEST)
    barrier = np.concatenate([[0.0], np.cumsum(rejected)])
    steps = np.linspace(0.0, barrier[-1], len(temperatures))
    beta = PchipInterpolator(barrier, 1.0 / temperatures)(steps)
    return np.concatenate([temperatures[:1], 1.0 / beta[1:-1], temperatures[-1:]])


def adapted(
    engines: Sequence[Engine],
    temperatures: NDArray[np.float64],
    stream: np.random.SeedSequence,
    settings: Settings,
) -> NDArray[np.float64]:
    """Temperatures between the same ends with equal swap rates, averaged over disorder samples.

    Parameters
    ----------
    engines : sequence of Engine
        A few disorder samples.
    temperatures : array, shape (R,)
        Where to start from.
    stream : numpy.random.SeedSequence
        Random numbers.
    settings : Settings
        Its thermalization is divided among `STAGES` stages, at least `SHORTEST` rounds in all. These rounds are for
        adapting alone: the temperatures are fixed before anything is measured.
    """
    rounds = max(SHORTEST, settings.thermalization // settings.interval)
    ladders = [random_ladder(engine, temperatures, substream(stream, k)) for k, engine in enumerate(engines)]
    for stage in range(STAGES):
        tallies = []
        for engine, ladder in zip(engines, ladders, strict=True):
            tally = empty_tally(len(temperatures), engine.N)
            length = max(2, rounds * 2**stage // (2**STAGES - 1))
            moved = replace(ladder, temperatures=temperatures)
            climb(engine, moved, tally, length, settings, measured=False)
            tallies.append(replace(tally, counts=np.zeros(0, np.int64)))
        temperatures = equalised(temperatures, swap_rates(added(tallies)))
    return temperatures
