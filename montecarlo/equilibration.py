"""Equilibration: runs from opposite starts must agree, and so must the two halves of each run.

Of parallel tempering: energy and overlap must fit together, the two ladders must not stay in different states, and
replicas must travel. Descents at T = 0 reach no equilibrium at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm, t

from montecarlo.autocorrelation import time_and_error

FEW = 5
"""Number of disorder samples from which on their scatter is trusted to tell an error."""
LEVEL = 1e-3
"""Probability at which a difference between equilibrated runs is mistaken for a real one, for each comparison."""


def replica_averages(name: str, values: NDArray[np.float64], interval: int) -> dict[str, float]:
    """What `compare_replicas` reads of an observable, and its autocorrelation time; `values` has shape (2, n)."""
    n = values.shape[1]
    times = [time_and_error(series) for series in values]
    return {
        f"{name}_A": float(values[0].mean()),
        f"{name}_B": float(values[1].mean()),
        f"{name}_drift": float(values[:, n // 2 :].mean() - values[:, : n // 2].mean()) if n > 1 else math.nan,
        f"{name}_sigma": math.hypot(times[0][1], times[1][1]),
        f"{name}_tau": interval * 0.5 * (times[0][0] + times[1][0]),
    }


def compare_replicas(
    records: Sequence[Mapping[str, Any]], names: Sequence[str], N: int, *, split: str | None = "m"
) -> tuple[bool, str]:
    r"""Judge equilibration from two replicas of opposite starts and from the halves of their runs.

    For each observable x, the differences :math:`x^A - x^B` and second minus first half are averaged over
    disorder samples; each must vanish within its standard error, by Student's test at `LEVEL`. With fewer than
    `FEW` samples their scatter says next to nothing, and the errors from the series and their autocorrelation
    times stand in; where these are unknown the run is not called equilibrated. Samples whose replicas sit in different
    states (differing in `split` by more than :math:`\max(0.1, 6/\sqrt N)`) are counted, and one is enough to
    fail: an average would hide it.

    Parameters
    ----------
    records : sequence of mapping
        Each holds ``x_A``, ``x_B``, ``x_drift`` and ``x_sigma`` (error of ``x_A - x_B`` from the series) for
        every observable x.
    names : sequence of str
        The observables.
    N : int
        Number of spins.
    split : str, optional
        The observable that tells states apart.

    Returns
    -------
    equilibrated : bool
    verdict : str
        The largest difference in standard errors, and of what.
    """
    scores = {}
    few = len(records) < FEW
    for name in names:
        sigma = math.hypot(*(float(record[f"{name}_sigma"]) for record in records)) / len(records)
        for label, values in (
            (f"{name} of the replicas", [record[f"{name}_A"] - record[f"{name}_B"] for record in records]),
            (f"{name} of the halves", [record[f"{name}_drift"] for record in records]),
        ):
            scores[label] = _score(np.array(values), sigma if few else math.nan)
    worst = max(scores, key=lambda label: math.inf if math.isnan(scores[label]) else scores[label])
    score = scores[worst]
    threshold = max(0.1, 6.0 / math.sqrt(N))
    apart = sum(abs(record[f"{split}_A"] - record[f"{split}_B"]) > threshold for record in records) if split else 0
    if math.isnan(score):
        verdict = "series too short to tell"
    else:
        verdict = f"largest difference {score:.1f} standard errors, {worst}"
    if apart:
        verdict += f"; replicas in different states in {apart} of {len(records)} samples"
    limit = norm.isf(LEVEL / 2) if few else t.isf(LEVEL / 2, len(records) - 1)
    return bool(score <= limit and not apart), verdict


def judge_descents(records: Sequence[Mapping[str, Any]], *, kept: bool = False) -> tuple[bool, str]:
    """Say what runs at T = 0 are: descents to local minima, which from random states are no equilibrium.

    Parameters
    ----------
    records : sequence of mapping
        Each says in ``minimum`` whether its replicas arrived.
    kept : bool
        Whether they started in a state that they are to stay in, as a pattern: its minimum is what is asked for.

    Returns
    -------
    equilibrated : bool
    verdict : str
    """
    left = sum(not record["minimum"] for record in records)
    if left:
        return False, f"T = 0: {left} of {len(records)} samples still descend"
    return kept, "T = 0: local minimum of a descent" + (" from the state" if kept else ", not equilibrium")


SPREAD = 3.0
"""Mean over samples that `spread` may have at least: that of runs of about twenty autocorrelation times."""
BLOCKS = 32
"""Blocks of a run for `spread`."""
TRIPS = 3
"""Round trips that each replica must have made on average over samples, and in every ladder at least one."""
SIGMAS = {"u_drift": "u_sigma", "q2_drift": "q2_sigma", "u_apart": "u_apart_sigma"}
"""Differences that vanish in equilibrium, and their errors from the run itself."""
JUDGED = ("gap", *SIGMAS, *SIGMAS.values(), "u_spread")
"""What a sample's record of tempering says at each temperature for `judge_ladder`."""


@dataclass(frozen=True)
class Judgement:
    """What the comparisons at one temperature of a ladder, or at several, say.

    Attributes
    ----------
    excess : float
        The largest deviation, in units of what equilibrated runs are allowed; infinite if it is not known.
    verdict : str
        The largest deviation, and of what.
    """

    excess: float
    verdict: str


def judge_ladder(
    columns: Mapping[str, NDArray[np.float64]], temperatures: NDArray[np.float64], *, blocks: int
) -> list[Judgement]:
    """Judge each temperature of a ladder by all comparisons there and at the hotter ones, where its replicas come from.

    Parameters
    ----------
    columns : mapping of str to array, shape (n, R)
        The entries `JUDGED` of the records of n disorder samples.
    temperatures : array, shape (R,)
        Increasing.
    blocks : int
        Number of blocks of a run, which the errors of a single sample are from.
    """
    judgements: list[Judgement] = []
    for k in reversed(range(len(temperatures))):
        here = judge_rung({name: columns[name][:, k] for name in JUDGED}, blocks=blocks, rungs=len(temperatures))
        worst = Judgement(here.excess, f"{here.verdict} at T = {temperatures[k]:.4g}")
        judgements.append(max([worst, *judgements[-1:]], key=lambda judgement: judgement.excess))
    return judgements[::-1]


def judge_rung(columns: Mapping[str, NDArray[np.float64]], *, blocks: int, rungs: int = 1) -> Judgement:
    """Judge one temperature of a ladder.

    Parameters
    ----------
    columns : mapping of str to array, shape (n,)
        The entries `JUDGED` of the records of n disorder samples.
    blocks : int
        Number of blocks of a run, which the errors of a single sample are from.
    rungs : int
        Number of temperatures judged at once.
    """
    words = {"u_drift": "u of the halves", "q2_drift": "q2 of the halves"}
    alone = len(columns["gap"]) == 1
    if alone:
        words["u_apart"] = "u of the ladders"
    elif not np.all(np.isnan(columns["gap"])):
        words["gap"] = "energy against overlap"
    tests = (len(words) + 2) * rungs  # two of them are those of the ladders' states
    if alone:
        halves = 2 * (blocks // 2) - 2
        freedom = {"u_drift": halves, "q2_drift": halves, "u_apart": blocks - 1}
        sigmas = {name: float(columns[SIGMAS[name]][0]) for name in words}
        found = {name: zero_mean(columns[name], sigmas[name], tests=tests, freedom=freedom[name]) for name in words}
    else:
        found = {name: zero_mean(columns[name], tests=tests) for name in words}
    excess = {name: math.inf if math.isnan(score) else score / limit for name, (score, limit) in found.items()}
    worst = max(excess, key=lambda name: excess[name])
    apart = judge_states(columns["u_spread"], tests=tests)
    if apart.excess > excess[worst]:
        return apart
    score = found[worst][0]
    if math.isnan(score):
        return Judgement(math.inf, f"{words[worst]}: too short to tell")
    how = "one sample by its own blocks, " if alone else ""
    return Judgement(excess[worst], f"{how}largest deviation {score:.1f} standard errors, {words[worst]}")


def spread(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    r""":math:`(\sum_b d_b)^2 / \sum_b d_b^2` of differences in B blocks, shape (B, …); see `judge_states`.

    Returns
    -------
    array, shape (…)
        0 where all vanish, NaN where one is not known.
    """
    squares = np.sum(differences**2, 0)
    return np.sum(differences, 0) ** 2 / np.where(squares == 0, 1.0, squares)


def judge_states(spreads: NDArray[np.float64], *, tests: int = 1) -> Judgement:
    r"""Whether the two ladders, or replicas, of each sample are in different states for a good part of the run.

    The energies of two independent ones differ by d, whose mean over time is exactly zero in each sample. In blocks
    longer than the autocorrelation time its signs are independent, and :math:`S = (\sum_b d_b)^2 / \sum_b d_b^2` has
    mean 1 whatever the distribution of d; all moments of S are at most those of :math:`\chi^2` with one degree of
    freedom (Khintchine's inequality [1]_). Ladders that stay apart give the number of blocks B, and an autocorrelation
    time :math:`\tau` in a run of length t about :math:`2 B \tau / t`. So the sum over samples is held against
    :math:`\chi^2_n`, and the largest against :math:`\chi^2_1` at a level divided by n: that counts the samples in which
    the ladders are stuck. A mean below `SPREAD` always passes.

    Parameters
    ----------
    spreads : array, shape (n,)
        S of each disorder sample.
    tests : int
        Number of tests made at once.

    References
    ----------
    .. [1] U. Haagerup, Studia Math. 70, 231 (1981).
    """
    n = len(spreads)
    if np.any(np.isnan(spreads)):
        return Judgement(math.inf, "states: too short to tell")
    level = LEVEL / tests
    mean, limit = float(np.mean(spreads)), max(SPREAD, float(chi2.isf(level, n)) / n)
    highest = float(chi2.isf(level / n, 1))
    stuck = int(np.sum(spreads > highest))
    text = f"spread {mean:.1f} of the difference of u, 1 if blocks are independent"
    if stuck:
        text += f"; in different states in {stuck} of {n} samples"
    return Judgement(max(mean / limit, float(np.max(spreads)) / highest), text)


def judge_travels(trips: NDArray[np.float64], fewest: NDArray[np.int64], rungs: int) -> tuple[bool, str]:
    """Whether replicas travelled the ladder, and how often in words.

    Parameters
    ----------
    trips : array, shape (n,)
        Round trips for each replica, of n disorder samples.
    fewest : array, shape (n,)
        Round trips in the ladder with fewer.
    rungs : int
        Number of replicas of a ladder.
    """
    few = int(np.sum(fewest < rungs))
    mean = float(np.mean(trips))
    text = f"{mean:.1f} round trips a replica" + (f", fewer than {TRIPS}" if mean < TRIPS else "")
    if few:
        text += f", fewer than 1 in a ladder of {few} of {len(trips)} samples"
    return mean >= TRIPS and not few, text


def zero_mean(
    differences: np.ndarray, sigma: float = math.nan, *, tests: int = 1, freedom: float = math.inf
) -> tuple[float, float]:
    """Mean of `differences` over disorder samples in standard errors, and the limit for it by Student's test.

    Parameters
    ----------
    differences : array, shape (n,)
        One value for each disorder sample; in equilibrium their mean vanishes.
    sigma : float
        Standard error that stands in if there is a single sample.
    tests : int
        Number of tests made at once: each is made at `LEVEL` divided by it.
    freedom : float
        Degrees of freedom of `sigma`; infinite if it is known.

    Returns
    -------
    score, limit : float
        The score is NaN if there is no error.
    """
    n = len(differences)
    level = 0.5 * LEVEL / tests
    if 1 < n < FEW:
        sigma = float(np.std(differences, ddof=1)) / math.sqrt(n)
    return _score(differences, sigma), float(t.isf(level, n - 1 if n > 1 else freedom))


def _score(differences: np.ndarray, sigma: float) -> float:
    """Mean difference in standard errors: over samples if there are at least `FEW`, else in units of `sigma`."""
    mean = abs(float(np.mean(differences)))
    n = len(differences)
    scatter = float(np.std(differences, ddof=1)) / math.sqrt(n) if n > 1 else math.nan
    error = scatter if n >= FEW else sigma
    if mean == 0:
        return 0.0
    return mean / error if error > 0 else (math.nan if math.isnan(error) else math.inf)
