"""Simulated annealing of any engine: down in temperature, a replica at a time."""

from montecarlo.engines.acceptance import acceptance
from montecarlo.engines.engine import Engine, Walker
from montecarlo.run import descend, relax
from montecarlo.settings import Settings

STEPS = 40
"""Temperatures on the way."""


def anneal(engine: Engine, replica: Walker, T: float, *, hottest: float, sweeps: int, settings: Settings) -> None:
    """Anneal `replica` in place from `hottest` to `T`, at a constant rate in temperature, which ends with T itself.

    Parameters
    ----------
    engine : Engine
        The couplings.
    replica : Walker
        Changed in place.
    T : float
        Where to. At T = 0 the annealing ends with a descent to a local minimum.
    hottest : float
        Where from, in units of energy; if it is below T all sweeps are done at T.
    sweeps : int
        Sweeps in all, divided evenly among `STEPS` temperatures, of which T is the last; those of the descent come on
        top, at most as many.
    settings : Settings
        Its rule and order.
    """
    for step in range(STEPS):
        share = sweeps * (step + 1) // STEPS - sweeps * step // STEPS
        at = T + max(0.0, hottest - T) * (1 - (step + 1) / STEPS)
        relax(engine, replica, acceptance(settings.rule, at, engine.unit), share, settings.order)
    if T == 0:
        descend(engine, replica, limit=max(1, sweeps), order=settings.order)
