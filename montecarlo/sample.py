"""Simulations of any model: one disorder sample, the average over samples, and both together."""

from collections.abc import Mapping, Sequence
from functools import singledispatch
from typing import Any

import numpy as np

from montecarlo.settings import Settings, key_parts, settings_of
from statmech.checks import check_integer
from statmech.models import Model
from statmech.results import Simulation
from statmech.streams import unit_key, unit_stream

Record = dict[str, float | int | bool | str | np.ndarray]
"""What one disorder sample leaves behind: plain data under short names."""


@singledispatch
def run_sample(model: Model, *, N: int, stream: np.random.SeedSequence, settings: Settings) -> Record:
    """Simulate one disorder sample; each system registers its own implementation.

    Parameters
    ----------
    model : Model
        The state point.
    N : int
        Number of spins.
    stream : numpy.random.SeedSequence
        The sample's random numbers: disorder, starts and dynamics.
    settings : Settings
        How to run.

    Returns
    -------
    dict
        Plain data of a few kB, all that `summarise` needs; a deterministic function of the arguments.

    Raises
    ------
    ValueError
        If there is no simulation of this model, or N is out of range.
    """
    raise ValueError(f"model = {model!r} is not allowed: there is no simulation of {type(model).__name__}")


@singledispatch
def summarise(model: Model, N: int, records: Sequence[Mapping[str, Any]], settings: Settings) -> Simulation:
    """Average the records of several disorder samples; each system registers its own implementation.

    Parameters
    ----------
    model : Model
        The state point.
    N : int
        Number of spins.
    records : sequence of mapping
        What `run_sample` returned, one record for each disorder sample, at least one.
    settings : Settings
        The settings of all of them.

    Raises
    ------
    ValueError
        If there is no simulation of this model, or no record.
    """
    raise ValueError(f"model = {model!r} is not allowed: there is no simulation of {type(model).__name__}")


@singledispatch
def warm(model: Model, settings: Settings) -> None:
    """Compile every kernel that these settings can need; each system registers its own implementation.

    Numba keeps compiled kernels on disk. Called on one rank before the others start, it lets them load
    what is there instead of compiling the same all at once.
    """
    raise ValueError(f"model = {model!r} is not allowed: there is no simulation of {type(model).__name__}")


def sample_key(model: Model, N: int, sample: int, settings: Settings) -> str:
    """Key of the unit of work "disorder sample number `sample` of `model` at size `N` under `settings`"."""
    return unit_key(model, "sample", {"N": N, "sample": sample, **key_parts(settings)})


def simulate(model: Model, *, N: int, samples: int, seed: int, **settings: Any) -> Simulation:
    """Simulate `samples` disorder samples of `model` at size `N` and average them.

    The same samples in a scan with the same seed are the same bit by bit. Samples belong to the settings too: with
    other settings, such as another engine, others are drawn. To compare engines on the same ones, call `run_sample`
    with one stream.

    Parameters
    ----------
    model : Model
        The state point.
    N : int
        Number of spins, at least 2.
    samples : int
        Number of disorder samples, at least 1.
    seed : int
        Seed of all random numbers, at least 0.
    **settings
        The fields of `Settings`.

    Raises
    ------
    ValueError
        If an argument is out of its range.
    TypeError
        If a setting does not exist.

    Examples
    --------
    >>> import statmech as sm, montecarlo
    >>> montecarlo.simulate(sm.Hopfield(alpha=0.05, T=0.2), N=500, samples=4, seed=1).samples
    4
    """
    N = check_integer("N", N, low=2)
    samples = check_integer("samples", samples, low=1)
    seed = check_integer("seed", seed, low=0)
    how = settings_of(settings)
    records = [
        run_sample(model, N=N, stream=unit_stream(seed, sample_key(model, N, sample, how)), settings=how)
        for sample in range(samples)
    ]
    return summarise(model, N, records, how)
