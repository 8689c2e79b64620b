r"""The energy of a multitasking network as sums of squares: distances from the patterns and from their opposites.

With :math:`c_\mu = |\xi^\mu|^2/N`, the fraction of entries that are not blank, and

.. math:: L_\mu^{\mp} = \frac{1}{2N} |\xi^\mu \mp s|^2 = \frac{1 + c_\mu}{2} \mp m_\mu ,

the energy per spin is, exactly and for every state,

.. math::

    \frac{H}{N} = -\frac12 \sum_\mu m_\mu^2
                = \frac12 \sum_\mu \left[ L_\mu^- L_\mu^+ - \Big(\frac{1 + c_\mu}{2}\Big)^2 \right] .

To descend in H is to descend in the sum of the products :math:`L_\mu^- L_\mu^+`. Spins on blank sites are at distance
one from a pattern whatever they do: no loss is below :math:`(1 - c_\mu)/2`, about d/2.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from montecarlo import retrieval
from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import walker
from montecarlo.engines.sparse import sparse_engine
from montecarlo.multitasking import draw_patterns
from montecarlo.run import advance
from statmech.checks import check_integer, check_real
from statmech.models import Multitasking
from statmech.streams import substream, unit_key, unit_stream


class Losses(NamedTuple):
    """Losses of states, shape (S, K): half the mean squared distance from the patterns, and from their opposites."""

    minus: NDArray[np.float64]
    plus: NDArray[np.float64]


class Trajectory(NamedTuple):
    """A run: after 0, 1, 2, … sweeps its energy per spin, shape (S,), losses and overlaps."""

    u: NDArray[np.float64]
    losses: Losses
    m: NDArray[np.float64]


def losses(patterns: NDArray[np.int8], spins: NDArray[np.int8]) -> Losses:
    """Losses of states from their definition as distances.

    Parameters
    ----------
    patterns : array of int8, shape (K, N)
        Ternary patterns.
    spins : array of int8, shape (S, N)
        States.
    """
    N = patterns.shape[1]
    distances = [
        np.array([[np.sum(np.square(row - sign * state, dtype=np.int64)) for row in patterns] for state in spins])
        for sign in (1, -1)
    ]
    return Losses(*(distance / (2 * N) for distance in distances))


def energy_of_losses(these: Losses, c: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy per spin, shape (S,), by the identity of this module.

    Parameters
    ----------
    these : Losses
        Of S states.
    c : array, shape (K,)
        Fractions of entries that are not blank.
    """
    return 0.5 * np.sum(these.minus * these.plus - (0.5 * (1 + c)) ** 2, 1)


def trajectory(model: Multitasking, *, N: int, sweeps: int, seed: int, cue: float = 0.0) -> Trajectory:
    """Energy and losses of one run from a random state, or a cue of a pattern, after every sweep.

    The patterns are stratified; spins are updated in random order, by the heat bath. The signs of patterns are chosen
    so that their last overlap is positive, and the patterns are sorted by it: the losses are of what is retrieved.

    Parameters
    ----------
    model : Multitasking
        The state point.
    N : int
        Number of spins, at least 3^K.
    sweeps : int
        Length of the run.
    seed : int
        Seed of patterns, start and dynamics.
    cue : float
        Mean overlap of the start with the first pattern, in units of 1 - d.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import statmech as sm
    >>> run = trajectory(sm.Multitasking(K=2, d=0.5, T=0.0), N=900, sweeps=20, seed=1)
    >>> run.losses.minus[-1].round(2).tolist()
    [0.25, 0.5]
    """
    N, sweeps = check_integer("N", N, low=2), check_integer("sweeps", sweeps, low=1)
    stream = unit_stream(check_integer("seed", seed, low=0), unit_key(model, "trajectory", {"N": N}))
    patterns = draw_patterns(model.K, N, model.d, "stratified", substream(stream, retrieval.PATTERNS))
    engine = sparse_engine(patterns, 1.0 / N, self_couplings=True)
    generator = np.random.Generator(np.random.PCG64DXSM(substream(stream, retrieval.STARTS)))
    cue = check_real("cue", cue, low=0.0, high=1.0)
    start = np.where(generator.random(N) < 0.5 * (1 + cue * patterns[0]), 1, -1).astype(np.int8)
    replica = walker(engine, start, substream(stream, retrieval.REPLICA_A))
    blocks = list(
        advance(engine, replica, acceptance("heat-bath", model.T, engine.unit), sweeps=sweeps, order="random")
    )
    spins = np.concatenate([start[None], *(block.spins for block in blocks)])
    last = patterns @ spins[-1].astype(np.int64)
    order = np.argsort(-np.abs(last), kind="stable")
    seen = patterns[order] * np.where(last < 0, -1, 1).astype(np.int8)[order, None]
    m = spins.astype(np.float64) @ seen.T / N
    energies = np.concatenate([[-0.5 * N * np.sum(m[0] ** 2)], *(block.energies for block in blocks)])
    return Trajectory(energies / N, losses(seen, spins), m)
