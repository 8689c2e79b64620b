r"""Single-spin-flip sweeps and their parallel tempering: the kernels.

`sweep_couplings` and `sweep_overlaps` simulate :math:`H = -\tfrac12 \sum_{i \neq j} J_{ij} s_i s_j` and cache the local
fields :math:`h_i = \sum_j J_{ij} s_j` or the overlaps of the spins with the patterns that J is made of; `sweep_sparse`
does it for patterns with blank entries, `sweep_triplets` and `sweep_tuples` for couplings of three and of p spins,
`sweep_look_up` and `sweep_odd_part` for sums of any function over the overlaps, `sweep_power_sums` for patterns of any
integers, `sweep_fields` for perceptrons, `sweep_table` for any system whose energies are enumerated. `temper_rounds`
runs a ladder of temperatures on any of them.

All are deterministic functions of state and random words. What they inline is in this file: numba's cache does not
notice changes elsewhere. Rows are indexed in place: to count the references of a slice costs as much as the attempt.
"""

import math
from typing import Any

import numpy as np
from numba import float32, float64, int32, int64, njit, uint64
from numba.extending import overload

INLINED: Any = {"error_model": "numpy", "forceinline": True}
"""Options of what `temper_rounds` calls at every sweep.

A call counts the references to its arrays, which costs 160 ns, unless it is inlined and no division in it may raise.
"""


@njit(cache=True, **INLINED)
def _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):  # type: ignore[no-untyped-def]
    """Decide a flip of a spin with `field` along it at temperature number `rung`: `montecarlo.engines.acceptance`."""
    size = upper.shape[1]
    number = float32(field) * bucket + float32(size >> 1)
    number = max(min(number, float32(size - 1)), float32(0.0))
    k = uint64(int64(number))
    if word >= upper[rung, k]:
        return False
    if word < lower[rung, k]:
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
def _alignment(h, s, row):  # type: ignore[no-untyped-def]
    """Sum of spins times fields of a replica: of integers exact, otherwise in double precision."""
    total = 0
    for j in range(s.shape[1]):
        total += h[row, j] * s[row, j]
    return total


@njit(cache=True)
def _keep(s, row, snapshots, shot):  # type: ignore[no-untyped-def]
    """Keep the spins of a replica, if snapshots are kept."""
    if snapshots.shape[0] > 0:
        for j in range(s.shape[1]):
            snapshots[shot, j] = s[row, j]


@njit(cache=True, **INLINED)
def sweep_couplings(  # type: ignore[no-untyped-def]
    J, h, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    """Sweep with cached local fields: an attempt costs O(1), an accepted flip one row of J, O(N).

    Measured with int8 couplings at N = 1000: 2.5 ns an attempt, random word included, and 40 ns more an
    accepted flip.

    Parameters
    ----------
    J : array, shape (N, N)
        Symmetric couplings with zero diagonal, in multiples of a unit: float32, int8 or int16.
    h : array, shape (R, N)
        Local fields ``J @ s`` of R replicas, kept up to date: float32 for real couplings, int16 or int32 for integers.
    s : array of int8, shape (R, N)
        Spins ±1, changed in place.
    row : int
        Replica to sweep. (A row taken out as an array of its own would have its references counted.)
    words : array of uint32
        Random words: of each update one for its acceptance and, in random order, one before it for its site.
    used : int
        Number of the first word to use.
    random_order : bool
        Whether an update's site is drawn or follows the last one. A drawn site is ``word * N >> 32``:
        probabilities of sites differ by 2^-32, which detailed balance does not feel.
    interval : int
        Sweeps between two snapshots.
    upper, lower, bucket, slope, metropolis
        The fields of `montecarlo.engines.acceptance.Acceptance` for one or more temperatures, stacked.
    rung : int
        Number of the temperature.
    snapshots : array of int8, shape (S, N) or (0, N)
        Filled with the spins after each interval, unless it is empty.
    energies : array of float64, shape (S,)
        Filled with the energies after each interval in multiples of the unit, from the cached fields:
        ``S * interval`` sweeps are done.

    Returns the number of accepted flips.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                if not _accepts(h[row, i] * s[row, i], word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = h.dtype.type(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for j in range(n):
                    h[row, j] += step * J[i, j]
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = -0.5 * _alignment(h, s, row)
    return accepted


@njit(cache=True, **INLINED)
def sweep_overlaps(  # type: ignore[no-untyped-def]
    xi, K, M, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep with cached overlaps: an attempt costs O(K), an accepted flip O(K) more; no N × N matrix.

    The field in multiples of 1/N is the exact integer
    :math:`N h_i = \sum_\mu \xi_i^\mu M_\mu - K s_i`, :math:`M_\mu = \sum_i \xi_i^\mu s_i`.
    Measured at N = 4000, K = 50: 5.5 ns an attempt, random word included, and 40 ns more an accepted flip.

    Parameters
    ----------
    xi : array of int8, shape (N, K')
        Patterns, site by site, padded with zeros to K' ≥ K columns.
    K : int
        Number of patterns.
    M : array, shape (R, K')
        Overlaps ``xi.T @ s``, kept up to date: int32, or int16 (twice as fast) if N fits.

    The rest is as for `sweep_couplings`, with the unit 1/N.
    """
    n = s.shape[1]
    width = M.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                total = int32(0)
                for mu in range(width):
                    total = int32(total + int32(int32(xi[i, mu]) * int32(M[row, mu])))
                if not _accepts(total * s[row, i] - K, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = M.dtype.type(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for mu in range(width):
                    M[row, mu] += step * xi[i, mu]
                accepted += 1
        _keep(s, row, snapshots, shot)
        square = int64(0)
        for mu in range(width):
            square += int64(M[row, mu]) * int64(M[row, mu])
        energies[shot] = -0.5 * (square - int64(n) * int64(K))
    return accepted


@njit(cache=True, **INLINED)
def sweep_sparse(  # type: ignore[no-untyped-def]
    index, value, first, own, constant, M, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep with cached overlaps of sparse patterns: an attempt and a flip cost the entries of the site.

    The field that decides is the exact integer :math:`\sum_\mu x_i^\mu M_\mu - s_i \sum_\mu (x_i^\mu)^2` over the
    patterns in which site i is not blank, :math:`M_\mu = \sum_i x_i^\mu s_i`. It is half the cost of a flip whether the
    Hamiltonian has self-couplings or not: these shift its energies by a constant. A site without entries feels
    nothing. Measured at N = 4000: 5 ns an attempt with 3 entries, 20 ns with 50, 0.4 ns more for each further one.

    Parameters
    ----------
    index, value, first, own, constant
        The fields of `montecarlo.engines.sparse.Sparse`.
    M : array of int32, shape (R, K)
        Overlaps with the patterns, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                total = int64(0)
                for e in range(first[i], first[i + uint64(1)]):
                    total += int64(value[e]) * int64(M[row, index[e]])
                if not _accepts(total * s[row, i] - own[i], word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = int32(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for e in range(first[i], first[i + uint64(1)]):
                    M[row, index[e]] += step * int32(value[e])
                accepted += 1
        _keep(s, row, snapshots, shot)
        square = int64(0)
        for mu in range(M.shape[1]):
            square += int64(M[row, mu]) * int64(M[row, mu])
        energies[shot] = -0.5 * (square - constant)
    return accepted


@njit(cache=True, **INLINED)
def sweep_triplets(  # type: ignore[no-untyped-def]
    J, h, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep with triplet couplings, :math:`H = -\sum_{i<j<k} J_{ijk} s_i s_j s_k`: O(1) an attempt, O(N²) a flip.

    Parameters
    ----------
    J : array of int16, shape (N, N, N)
        Symmetric couplings in multiples of a unit, zero where two sites coincide.
    h : array of int32, shape (R, N)
        Local fields :math:`h_i = \sum_{j<k} J_{ijk} s_j s_k`, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.shape[1]
    wide = s[row].astype(np.int16)  # as wide as J: products of equal types are summed in pairs by the processor
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                if not _accepts(h[row, i] * s[row, i], word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = int32(-2 * s[row, i])
                for j in range(n):
                    total = int32(0)
                    for m in range(n):
                        total = int32(total + int32(int32(J[i, j, m]) * int32(wide[m])))
                    h[row, j] += step * total
                s[row, i] = -s[row, i]
                wide[i] = s[row, i]
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = -_alignment(h, s, row) / 3.0
    return accepted


@njit(cache=True, **INLINED)
def sweep_tuples(  # type: ignore[no-untyped-def]
    members, around, J, h, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
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
    h : array of int32, shape (R, N)
        Local fields :math:`h_i = \sum_{t \ni i} J_t \prod_{j \in t, j \neq i} s_j`, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.shape[1]
    p = members.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                field = h[row, i]
                if not _accepts(field * s[row, i], word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                for a in range(around.shape[1]):
                    t = around[i, a]
                    change = int32(-2 * J[t])
                    for b in range(p):
                        change *= int32(s[row, members[t, b]])
                    for b in range(p):
                        j = members[t, b]
                        h[row, j] += change * int32(s[row, j])
                h[row, i] = field  # the field on a spin does not depend on it
                s[row, i] = -s[row, i]
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = -_alignment(h, s, row) / p
    return accepted


@njit(cache=True, **INLINED)
def sweep_table(  # type: ignore[no-untyped-def]
    table, number, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    """Sweep of a system whose energies are all in a table: O(1).

    Parameters
    ----------
    table : array of float64, shape (2^N,)
        Energy of each state; bit i of a state's number is set if spin i is +1.
    number : array of int64, shape (R, 1)
        Number of the present state, kept up to date.

    The rest is as for `sweep_couplings`, with the unit 1.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                other = number[row, 0] ^ (int64(1) << int64(i))
                field = 0.5 * (table[other] - table[number[row, 0]])
                if not _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                number[row, 0] = other
                s[row, i] = -s[row, i]
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = table[number[row, 0]]
    return accepted


@njit(cache=True)
def _flip_cost(costs, xi, K, M, s, row, i):  # type: ignore[no-untyped-def]
    r"""Energy that a flip of spin i costs, :math:`\sum_\mu F(M_\mu - 2 s_i \xi_i^\mu) - F(M_\mu)`: O(K), exact."""
    base = int32(2 * s.shape[1] + 1)
    spin = int32(s[row, i])
    total = int64(0)
    for mu in range(K):
        total += costs[int32(2 * int32(M[row, 0, mu])) + base + int32(spin * int32(xi[i, mu]))]
    return total


@njit(cache=True)
def _interaction(F, K, M, row, n):  # type: ignore[no-untyped-def]
    r"""Energy :math:`\sum_\mu F(M_\mu)` of a replica: O(K), exact."""
    total = int64(0)
    for mu in range(K):
        total += F[(int32(M[row, 0, mu]) + int32(n)) >> 1]
    return total


@njit(cache=True, **INLINED)
def sweep_look_up(  # type: ignore[no-untyped-def]
    F, costs, xi, K, M, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep of :math:`H = \sum_\mu F(M_\mu)` by look-up: an attempt costs O(K) table entries, a flip O(K) sums more.

    Measured at N = 1000, K = 1000: 0.48 µs an attempt, 0.04 µs more an accepted flip.

    Parameters
    ----------
    F, costs, xi, K
        The fields of `montecarlo.engines.dense.LookUp`.
    M : array of int16, shape (R, 1, K')
        Overlaps ``xi.T @ s``, kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                field = 0.5 * _flip_cost(costs, xi, K, M, s, row, i)
                if not _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = M.dtype.type(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for mu in range(xi.shape[1]):
                    M[row, 0, mu] += step * xi[i, mu]
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = _interaction(F, K, M, row, n)
    return accepted


@njit(cache=True)
def _odd_sum(cache, row, width):  # type: ignore[no-untyped-def]
    """Sum of the odd parts, and whether sums over some of them could overflow 32 bits."""
    total = reach = int64(0)
    for mu in range(width):
        total += cache[row, 1, mu]
        reach += abs(cache[row, 1, mu])
    return total, reach >= int64(1) << 31


@njit(cache=True, **INLINED)
def sweep_odd_part(  # type: ignore[no-untyped-def]
    F, costs, parts, scale, slack, xi, K, cache, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep of :math:`H = \sum_\mu F(M_\mu)` by odd parts: an attempt costs one scalar product, a flip O(K) look-ups.

    A spin is flipped or kept where the bounds of its field agree on it; otherwise the table decides, as in
    `sweep_look_up`. Measured at N = 1000, K = 1000: 0.06 µs an attempt, 0.8 µs more an accepted flip.

    Parameters
    ----------
    F, costs, parts, scale, slack, xi, K
        The fields of `montecarlo.engines.dense.OddPart`.
    cache : array of int32, shape (R, 2, K' + 1)
        Overlaps ``xi.T @ s`` and odd parts B, which are even numbers and zero in padded columns; in the last column the
        sum of A, its upper half and its lower one. Kept up to date.

    The rest is as for `sweep_couplings`.
    """
    n = s.shape[1]
    width = xi.shape[1]
    accepted = 0
    used = uint64(used)
    even = (int64(cache[row, 0, width]) << 32) + (int64(cache[row, 1, width]) & int64(0xFFFFFFFF))
    odd, overflow = _odd_sum(cache, row, width)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                # Of even numbers, & -1 keeps all bits and & 1 none: the sum is over the patterns with xi = -1.
                against = int32(0)
                for mu in range(width):
                    against = int32(against + (int32(xi[i, mu]) & cache[row, 1, mu]))
                field = scale * (even + int64(s[row, i]) * (odd - 2 * int64(against)))
                doubt = math.inf if overflow else slack
                if not _accepts(field - doubt, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                if not _accepts(field + doubt, word, upper, lower, bucket, slope, metropolis, rung):
                    field = 0.5 * _flip_cost(costs, xi, K, cache, s, row, i)
                    if not _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):
                        continue
                step = int32(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for mu in range(width):
                    cache[row, 0, mu] += step * int32(xi[i, mu])
                even = int64(0)
                for mu in range(K):
                    part = parts[(cache[row, 0, mu] + int32(n)) >> 1]
                    cache[row, 1, mu] = int32(part)
                    even += part >> 32
                odd, overflow = _odd_sum(cache, row, width)
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = _interaction(F, K, cache, row, n)
    cache[row, 0, width] = int32(even >> 32)
    cache[row, 1, width] = int32(even)
    return accepted


@njit(cache=True)
def _field_4(A, even, sums, spin, row, i):  # type: ignore[no-untyped-def]
    """Field along spin i for P = 4, with 3! e_3 = p1³ - 3 p1 p2 + 2 p3 of all other sites."""
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        square = x * x
        p1 = sums[row, 0, mu] - x
        total += x * (p1 * (p1 * p1 - 3 * (even[0, mu] - square)) + 2 * (sums[row, 1, mu] - x * square))
    return total


@njit(cache=True)
def _field_6(A, even, sums, spin, row, i):  # type: ignore[no-untyped-def]
    """Field along spin i for P = 6, with 5! e_5 of all other sites.

    5! e_5 = p1⁵ - 10 p1³ p2 + 20 p1² p3 + 15 p1 p2² - 30 p1 p4 - 20 p2 p3 + 24 p5.
    """
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        square = x * x
        cube = x * square
        p1, p2, p3 = sums[row, 0, mu] - x, even[0, mu] - square, sums[row, 1, mu] - cube
        p4, p5 = even[1, mu] - square * square, sums[row, 2, mu] - cube * square
        odd = p1 * (p1 * p1 * (p1 * p1 - 10 * p2) + 20 * p1 * p3 + 15 * p2 * p2 - 30 * p4)
        total += x * (odd - 20 * p2 * p3 + 24 * p5)
    return total


@njit(cache=True)
def _field_8(A, even, sums, spin, row, i):  # type: ignore[no-untyped-def]
    """Field along spin i for P = 8, with 7! e_7 of all other sites, by Newton's identities written out."""
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        square = x * x
        cube, fourth = x * square, square * square
        p1, p2, p3 = sums[row, 0, mu] - x, even[0, mu] - square, sums[row, 1, mu] - cube
        p4, p5 = even[1, mu] - fourth, sums[row, 2, mu] - cube * square
        p6, p7 = even[2, mu] - cube * cube, sums[row, 3, mu] - cube * fourth
        e2 = p1 * p1 - p2
        e3 = e2 * p1 + 2 * (p3 - p1 * p2)
        e4 = e3 * p1 - 3 * e2 * p2 + 6 * (p1 * p3 - p4)
        e5 = e4 * p1 - 4 * e3 * p2 + 12 * (e2 * p3 - 2 * (p1 * p4 - p5))
        e6 = e5 * p1 - 5 * e4 * p2 + 20 * (e3 * p3 - 3 * e2 * p4 + 6 * (p1 * p5 - p6))
        total += x * (e6 * p1 - 6 * e5 * p2 + 30 * (e4 * p3 - 4 * e3 * p4 + 12 * (e2 * p5 - 2 * (p1 * p6 - p7))))
    return total


@njit(cache=True)
def _newton(even, newton, sums, row, mu, x, E):  # type: ignore[no-untyped-def]
    """Fill E with j! e_j of an archetype's sites, less one of entry `x`, from its power sums, in E's arithmetic."""
    E[0] = 1
    for j in range(1, E.size):
        E[j] = 0
        power = int64(1)
        for k in range(1, j + 1):
            power *= x
            p = sums[row, k >> 1, mu] if k & 1 else even[(k >> 1) - 1, mu]
            E[j] += newton[j, k] * E[j - k] * (p - power)


@njit(cache=True)
def _field(A, even, newton, sums, spin, row, i, E):  # type: ignore[no-untyped-def]
    """Field along spin i for any P, one archetype after the other by Newton's identities: O(P²) for each."""
    total = int64(0)
    for mu in range(A.shape[1]):
        x = int64(A[i, mu]) * spin
        _newton(even, newton, sums, row, mu, x, E)
        total += x * E[E.size - 1]
    return total


@njit(cache=True)
def _field_sums(A, even, newton, P, sums, spin, row, i, E):  # type: ignore[no-untyped-def]
    """Field along spin i in the arithmetic of `spin` and E: integers modulo 2^64, or double precision."""
    if P == 4:
        return _field_4(A, even, sums, spin, row, i)
    if P == 6:
        return _field_6(A, even, sums, spin, row, i)
    if P == 8:
        return _field_8(A, even, sums, spin, row, i)
    return _field(A, even, newton, sums, spin, row, i, E)


@njit(cache=True)
def _exact_field(A, even, newton, P, wide, sums, spin, row, i, others, rounded):  # type: ignore[no-untyped-def]
    """Field along spin i, that of exact integers: where they are wide, rounding tells what multiple of 2^64 is lost."""
    field = float64(_field_sums(A, even, newton, P, sums, spin, row, i, others))
    if wide:
        near = _field_sums(A, even, newton, P, sums, float64(spin), row, i, rounded)
        field += 18446744073709551616.0 * np.rint((near - field) / 18446744073709551616.0)
    return field


@njit(cache=True)
def sweep_power_sums(  # type: ignore[no-untyped-def]
    A, even, newton, P, K, wide, sums, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep of :math:`H = -w \sum_\mu e_P(A^\mu \circ s)` with cached power sums: O(K) an attempt, O(K P) a flip more.

    Parameters
    ----------
    A, even, newton, P, K, wide
        The fields of `montecarlo.engines.power_sums.PowerSums`.
    sums : array of int64, shape (R, P/2, K')
        Odd power sums :math:`p_1, p_3, \dots, p_{P-1}` of R replicas, kept up to date.

    The rest is as for `sweep_couplings`, with the unit of `montecarlo.engines.power_sums.PowerSums`. An energy is the
    sum over the archetypes, one after the other, in double precision, of exact integers unless the engine is wide: the
    same for the same spins. Measured at N = 120, K = 14000: for P = 4 1.0 ns an archetype and attempt, for P = 6
    2.8 ns; 2.7 and 6.0 ns of a wide engine. At N = 40, K = 1000 it is 8 ns for P = 8 and 18 ns of a wide engine. From
    P = 10 on Newton's identities are a loop for each archetype, which is not vectorised: 120 ns of a wide engine.
    """
    n = s.shape[1]
    accepted = 0
    used = uint64(used)
    others, everybody = np.empty(P, np.int64), np.empty(P + 1, np.int64)
    rounded = np.empty(P + 1)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                spin = int64(s[row, i])
                field = _exact_field(A, even, newton, P, wide, sums, spin, row, i, others, rounded[:P])
                if not _accepts(field, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                s[row, i] = -s[row, i]
                for mu in range(A.shape[1]):
                    x = int64(A[i, mu]) * spin
                    square = x * x
                    for power in range(P >> 1):
                        sums[row, power, mu] -= 2 * x
                        x *= square
                accepted += 1
        _keep(s, row, snapshots, shot)
        energy = 0.0
        for mu in range(K):
            if wide:
                _newton(even, newton, sums, row, mu, int64(0), rounded)
                energy -= rounded[P]
            else:
                _newton(even, newton, sums, row, mu, int64(0), everybody)
                energy -= everybody[P]
        energies[shot] = energy / P
    return accepted


@njit(cache=True)
def _shortfall(X, h, row, i, step, width, threshold, slack, weighted):  # type: ignore[no-untyped-def]
    """Cost of the fields of a replica, its weight i changed by `step`; see `sweep_fields`: O(width), exact."""
    step, threshold = h.dtype.type(step), h.dtype.type(threshold)
    errors = missing = int32(0)
    if not weighted:
        for mu in range(width):
            changed = h.dtype.type(h[row, mu] + h.dtype.type(step * h.dtype.type(X[i, mu])))
            errors = int32(errors + int32(changed < threshold))
        return float64(errors)
    for mu in range(width):
        changed = h.dtype.type(h[row, mu] + h.dtype.type(step * h.dtype.type(X[i, mu])))
        errors = int32(errors + int32(changed < threshold))
        missing = int32(missing + max(int32(0), int32(int32(threshold) - int32(changed))))
    return missing - slack * errors


@njit(cache=True, **INLINED)
def sweep_fields(  # type: ignore[no-untyped-def]
    X, K, threshold, slack, weighted, field, h, s, row, words, used,
    random_order, interval, upper, lower, bucket, slope, metropolis, rung, snapshots, energies,
):  # fmt: skip
    r"""Sweep of a perceptron with cached fields :math:`h_\mu = \sum_i X_i^\mu s_i`: O(K) an attempt, O(K) more a flip.

    The energy is the number of fields below the threshold, or the sum of what they lack, and less `field` times the
    sum of the weights. Measured at N = K = 801: 0.08 µs an attempt, 0.02 µs more an accepted flip.

    Parameters
    ----------
    X, K, threshold, slack, weighted, field
        The fields of `montecarlo.engines.perceptron.Fields`.
    h : array of int16 or int32, shape (R, K')
        Fields ``X.T @ s``, kept up to date.

    The rest is as for `sweep_couplings`; energies lack what `field` does.
    """
    n, width = s.shape[1], X.shape[1]
    accepted = 0
    used = uint64(used)
    now = _shortfall(X, h, row, 0, 0, width, threshold, slack, weighted)
    for shot in range(energies.size):
        for _ in range(interval):
            for k in range(n):
                i, word, used = _update(words, used, k, n, random_order)
                after = _shortfall(X, h, row, i, -2 * s[row, i], width, threshold, slack, weighted)
                along = 0.5 * (after - now) + field * s[row, i]
                if not _accepts(along, word, upper, lower, bucket, slope, metropolis, rung):
                    continue
                step = h.dtype.type(-2 * s[row, i])
                s[row, i] = -s[row, i]
                for mu in range(width):
                    h[row, mu] += step * X[i, mu]
                now = after
                accepted += 1
        _keep(s, row, snapshots, shot)
        energies[shot] = _shortfall(X, h, row, 0, 0, K, threshold, slack, weighted)
    return accepted


def kernel_of(parts: tuple[Any, ...]) -> Any:
    """Sweep that takes an engine's `parts`: told by their number and the dimensions of the first or third."""
    if len(parts) == 6:
        return sweep_power_sums if getattr(parts[2], "ndim", 0) else sweep_fields
    many = {3: sweep_tuples, 4: sweep_look_up, 5: sweep_sparse, 7: sweep_odd_part}
    if len(parts) in many:
        return many[len(parts)]
    return sweep_overlaps if len(parts) == 2 else (sweep_table, sweep_couplings, sweep_triplets)[parts[0].ndim - 1]


def _sweep(parts, c, s, r, w, k, o, i, up, lo, b, sl, m, t, shots, e):  # type: ignore[no-untyped-def]
    """Stand in for the sweep that takes `parts`, chosen when it is compiled."""


@overload(_sweep, jit_options=INLINED)
def _choose(parts, c, s, r, w, k, o, i, up, lo, b, sl, m, t, shots, e):  # type: ignore[no-untyped-def]
    # Named one by one: a tuple of the rest would have the references to its arrays counted at each call.
    kernel = kernel_of(parts)
    return lambda parts, c, s, r, w, k, o, i, up, lo, b, sl, m, t, shots, e: kernel(
        *parts, c, s, r, w, k, o, i, up, lo, b, sl, m, t, shots, e
    )


@njit(cache=True)
def swaps(cold, hot, cold_energy, hot_energy, word):  # type: ignore[no-untyped-def]
    r"""Decide whether neighbours at inverse temperatures `cold` ≥ `hot` swap.

    With probability :math:`\min(1, e^{(\beta - \beta')(E - E')})`, rounded to a multiple of :math:`2^{-32}`.
    """
    gain = (cold - hot) * (cold_energy - hot_energy)
    return gain >= 0.0 or word + 0.5 < 4294967296.0 * math.exp(gain)


@njit(cache=True, error_model="numpy")
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
        What the engine's sweep takes, see `montecarlo.engines.engine.parts_of`.
    caches, spins : arrays, shape (2 R, W) and (2 R, N)
        Caches and spins of all replicas.
    words : array of uint32, shape (2 R * rounds * W',)
        Random words of the sweeps, W' for each replica and round, at least as many as an interval takes.
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
    holder, direction
        As in `montecarlo.tempering.ladder.Ladder`.
    measured : bool
        Whether `sums` and `counts` are added to.
    accepted, exchanges, flow, trips, sums, counts
        As in `montecarlo.tempering.ladder.Tally`; added to.
    """
    rungs = holder.shape[1]
    n = spins.shape[1]
    energies, energy, unkept = np.empty((2, rungs)), np.empty(1), np.empty((0, n), np.int8)
    rounds = swap_words.shape[1]
    width = words.size // (spins.shape[0] * rounds)
    for r in range(rounds):
        for c in range(2):
            for t in range(rungs):
                k = holder[c, t]
                accepted[t] += _sweep(
                    parts, caches, spins, k, words, (k * rounds + r) * width, random_order, interval,
                    upper, lower, bucket[t], slope[t], metropolis, t, unkept, energy,
                )  # fmt: skip
                total = int32(0)
                for j in range(n):
                    total += int32(spins[k, j])
                energies[c, t] = unit * energy[0] - lift * total
                if measured:
                    sums[c, t, 0] += energies[c, t]
                    sums[c, t, 1] += energies[c, t] ** 2
                    sums[c, t, 2] += total
        if measured:
            for t in range(rungs):
                a, b = holder[0, t], holder[1, t]
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
                flow[0, t] += direction[holder[c, t]] == 1
                flow[1, t] += direction[holder[c, t]] == -1
