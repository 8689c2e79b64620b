"""Monte Carlo at finite N: compiled single-spin-flip engines, their measurements and error analysis."""

import montecarlo.hopfield  # noqa: F401 - registers the simulation of this system
from montecarlo.sample import Record, run_sample, sample_key, simulate, summarise, warm
from montecarlo.settings import Settings

__all__ = ["Record", "Settings", "run_sample", "sample_key", "simulate", "summarise", "warm"]
