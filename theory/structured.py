"""Hebbian networks that learn pictures: the theory of the same networks with random archetypes.

Structure is left out: archetypes that overlap add noise that stays the same in N, and are lost at a smaller load.
"""

from statmech.models import StructuredHebbian
from statmech.results import Solution
from theory.dispatch import solve, states


@solve.register
def solve_structured(model: StructuredHebbian, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    """Solve the network whose archetypes are all random; see `theory.learning.solve_learning`."""
    return solve(model.unstructured, ansatz=ansatz, start=start)


@states.register
def states_structured(model: StructuredHebbian, *, ansatz: str = "RS") -> list[Solution]:
    """The states of the network whose archetypes are all random; see `theory.learning.states_learning`."""
    return states(model.unstructured, ansatz=ansatz)
