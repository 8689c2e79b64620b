r"""Single-spin-flip sweeps and their parallel tempering: the kernels.

`sweep_couplings` and `sweep_overlaps` simulate :math:`H = -\tfrac12 \sum_{i \neq j} J_{ij} s_i s_j` of spins ±1
and differ in what they cache: the local fields :math:`h_i = \sum_j J_{ij} s_j`, or the overlaps of the spins
with the patterns that the couplings are made of. `sweep_triplets` and `sweep_tuples` simulate interactions of
three and of p spins, `sweep_table` any system whose energies are enumerated. `temper_rounds` runs a ladder of
temperatures on any of them.

All are deterministic functions of state and random words. What they inline is in this file, because numba's
cache does not notice changes elsewhere. Rows are indexed in place: a slice of an array counts its references,
which costs as much as the attempt.
"""

import math
from typing import Any

import numpy as np
from numba import float32, int32, int64, njit, uint64
from numba.extending import overload


@njit(cache=True)
def _accepts(field, word, upper, lower, bucket, slope, metropolis):  # type: ignore[no-untyped-def]
    """Decide a flip of a spin with `field` along it; see `montecarlo.acceptance`."""
    number = float32(field) * bucket + float32(upper.size >> 1)
    number = max(min(number, float32(upper.size - 1)), float32(0.0))
    k = uint64(int64(number))
    if word >= upper[k]:
        return False
    if word < lower[k]:
        return True
    x = field * slope
    p = math.exp(-max(x, 0.0)) if metropolis else 1.0 / (1.0 + math.exp(x))
    return word + 0.5 < 4294967296.0 * p


@njit(cache=True)
def _update(words, used, k, n, random_order):  # type: ignore[no-untyped-def]
    """Site and random word of update number `k` of a sweep, and the number of words used after it."""
    if random_order:
        return (uint64(words[used]) * uint64(n)) >> uint64(32), words[used + uint64(1)], used + uint64(2)
    return uint64(k), words[used], used + uint64(1)


@njit(cache=True)
def _store(h, s, snapshots, shot):  # type: ignore[no-untyped-def]
    """Keep the spins in a row of `snapshots` and return the sum of spins times fields."""
    total = 0.0
    for j in range(s.size):
        snapshots[shot, j] = s[j]
        total += float(h[j]) * s[j]
    return total


@njit(cache=True)
def sweep_couplings(  # type: ignore[no-untyped-def]
    J, h, s, words, random_order, interval, upper, lower, bucket, slope, metropolis, snapshots, energies
):
    """Sweep with cached local fields: an attempt costs O(1), an accepted flip one row of J, O(N).

    Measured with int8 couplings at N = 1000: 2.5 ns an attempt, random word included, and 40 ns more an
    accepted flip.

    Parameters
    ----------
    J : array, shape (N, N)
        Symmetric couplings with zero diagonal, in multiples of a unit: float32, int8 or int16.
    h : array, shape (N,)
        Local fields ``J @ s``, kept up to date: float32 for float32 couplings, int16 or int32 for integers.
    s : array of int8, shape (N,)
        Spins ±1, changed in place.
    words : array of uint32
        Random words: of each update one for its acceptance and, in random order, one before it for its site.
    random_order : bool
        Whether an update's site is drawn or follows the last one. A drawn site is ``word * N >> 32``:
        probabilities of sites differ by 2^-32, which detailed balance does not feel.
    interval : int
        Sweeps between two snapshots.
    upper, lower, bucket, slope, metropolis
        The fields of `montecarlo.acceptance.Acceptance`.
    snapshots : array of int8, shape (S, N)
        Filled with the spins after each interval: ``S * interval`` sweeps are done.
    energies : array of float64, shape (S,)
        Filled with the energies of the snapshots in multiples of the unit, from the cached fields.

    Returns
    -------
    int
        Number of accepted flips.
    """
    n = s.size
    accepted = 0
    used = uint64(0)
    for shot in range(snapshots.shape[0]):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                if not _accepts(h[i] * s[i], word, upper, lower, bucket, slope, metropolis):
                    continue
                step = h.dtype.type(-2 * s[i])
                s[i] = -s[i]
                for j in range(n):
                    h[j] += step * J[i, j]
                accepted += 1
        energies[shot] = -0.5 * _store(h, s, snapshots, shot)
    return accepted


@njit(cache=True)
def sweep_overlaps(  # type: ignore[no-untyped-def]
    xi, M, K, s, words, random_order, interval, upper, lower, bucket, slope, metropolis, snapshots, energies
):
    r"""Sweep with cached overlaps: an attempt costs O(K), an accepted flip O(K) more; no N × N matrix.

    The field in multiples of 1/N is the exact integer
    :math:`N h_i = \sum_\mu \xi_i^\mu M_\mu - K s_i`, :math:`M_\mu = \sum_i \xi_i^\mu s_i`.
    Measured at N = 4000, K = 50: 5.5 ns an attempt, random word included, and 40 ns more an accepted flip.

    Parameters
    ----------
    xi : array of int8, shape (N, K')
        Patterns, site by site, padded with zeros to K' ≥ K columns.
    M : array, shape (K',)
        Overlaps ``xi.T @ s``, kept up to date: int32, or int16 (twice as fast) if N fits.
    K : int
        Number of patterns.
    s, words, random_order, interval, upper, lower, bucket, slope, metropolis, snapshots, energies
        As for `sweep_couplings`, with the unit 1/N.

    The return value is as for `sweep_couplings`.
    """
    n = s.size
    width = M.size
    accepted = 0
    used = uint64(0)
    for shot in range(snapshots.shape[0]):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                total = int32(0)
                for mu in range(width):
                    total = int32(total + int32(int32(xi[i, mu]) * int32(M[mu])))
                if not _accepts(total * s[i] - K, word, upper, lower, bucket, slope, metropolis):
                    continue
                step = M.dtype.type(-2 * s[i])
                s[i] = -s[i]
                for mu in range(width):
                    M[mu] += step * xi[i, mu]
                accepted += 1
        snapshots[shot] = s
        square = 0.0
        for mu in range(width):
            square += float(M[mu]) * float(M[mu])
        energies[shot] = -0.5 * (square - float(n) * float(K))
    return accepted


@njit(cache=True)
def sweep_triplets(  # type: ignore[no-untyped-def]
    J, h, s, words, random_order, interval, upper, lower, bucket, slope, metropolis, snapshots, energies
):
    r"""Sweep with triplet couplings, :math:`H = -\sum_{i<j<k} J_{ijk} s_i s_j s_k`: O(1) an attempt, O(N²) a flip.

    Parameters
    ----------
    J : array of int16, shape (N, N, N)
        Symmetric couplings in multiples of a unit, zero where two sites coincide.
    h : array of int32, shape (N,)
        Local fields :math:`h_i = \sum_{j<k} J_{ijk} s_j s_k`, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.size
    wide = s.astype(np.int16)  # as wide as J: products of equal types are summed in pairs by the processor
    accepted = 0
    used = uint64(0)
    for shot in range(snapshots.shape[0]):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                if not _accepts(h[i] * s[i], word, upper, lower, bucket, slope, metropolis):
                    continue
                step = int32(-2 * s[i])
                for j in range(n):
                    total = int32(0)
                    for m in range(n):
                        total = int32(total + int32(int32(J[i, j, m]) * int32(wide[m])))
                    h[j] += step * total
                s[i] = -s[i]
                wide[i] = s[i]
                accepted += 1
        energies[shot] = -_store(h, s, snapshots, shot) / 3.0
    return accepted


@njit(cache=True)
def sweep_tuples(  # type: ignore[no-untyped-def]
    members, around, J, h, s, words, random_order, interval, upper, lower, bucket, slope, metropolis, shots, energies
):
    r"""Sweep with couplings of p spins given one by one: O(1) an attempt, :math:`O(p N^{p-1})` a flip.

    The energy is :math:`H = -\sum_t J_t \prod_{i \in t} s_i`.

    Parameters
    ----------
    members : array of int16, shape (M, p)
        Sites of each tuple.
    around : array of int32, shape (N, M p / N)
        Tuples that each site belongs to.
    J : array of int32, shape (M,)
        Couplings in multiples of a unit.
    h : array of int32, shape (N,)
        Local fields :math:`h_i = \sum_{t \ni i} J_t \prod_{j \in t, j \neq i} s_j`, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.size
    p = members.shape[1]
    accepted = 0
    used = uint64(0)
    for shot in range(shots.shape[0]):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                field = h[i]
                if not _accepts(field * s[i], word, upper, lower, bucket, slope, metropolis):
                    continue
                for a in range(around.shape[1]):
                    t = around[i, a]
                    change = int32(-2 * J[t])
                    for b in range(p):
                        change *= int32(s[members[t, b]])
                    for b in range(p):
                        j = members[t, b]
                        h[j] += change * int32(s[j])
                h[i] = field  # the field on a spin does not depend on it
                s[i] = -s[i]
                accepted += 1
        energies[shot] = -_store(h, s, shots, shot) / p
    return accepted


@njit(cache=True)
def sweep_table(  # type: ignore[no-untyped-def]
    table, number, s, words, random_order, interval, upper, lower, bucket, slope, metropolis, snapshots, energies
):
    """Sweep of a system whose energies are all in a table: O(1).

    Parameters
    ----------
    table : array of float64, shape (2^N,)
        Energy of each state; bit i of a state's number is set if spin i is +1.
    number : array of int64, shape (1,)
        Number of the present state, kept up to date.

    The rest is as for `sweep_couplings`, with the unit 1.
    """
    n = s.size
    accepted = 0
    used = uint64(0)
    for shot in range(snapshots.shape[0]):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                other = number[0] ^ (int64(1) << int64(i))
                field = 0.5 * (table[other] - table[number[0]])
                if not _accepts(field, word, upper, lower, bucket, slope, metropolis):
                    continue
                number[0] = other
                s[i] = -s[i]
                accepted += 1
        snapshots[shot] = s
        energies[shot] = table[number[0]]
    return accepted


def kernel_of(parts: tuple[Any, ...]) -> Any:
    """Sweep that takes an engine's `parts`: told by their number and the dimensions of the first."""
    if len(parts) == 3:
        return sweep_tuples
    return sweep_overlaps if len(parts) == 2 else (sweep_table, sweep_couplings, sweep_triplets)[parts[0].ndim - 1]


def _sweep(parts, cache, *rest):  # type: ignore[no-untyped-def]
    """Stand in for the sweep that takes `parts`, chosen when it is compiled."""


@overload(_sweep)
def _choose(parts, cache, *rest):  # type: ignore[no-untyped-def]
    kernel = kernel_of(parts)
    if kernel is sweep_tuples:
        return lambda parts, cache, *rest: sweep_tuples(parts[0], parts[1], parts[2], cache, *rest)
    if kernel is sweep_overlaps:
        return lambda parts, cache, *rest: sweep_overlaps(parts[0], cache, parts[1], *rest)
    return lambda parts, cache, *rest: kernel(parts[0], cache, *rest)


@njit(cache=True)
def swaps(cold, hot, cold_energy, hot_energy, word):  # type: ignore[no-untyped-def]
    r"""Decide whether neighbours at inverse temperatures `cold` ≥ `hot` swap.

    With probability :math:`\min(1, e^{(\beta - \beta')(E - E')})`, rounded to a multiple of :math:`2^{-32}`.
    """
    gain = (cold - hot) * (cold_energy - hot_energy)
    return gain >= 0.0 or word + 0.5 < 4294967296.0 * math.exp(gain)


@njit(cache=True)
def temper_rounds(  # type: ignore[no-untyped-def]
    parts, caches, spins, words, swap_words, first, interval, random_order,
    upper, lower, bucket, slope, metropolis, beta, unit, lift,
    holder, direction, measured, accepted, exchanges, flow, trips, sums, counts,
):  # fmt: skip
    """Rounds of parallel tempering of two ladders: sweeps of all replicas, a measurement, swaps of neighbours.

    Even rounds try the pairs (0, 1), (2, 3), …, odd ones (1, 2), (3, 4), …: replicas then drift through the
    ladder instead of diffusing. A swap exchanges temperatures; spins and caches stay where they are.

    Parameters
    ----------
    parts : tuple
        What the engine's sweep takes, see `montecarlo.engines.parts_of`.
    caches, spins : arrays, shape (2 R, W) and (2 R, N)
        Caches and spins of all replicas.
    words : array of uint32, shape (2 R, rounds, ≥ words of an interval)
        Random words of the sweeps.
    swap_words : array of uint32, shape (2, rounds, ≥ R / 2)
        Random words of the swaps.
    first : int
        Number of the first round, which fixes the pairs.
    interval, random_order, upper, lower, bucket, slope, metropolis
        As for `sweep_couplings`, acceptance of R temperatures; `interval` sweeps are one round.
    beta : array, shape (R,)
        Inverse temperatures, decreasing.
    unit, lift : float
        The energy is ``unit * energy of the sweep - lift * sum of the spins``.
    holder : array of int64, shape (2, R)
        Replica that is at each temperature.
    direction : array of int8, shape (2 R,)
        1 if the replica was last at the hottest end, -1 if last at the coldest, 0 before it has been at either.
    measured : bool
        Whether `sums` and `counts` are added to.
    accepted : array of int64, shape (R,)
        Accepted flips at each temperature.
    exchanges : array of int64, shape (2, R - 1)
        Swaps tried and done between each temperature and the next.
    flow : array of int64, shape (2, R)
        Visits to each temperature by replicas with direction 1 and -1.
    trips : array of int64, shape (2,)
        Arrivals at the coldest end from the hottest, in each ladder.
    sums : array, shape (2, R, 3)
        Sums of energy, squared energy and sum of spins.
    counts : array of int64, shape (R, N + 1)
        Overlaps of the two ladders' replicas at each temperature: column k counts k equal spins.
    """
    rungs = holder.shape[1]
    n = spins.shape[1]
    energies = np.empty((2, rungs))
    shot = np.empty((1, n), np.int8)
    energy = np.empty(1)
    for r in range(words.shape[1]):
        for c in range(2):
            for t in range(rungs):
                k = holder[c, t]
                accepted[t] += _sweep(
                    parts, caches[k], spins[k], words[k, r], random_order, interval,
                    upper[t], lower[t], bucket[t], slope[t], metropolis, shot, energy,
                )  # fmt: skip
                energies[c, t] = unit * energy[0]
                if lift != 0.0 or measured:
                    total = int32(0)
                    for j in range(n):
                        total += int32(shot[0, j])
                    energies[c, t] -= lift * total
                    if measured:
                        sums[c, t, 0] += energies[c, t]
                        sums[c, t, 1] += energies[c, t] ** 2
                        sums[c, t, 2] += total
        if measured:
            for t in range(rungs):
                a = holder[0, t]
                b = holder[1, t]
                equal = int32(0)
                for j in range(n):
                    equal += int32(spins[a, j] == spins[b, j])
                counts[t, equal] += 1
        for c in range(2):
            parity = (first + r) & 1
            for t in range(parity, rungs - 1, 2):
                exchanges[0, t] += 1
                if swaps(beta[t], beta[t + 1], energies[c, t], energies[c, t + 1], swap_words[c, r, t >> 1]):
                    exchanges[1, t] += 1
                    holder[c, t], holder[c, t + 1] = holder[c, t + 1], holder[c, t]
            direction[holder[c, rungs - 1]] = 1
            trips[c] += direction[holder[c, 0]] == 1
            direction[holder[c, 0]] = -1
            for t in range(rungs):
                if direction[holder[c, t]] != 0:
                    flow[0 if direction[holder[c, t]] == 1 else 1, t] += 1
