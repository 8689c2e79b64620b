"""Hebbian networks that learn pictures: the theory of the same networks with random archetypes.

Structure is left out: archetypes that overlap add noise that stays the same in N, and are lost at a smaller load.
"""

from statmech.models import StructuredHebbian
from statmech.results import Solution
from theory.dispatch import solve, states


@solve.register
def solve_structured(model: StructuredHebbian, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    """Solve the network whose archetypes are all random; see `theory.learning.solve_learning`.

    ``start="retrieval"`` is the state next to the average of the examples, however little that knows of the archetype;
    a start from a picture, whose fraction `flipped` is wrong, is a simulation's, and theory knows no basins.
    """
    return solve(model.unstructured, ansatz=ansatz, start=start)


@states.register
def states_structured(model: StructuredHebbian, *, ansatz: str = "RS") -> list[Solution]:
    """The states of the network whose archetypes are all random; see `theory.learning.states_learning`."""
    return states(model.unstructured, ansatz=ansatz)
