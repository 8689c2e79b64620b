"""Engines of networks that learn from examples: power sums or overlaps for P ≥ 4, a matrix of couplings for pairs."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.dense import LookUp, OddPart, choose_kernel, interaction_engine
from montecarlo.engines.engine import Couplings, couplings_engine, integer_couplings
from montecarlo.engines.interactions import dense_interaction
from montecarlo.engines.power_sums import COLUMNS, PowerSums, power_sums_engine
from statmech.checks import check_real


def supervised_engine(sums: NDArray[np.integer], P: int, *, M: int, R: float) -> PowerSums | Couplings:
    r"""Engine of `statmech.SupervisedHebbian` from the sums of the examples.

    The energy is :math:`-c_P (M \sqrt R)^{-P} \sum_\mu e_P(A^\mu \circ s)` with :math:`c_P^{-1} = \binom{N-1}{P-1}` for
    P ≥ 4, and N for P = 2, where there is a matrix of couplings instead of power sums.

    Parameters
    ----------
    sums : array of integers, shape (K, N)
        Sums :math:`A_i^\mu = \sum_a \eta_i^{\mu,a}`, as `statmech.examples.example_sums` draws them.
    P : int
        Number of interacting spins.
    M : int
        Examples of each archetype.
    R : float
        Mean square of the average of a class's examples.

    Raises
    ------
    ValueError
        If an argument is out of its range, see `power_sums_engine`.
    """
    N = sums.shape[1]
    scale = (M * math.sqrt(R)) ** P
    if P == 2:
        return pair_engine(sums, 1.0 / (N * scale))
    return power_sums_engine(sums, P, 1.0 / (math.comb(N - 1, P - 1) * scale), M=M)


def unsupervised_engine(
    examples: NDArray[np.int8], P: int, *, M: int, R: float, name: str = "auto", rule: str = "heat-bath", T: float = 0.0
) -> LookUp | OddPart | Couplings:
    r"""Engine of `statmech.UnsupervisedHebbian` from the examples of all archetypes.

    The energy is :math:`-c_P R^{-P/2} M^{-1} \sum_{\mu,a} e_P(\eta^{\mu,a} \circ s)` with
    :math:`c_P^{-1} = \binom{N-1}{P-1}` for P ≥ 4, and N for P = 2, where there is a matrix of couplings.

    Parameters
    ----------
    examples : array of int8, shape (K M, N)
        Examples ±1.
    P, M, R
        As for `supervised_engine`.
    name, rule, T
        As `montecarlo.engines.dense.choose_kernel` takes them, for P ≥ 4.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    C, N = examples.shape
    scale = M * R ** (P / 2)
    if P == 2:
        return pair_engine(examples, 1.0 / (N * scale))
    values = dense_interaction(N, P, "distinct")
    engine = interaction_engine(examples, values, choose_kernel(name, values, C, rule, scale * T))
    return replace(engine, unit=engine.unit / scale)


def pair_engine(rows: NDArray[np.integer], weight: float) -> Couplings:
    r"""Engine for :math:`H = -weight \sum_\mu \sum_{i<j} A_i^\mu A_j^\mu s_i s_j`, the matrix of couplings made once.

    Exact where the couplings, sums of products, fit into 16 bits; otherwise rounded to float32.

    Parameters
    ----------
    rows : array of integers, shape (C, N)
        Sums over examples, or examples.
    weight : float
        Weight of a product, positive.

    Raises
    ------
    ValueError
        If the weight is not positive.
    """
    J = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), COLUMNS):
        block = rows[start : start + COLUMNS].astype(np.float64)
        J += block.T @ block
    np.fill_diagonal(J, 0.0)
    if np.abs(J).max() <= np.iinfo(np.int16).max:
        check_real("weight", weight, low=0.0, open_low=True)
        return integer_couplings(J.astype(np.int32), weight)
    return couplings_engine(J, weight)
