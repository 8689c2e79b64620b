r"""The spherical perceptron: volume of the weights that store all patterns, capacity in closed form, any T ≥ 0.

With f of `theory.perceptron_channel` the free entropy of Gardner [1]_, relative to the whole sphere, is

.. math::

    \phi = s - \beta u = \tfrac12\Bigl[\ln(1-q) + \frac{q}{1-q}\Bigr] + \alpha\,\mathrm{E}\ln f
        \Bigl(\frac{\sqrt q\,z-\kappa}{\sqrt{1-q}}\Bigr), \qquad \hat q = \frac{q}{(1-q)^2} = \alpha\,\mathrm{E}\,g^2 ,

which gives the load explicitly in q. At T = 0 the capacity is where :math:`q \to 1`,

.. math:: \alpha_c(\kappa) = \Bigl[\int_{-\kappa}^\infty Dz\,(z+\kappa)^2\Bigr]^{-1} .

Replica symmetry holds up to it for :math:`\kappa \ge 0`; for :math:`\kappa < 0` it breaks before, where the replicon
vanishes, and :math:`\alpha_c` is only an upper bound. Above the capacity it is broken at low temperature [2]_.

References
----------
.. [1] E. Gardner, J. Phys. A 21, 257 (1988).
.. [2] E. Gardner, B. Derrida, J. Phys. A 21, 271 (1988).
"""

import math

from numpy.typing import ArrayLike
from scipy import optimize
from scipy.special import ndtr

from statmech.checks import check_choice
from statmech.lines import PhaseLine
from statmech.models import SphericalPerceptron
from statmech.models.binary_perceptron import KAPPA_MAX
from statmech.perceptron import inverse
from statmech.results import Solution, no_solution
from theory.dispatch import solve, states
from theory.perceptron_channel import UnresolvedError, mean_square_shortfall, storage, storage_force
from theory.tracing import traced

STARTS = ("liquid",)
ANSATZE = ("RS",)
TOLERANCE = 1e-12
"""Largest residual of a converged solution, in units of 1 + q/(1-q)."""
NARROWEST = 1e8
"""Largest q/(1-q) that is looked at."""


def capacity(kappa: float) -> float:
    r""":math:`\alpha_c(\kappa)`."""
    return 1 / mean_square_shortfall(kappa)


def load(ratio: float, kappa: float, beta: float) -> float:
    """Load at which q/(1-q) is `ratio`."""
    V = 1 / (1 + ratio)
    return ratio / (V * storage_force(ratio * V, V, kappa, beta))


@solve.register
def solve_spherical_perceptron(model: SphericalPerceptron, *, ansatz: str = "RS", start: str = "liquid") -> Solution:
    r"""Solve the spherical perceptron.

    Order parameters: q, overlap of two weight vectors, and its conjugate ``qhat``. At T = 0 f = u = 0, and s is the
    logarithm of the fraction of the sphere that stores all patterns, per weight.

    Parameters
    ----------
    model : SphericalPerceptron
        The state point.
    ansatz, start : str
        ``"RS"`` and ``"liquid"``: there are no others.

    Returns
    -------
    Solution
        `stability` is :math:`1 - \frac{d\hat q}{dq}\frac{dq}{d\hat q}` of the two equations; `replicon`
        :math:`1 - \alpha\,\mathrm{E}(\partial_\omega g)^2 (1-q)^2`. Not converged at T = 0 at and above the capacity.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.SphericalPerceptron(alpha=1))  # doctest: +ELLIPSIS
    q = 0.585312  ...  [RS, liquid, ...]
    """
    check_choice("ansatz", ansatz, ANSATZE)
    check_choice("start", start, STARTS)
    limit, beta = capacity(model.kappa), inverse(model.T)
    if model.T == 0 and model.alpha >= limit:
        return _absent(model, f"no weights store the patterns: alpha = {model.alpha:.7g}, the capacity is {limit:.7g}")
    if model.alpha == 0:
        return _solution(model, 0.0, 0)

    def excess(ratio: float) -> float:
        return load(ratio, model.kappa, beta) - model.alpha

    try:
        low = model.alpha * storage_force(0.0, 1.0, model.kappa, beta)  # exact as alpha -> 0
        while excess(low) > 0:
            low /= 2
        high = 2 * low
        while excess(high) < 0:
            low, high = high, 2 * high
            if high > NARROWEST:
                return _absent(model, f"not resolved: q is next to 1 at alpha = {model.alpha!r}; capacity {limit!r}")
        ratio, report = optimize.brentq(excess, low, high, xtol=1e-300, rtol=1e-15, full_output=True)
    except UnresolvedError:
        return _absent(model, f"not resolved: q is next to 1 at T = {model.T:.3g} and this load")
    return _solution(model, float(ratio), report.function_calls)


def _solution(model: SphericalPerceptron, ratio: float, iterations: int) -> Solution:
    V = 1 / (1 + ratio)
    q = ratio * V
    channel = storage(q, V, model.kappa, inverse(model.T))
    residual = abs(model.alpha * channel.force * V * V - q)
    if not residual <= TOLERANCE * max(1.0, ratio):  # rounding of a capacity next to which q -> 1
        return _absent(model, f"not solved to tolerance: residual {residual:.1e}")
    u, s = model.alpha * channel.error, 0.5 * (math.log(V) + ratio) + model.alpha * channel.entropy
    return Solution(
        model=model, ansatz="RS", state="liquid", order={"q": q, "qhat": ratio / V}, f=u - model.T * s, u=u, s=s,
        converged=True, residual=residual, iterations=iterations,
        stability=1 - model.alpha * channel.slope * V**3 / (1 + q),
        replicon=1 - model.alpha * channel.response * V * V,
    )  # fmt: skip


def _absent(model: SphericalPerceptron, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, "RS", "liquid", message, ("q", "qhat"))


@states.register
def states_spherical_perceptron(model: SphericalPerceptron, *, ansatz: str = "RS") -> list[Solution]:
    """The one state of the spherical perceptron, if there is one; see `theory.states`."""
    found = solve_spherical_perceptron(model, ansatz=ansatz)
    return [found] if found.converged else []


def critical_capacity(kappa: ArrayLike = 0.0) -> PhaseLine:
    r"""Capacity :math:`\alpha_c(\kappa)` in closed form.

    Parameters
    ----------
    kappa : array_like
        Stabilities in [-8, 8].

    Returns
    -------
    PhaseLine
        Its replicon :math:`1 - \alpha_c\Phi(\kappa)` is zero at :math:`\kappa = 0`, and negative below.

    Raises
    ------
    ValueError
        If a stability is not allowed.

    Examples
    --------
    >>> critical_capacity(0).alpha
    2.0
    """

    def point(k: float) -> Solution:
        limit = capacity(k)
        return Solution(
            model=SphericalPerceptron(alpha=limit, kappa=k), ansatz="RS", state="liquid",
            order={"q": 1.0, "qhat": math.inf}, f=0.0, u=0.0, s=-math.inf, converged=True, residual=0.0, iterations=0,
            stability=0.0, replicon=1 - limit * float(ndtr(k)),
        )  # fmt: skip

    return traced("critical capacity", point, "kappa", kappa, low=-KAPPA_MAX, high=KAPPA_MAX)
