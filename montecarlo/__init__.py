"""Monte Carlo at finite N: compiled single-spin-flip engines, their measurements and error analysis."""

# Each of these registers the simulation of its system; `plefka` is there to be called as `montecarlo.plefka.retrieve`.
import montecarlo.binary_perceptron
import montecarlo.continual_perceptron
import montecarlo.dense
import montecarlo.diluted_hopfield
import montecarlo.extremely_diluted
import montecarlo.hopfield
import montecarlo.learning
import montecarlo.multitasking
import montecarlo.multitasking_learning
import montecarlo.p_spin
import montecarlo.plefka
import montecarlo.random_energy
import montecarlo.sherrington_kirkpatrick
import montecarlo.spherical_perceptron
import montecarlo.structured
import montecarlo.teacher_student  # noqa: F401
from montecarlo.ground_states import GroundStates, ground_states
from montecarlo.perceptron.entropy import Entropy, integrated_entropy
from montecarlo.perceptron.enumeration import Enumeration, enumerate_perceptron
from montecarlo.sample import Record, run_sample, sample_key, simulate, summarise, warm
from montecarlo.settings import Settings
from montecarlo.tempering.tempered import Tempered, temper

__all__ = [
    "Entropy",
    "Enumeration",
    "GroundStates",
    "Record",
    "Settings",
    "Tempered",
    "enumerate_perceptron",
    "ground_states",
    "integrated_entropy",
    "run_sample",
    "sample_key",
    "simulate",
    "summarise",
    "temper",
    "warm",
]
