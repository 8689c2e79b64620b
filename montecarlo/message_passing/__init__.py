"""Message passing on instances of perceptrons: mean weights and entropies, and algorithms that look for solutions."""

from montecarlo.message_passing.amp import Messages, amp
from montecarlo.message_passing.annealed import annealed_weights
from montecarlo.message_passing.around import Around, entropy_around
from montecarlo.message_passing.attempt import Attempt
from montecarlo.message_passing.max_sum import max_sum
from montecarlo.message_passing.reinforced import reinforced_amp
from montecarlo.message_passing.sbpi import sbpi
from montecarlo.message_passing.success import SOLVERS, SuccessRates, success_rates
from montecarlo.perceptron.patterns import errors, fields, storage_patterns, taught_patterns

__all__ = [
    "SOLVERS",
    "Around",
    "Attempt",
    "Messages",
    "SuccessRates",
    "amp",
    "annealed_weights",
    "entropy_around",
    "errors",
    "fields",
    "max_sum",
    "reinforced_amp",
    "sbpi",
    "storage_patterns",
    "success_rates",
    "taught_patterns",
]
