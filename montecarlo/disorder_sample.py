r"""One disorder sample of any system, as parallel tempering and the glasses' simulations take it."""

import math
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
from numpy.typing import NDArray

from montecarlo.engines.engine import Engine
from statmech.models import Model

GRID = 2048
"""Steps of the grid of Gaussian couplings in a standard deviation.

On a grid fields are integers: cached energies are exact, swaps are decided by exact energies, and results do not
depend on the order of additions. It raises the couplings' variance by 1/(12 GRID²), 2e-8 of itself.
"""


@dataclass(frozen=True)
class Disorder:
    r"""A disorder sample and what is known of it.

    Attributes
    ----------
    engine : Engine
        The couplings.
    name : str
        Name of the engine.
    symmetric : bool
        Whether flipping all spins leaves the energy as it is. If so, the sign of an overlap is left to chance.
    link : array, shape (N + 1,), or None
        Of Gaussian disorder, the function L(q) of the overlap, at ``q = (2 k - N) / N``, in the identity
        :math:`[u] + h [m] = -\beta\,[\langle L(q) \rangle]` between energy and overlap of real replicas, exact at
        every N in equilibrium; it follows from Gaussian integration by parts.
    h : float
        External field.
    """

    engine: Engine
    name: str
    symmetric: bool
    link: NDArray[np.float64] | None = None
    h: float = 0.0


@singledispatch
def disorder_sample(model: Model, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Draw one disorder sample; each system registers its own implementation.

    Parameters
    ----------
    model : Model
        The system; its temperature does not matter.
    N : int
        Number of spins.
    stream : numpy.random.SeedSequence
        The random numbers of the disorder.
    engine : str
        An engine of `montecarlo.Settings` that the system has, or ``"auto"``.

    Raises
    ------
    ValueError
        If the system has no such engine or cannot be sampled.
    """
    raise ValueError(f"model = {model!r} is not allowed: there is no disorder sample of {type(model).__name__}")


def gaussian_integers(
    count: int, deviation: float, h: float, stream: np.random.SeedSequence
) -> tuple[NDArray[np.int16], float, int]:
    """Gaussian couplings as multiples of a unit that the external field is a multiple of, too.

    Parameters
    ----------
    count : int
        Number of couplings.
    deviation : float
        Their standard deviation.
    h : float
        External field.
    stream : numpy.random.SeedSequence
        The couplings' random numbers; the same numbers are drawn whatever the deviation and the field.

    Returns
    -------
    couplings : array of int16, shape (count,)
        In multiples of `unit`.
    unit : float
        About ``deviation / GRID``.
    field : int
        ``h / unit``, exactly.

    Raises
    ------
    ValueError
        If the field is neither zero nor at least half a step of the grid, nor below 1e5 deviations.
    """
    unit = deviation / GRID
    if h != 0 and not 0.5 * unit <= abs(h) <= 1e5 * deviation:
        raise ValueError(
            f"h = {h} is not allowed: h must be 0 or its modulus between {0.5 * unit:.2g} and {1e5 * deviation:.2g}"
        )
    field = max(1, round(abs(h) / unit)) if h else 0
    if field:
        unit = abs(h) / field
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    steps = np.rint(generator.standard_normal(count) * (deviation / unit))
    # The int16 hold eight deviations at least: one coupling in 10^15 is cut.
    limit = np.iinfo(np.int16).max
    return np.clip(steps, -limit, limit).astype(np.int16), unit, int(math.copysign(field, h))


def p_spin_link(N: int, p: int) -> NDArray[np.float64]:
    r"""Right-hand side of the energy–overlap identity of p-spin couplings with variance :math:`p!/(2 N^{p-1})`.

    Integration by parts over each coupling gives
    :math:`[u] + h[m] = -\beta \tfrac{p!}{2 N^p} \binom{N}{p} (1 - [\langle q_p \rangle])`, where :math:`q_p` is
    the mean of :math:`\prod_{i \in t} s_i^a s_i^b` over all p-tuples t: a polynomial in the number of equal spins
    k, the elementary symmetric polynomial of k ones and N - k minus ones. For p = 2 it is :math:`(1 - q^2)/2`.

    Returns
    -------
    array, shape (N + 1,)
        Value for each number of equal spins.
    """
    tuples = math.comb(N, p)
    scale = math.factorial(p) / (2 * N**p)
    equal = range(N + 1)
    sums = [sum((-1) ** j * math.comb(N - k, j) * math.comb(k, p - j) for j in range(p + 1)) for k in equal]
    return np.array([scale * (tuples - value) for value in sums])
