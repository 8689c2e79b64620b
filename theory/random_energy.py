r"""The random energy model in closed form.

Above :math:`T_c = 1/(2\sqrt{\ln 2})` the number of levels at the energy -1/(2T) that dominates is exponential,

.. math:: f = -T\ln 2 - \frac{1}{4T}, \qquad u = -\frac{1}{2T}, \qquad s = \ln 2 - \frac{1}{4T^2};

below, the system is frozen into the lowest levels, :math:`f = u = -\sqrt{\ln 2}`, s = 0: one step of breaking with
q_1 = 1, q_0 = 0 and x = T/T_c, which is the full solution.

References
----------
.. [1] B. Derrida, Phys. Rev. B 24, 2613 (1981).
.. [2] D. J. Gross, M. Mézard, Nucl. Phys. B 240, 431 (1984).
"""

import math

from statmech.checks import check_choice
from statmech.models import RandomEnergy
from statmech.results import Solution
from theory.dispatch import solve, states
from theory.parisi.states import ERRORS, absent

STARTS = ("spin-glass", "paramagnet")
ANSATZE = ("RS", "1RSB", "full")

CRITICAL_TEMPERATURE = 1 / (2 * math.sqrt(math.log(2)))
"""Temperature at which the entropy of the paramagnet vanishes, 0.600561."""

GROUND_STATE_ENERGY = -math.sqrt(math.log(2))
"""Lowest energy per spin, -0.832555."""


@solve.register
def solve_random_energy(model: RandomEnergy, *, ansatz: str = "1RSB", start: str = "spin-glass") -> Solution:
    """Solve the random energy model.

    Order parameters as in the other glasses: with breaking ``q`` (mean overlap, 1 - x), ``q0`` = 0, ``q1`` = 1, ``x`` =
    T/T_c, ``D`` = x/T, ``C`` = 0; of the paramagnet ``q`` = 0.

    Parameters
    ----------
    model : RandomEnergy
        The state point.
    ansatz : str
        ``"1RSB"`` or ``"full"``, which agree, or ``"RS"``, which has the paramagnet alone.
    start : str
        ``"spin-glass"``, below T_c, or ``"paramagnet"``, whose continuation below T_c has a negative entropy.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.RandomEnergy(T=0.3)).f == -0.8325546111576977
    True
    """
    check_choice("start", start, STARTS)
    check_choice("ansatz", ansatz, ANSATZE)
    if start == "paramagnet":
        return _paramagnet(model)
    if ansatz == "RS":
        return absent(model, ansatz, start, "no replica-symmetric spin glass: the frozen phase needs one step")
    if model.T >= CRITICAL_TEMPERATURE:
        return absent(model, ansatz, start, f"no spin-glass state at T >= T_c = {CRITICAL_TEMPERATURE:.7g}")
    x = model.T / CRITICAL_TEMPERATURE
    broken = {"q0": 0.0, "q1": 1.0, "x": x, "D": 1 / CRITICAL_TEMPERATURE}
    if ansatz == "full":
        broken = {"q_min": 0.0, "q_EA": 1.0, "x_max": x}
    return Solution(
        model=model, ansatz=ansatz, state=start,
        order={"q": 1 - x, **broken, "C": 0.0, "m": 0.0},
        f=GROUND_STATE_ENERGY, u=GROUND_STATE_ENERGY, s=0.0, converged=True, residual=0.0, iterations=0,
        stability=1.0, replicon=1.0, errors=dict.fromkeys(ERRORS[ansatz], 0.0),
    )  # fmt: skip


def _paramagnet(model: RandomEnergy) -> Solution:
    T = model.T
    if T == 0:
        return absent(model, "RS", "paramagnet", "no paramagnet at T = 0")
    return Solution(
        model=model, ansatz="RS", state="paramagnet", order={"q": 0.0, "C": 1 / T, "m": 0.0},
        f=-T * math.log(2) - 1 / (4 * T), u=-1 / (2 * T), s=math.log(2) - 1 / (4 * T * T), converged=True,
        residual=0.0, iterations=0, stability=1.0, replicon=1.0,
    )  # fmt: skip


@states.register
def states_random_energy(model: RandomEnergy, *, ansatz: str = "1RSB") -> list[Solution]:
    """The states of the random energy model, the equilibrium one first: frozen below T_c, the paramagnet above."""
    check_choice("ansatz", ansatz, ANSATZE)
    starts = ("paramagnet",) if ansatz == "RS" else STARTS
    return [state for start in starts if (state := solve_random_energy(model, ansatz=ansatz, start=start)).converged]


def complexity(energy: float) -> float:
    r"""Logarithm of the number of levels at an energy over N, :math:`\ln 2 - e^2` while positive, else 0."""
    return max(0.0, math.log(2) - energy * energy)
