"""Simulation of the Sherrington–Kirkpatrick model; see `montecarlo.glass` for what is measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from montecarlo import glass
from montecarlo.disorder_sample import Disorder, disorder_sample, gaussian_integers, p_spin_link
from montecarlo.engines.engine import Couplings, couplings_engine, integer_couplings
from montecarlo.sample import Record, run_sample, summarise, warm
from montecarlo.settings import Settings
from statmech.checks import check_choice, check_integer
from statmech.models import SherringtonKirkpatrick
from statmech.results import Simulation

ENGINES = ("auto", "couplings", "integer-couplings")
"""``"auto"`` is ``"integer-couplings"``; the couplings are the same in all."""


def gaussian_engine(N: int, stream: np.random.SeedSequence, *, h: float = 0.0, engine: str = "auto") -> Couplings:
    r"""Engine of Gaussian couplings :math:`J_{ij} \sim \mathcal N(0, 1/N)`, on the grid of `gaussian_integers`.

    Parameters
    ----------
    N : int
        Number of spins.
    stream : numpy.random.SeedSequence
        The couplings' random numbers.
    h : float
        External field.
    engine : str
        ``"integer-couplings"`` (int16 couplings, exact fields), ``"couplings"`` (float32), or ``"auto"``.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    N = check_integer("N", N, low=2)
    values, unit, field = gaussian_integers(N * (N - 1) // 2, N**-0.5, h, stream)
    J = np.zeros((N, N), np.int16)
    J[np.triu_indices(N, 1)] = values
    J += J.T
    if check_choice("engine", engine, ENGINES) == "couplings":
        return Couplings(J.astype(np.float32), unit, np.dtype(np.float32), field)
    return integer_couplings(J, unit, field)


def sign_engine(N: int, stream: np.random.SeedSequence, *, h: float = 0.0) -> Couplings:
    r"""Engine of couplings :math:`\pm 1/\sqrt N`, the same system for N → ∞; fields are exact without `h`.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    """
    N = check_integer("N", N, low=2)
    generator = np.random.Generator(np.random.PCG64DXSM(stream))
    J = np.zeros((N, N), np.int8)
    J[np.triu_indices(N, 1)] = 2 * generator.integers(0, 2, N * (N - 1) // 2, np.int8) - 1
    return couplings_engine(J + J.T, N**-0.5, h * N**0.5)


@disorder_sample.register
def _disorder_sample(model: SherringtonKirkpatrick, *, N: int, stream: np.random.SeedSequence, engine: str) -> Disorder:
    """Gaussian couplings."""
    name = "integer-couplings" if engine == "auto" else engine
    couplings = gaussian_engine(N, stream, h=model.h, engine=name)
    return Disorder(couplings, name, symmetric=model.h == 0, link=p_spin_link(N, 2), h=model.h)


@run_sample.register
def _run_sample(model: SherringtonKirkpatrick, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one set of couplings with two replicas at one temperature."""
    return glass.run_replicas(model, N, stream, settings)


@summarise.register
def _summarise(
    model: SherringtonKirkpatrick, N: int, records: Sequence[Mapping[str, Any]], settings: Settings
) -> Simulation:
    """Average the records of disorder samples and judge equilibration."""
    return glass.average(model, N, records, settings)


@warm.register
def _warm(model: SherringtonKirkpatrick, settings: Settings) -> None:
    """Compile the engine that `settings` choose, and the measurements."""
    glass.warm_up(model, 16, settings)
