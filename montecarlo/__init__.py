"""Monte Carlo at finite N: compiled single-spin-flip engines, their measurements and error analysis."""

# Each of these registers the simulation of its system.
import montecarlo.continual_perceptron
import montecarlo.dense
import montecarlo.diluted_hopfield
import montecarlo.extremely_diluted
import montecarlo.hopfield
import montecarlo.learning
import montecarlo.multitasking
import montecarlo.multitasking_learning
import montecarlo.p_spin
import montecarlo.random_energy
import montecarlo.sherrington_kirkpatrick
import montecarlo.structured  # noqa: F401
from montecarlo.ground_states import GroundStates, ground_states
from montecarlo.sample import Record, run_sample, sample_key, simulate, summarise, warm
from montecarlo.settings import Settings
from montecarlo.tempered import Tempered, temper

__all__ = [
    "GroundStates",
    "Record",
    "Settings",
    "Tempered",
    "ground_states",
    "run_sample",
    "sample_key",
    "simulate",
    "summarise",
    "temper",
    "warm",
]
