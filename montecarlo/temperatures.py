r"""Choice of the temperatures of a ladder: equal swap rates.

With :math:`r_i` the fraction of swaps rejected between neighbours, :math:`\Lambda(\beta) = \sum r_i` up to β hardly
depends on where the temperatures are as long as they are close: temperatures at equal steps of Λ have equal
rates [1]_. A ladder with the fewest rounds for a round trip has rates near 1/2, that is about 2 Λ temperatures.

References
----------
.. [1] S. Syed, A. Bouchard-Côté, G. Deligiannidis, A. Doucet, J. R. Stat. Soc. B 84, 321 (2022).
   https://arxiv.org/abs/1905.02939
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from montecarlo.engines import Engine
from montecarlo.settings import Settings
from montecarlo.tempering import added, climb, empty_tally, random_ladder, swap_rates
from statmech.checks import check_integer, check_real
from statmech.streams import substream

STAGES = 5
"""Times that the temperatures are moved; each stage has twice the rounds of the one before."""

SHORTEST = 100
"""Rounds that adapting takes at least."""

SMALLEST = 1e-3
"""Rejections are taken to be at least this, so that Λ increases."""


def geometric(coldest: float, hottest: float, count: int) -> NDArray[np.float64]:
    """Return `count` temperatures from `coldest` to `hottest` at a constant ratio.

    Raises
    ------
    ValueError
        If there are fewer than two, or they do not satisfy 0 < coldest < hottest.
    """
    count = check_integer("temperatures", count, low=2)
    coldest = check_real("coldest", coldest, low=0.0, open_low=True)
    return np.geomspace(coldest, check_real("hottest", hottest, low=coldest, open_low=True), count)


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
