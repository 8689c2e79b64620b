r"""Replica-symmetric solutions of the binary perceptron, at any T ≥ 0, without iteration.

With the overlap q of two weight vectors, its conjugate :math:`\hat q`, and f of `theory.perceptron_channel`, the free
entropy per weight of Gardner and Derrida [1]_ and Krauth and Mézard [2]_ is

.. math::

    \phi = s - \beta u = -\tfrac12 \hat q(1-q) + \mathrm{E}\ln 2\cosh(\sqrt{\hat q}\,z)
           + \alpha\,\mathrm{E}\ln f\Bigl(\frac{\sqrt q\,z-\kappa}{\sqrt{1-q}}\Bigr),

.. math::

    q = \mathrm{E}\tanh^2(\sqrt{\hat q}\,z), \qquad \hat q = \alpha\,\mathrm{E}\,g^2, \qquad
    u = \alpha\,\mathrm{E}\,e^{-\beta}\Phi(-t)/f .

For each :math:`\hat q` the first equation gives q and the second the load: the curve :math:`\alpha(\hat q; \kappa, T)`
is explicit. It begins at :math:`\alpha = 0` with s = ln 2; along it the entropy falls, and where it vanishes the
weights freeze.

References
----------
.. [1] E. Gardner, B. Derrida, J. Phys. A 21, 271 (1988).
.. [2] W. Krauth, M. Mézard, J. Phys. (France) 50, 3057 (1989).
"""

import math

from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_moments, field_potential
from statmech.models import BinaryPerceptron
from statmech.perceptron import inverse
from statmech.results import Solution, no_solution
from theory.perceptron_channel import UnresolvedError, mean_square_shortfall, storage, storage_force

TINY = 1e-15  # relative accuracy that every bracketed root is asked for
TOLERANCE = 1e-12
"""Largest residual of a converged solution."""
LARGEST_FIELD = 3e5
r"""Largest :math:`\sqrt{\hat q}` that is looked at: beyond, 1 - q is below 3e-6."""


def load(field: float, kappa: float, beta: float) -> float:
    r"""Load :math:`\alpha(\hat q)` at which the solution has :math:`\sqrt{\hat q}` = `field`."""
    _, q, V, *_ = field_moments(0.0, field, 1.0)
    return field * field / storage_force(q, V, kappa, beta)


def entropy(field: float, kappa: float, beta: float) -> float:
    """Entropy on the curve, at the load that belongs to it."""
    _, q, V, *_ = field_moments(0.0, field, 1.0)
    channel = storage(q, V, kappa, beta)
    prior = field_potential(0.0, field, 1.0)[0] - 0.5 * field * field * V
    return prior + field * field * channel.entropy / channel.force


def zero_entropy_field(kappa: float, beta: float) -> float:
    r"""The :math:`\sqrt{\hat q}` at which the entropy vanishes on the curve."""
    high = 1.0
    while entropy(high, kappa, beta) > 0:
        high *= 1.5
    low = high / 1.5
    while entropy(low, kappa, beta) <= 0:
        low, high = low / 1.5, low
    return float(optimize.brentq(entropy, low, high, args=(kappa, beta), xtol=1e-300, rtol=TINY))


def symmetric_end(kappa: float) -> float:
    r"""Load at which :math:`q \to 1` at T = 0: :math:`(2/\pi)/[(1+\kappa^2)\Phi(\kappa) + \kappa G(\kappa)]`."""
    return 2 / math.pi / mean_square_shortfall(kappa)


def solve_symmetric(model: BinaryPerceptron) -> Solution:
    """The replica-symmetric solution at a state point, on the branch that begins at alpha = 0, or why there is none."""
    if model.alpha == 0:
        return symmetric_solution(model, 0.0, iterations=0)
    try:
        return _on_branch(model, inverse(model.T))
    except UnresolvedError:
        return absent(model, "RS", "liquid", f"not resolved: q is next to 1 at T = {model.T:.3g} and this load")


def _on_branch(model: BinaryPerceptron, beta: float) -> Solution:
    r"""The solution on the first branch, its :math:`\sqrt{\hat q}` bracketed from below."""

    def excess(x: float) -> float:
        return load(x, model.kappa, beta) - model.alpha

    low = math.sqrt(model.alpha * storage_force(0.0, 1.0, model.kappa, beta))  # exact as alpha -> 0
    while excess(low) > 0:
        low /= 2
    evaluations, high, last, end = 2, 1.25 * low, -math.inf, None
    while (now := excess(high)) < 0 and end is None:
        evaluations += 1
        if now < last:
            (turn, *_) = stationary_points(lambda x: load(x, model.kappa, beta), [low / 1.25, low, high])
            low, high, end = low / 1.25, turn.parameter, turn.control
        elif high > LARGEST_FIELD:
            end = symmetric_end(model.kappa)
        else:
            low, high, last = high, 1.25 * high, now
    if end is not None and end <= model.alpha:
        why = f"no replica-symmetric solution: alpha = {model.alpha:.7g} is above its end at {end:.7g}"
        return absent(model, "RS", "liquid", why + "; what exists there is the frozen state of ansatz='1RSB'")
    if now < 0 and high > LARGEST_FIELD:
        raise UnresolvedError(f"a field beyond {LARGEST_FIELD:.0e}")
    field, report = optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY, full_output=True)
    return symmetric_solution(model, float(field), evaluations + report.function_calls)


def symmetric_solution(model: BinaryPerceptron, field: float, iterations: int = 1) -> Solution:
    r"""The `Solution` at :math:`\sqrt{\hat q}` = `field`, with everything that follows from it.

    `stability` is :math:`1 - \frac{d\hat q}{dq} \frac{dq}{d\hat q}` of the two equations, the sign of the slope of
    :math:`\alpha(\hat q)`. `replicon` is :math:`1 - \alpha\,\mathrm{E}(\partial_\omega g)^2\,
    \mathrm{E}(1-\tanh^2\sqrt{\hat q}z)^2`. The residual is that of q.
    """
    beta = inverse(model.T)
    _, q, V, C4, _, C_v = field_moments(0.0, field, 1.0)
    channel = storage(q, V, model.kappa, beta)
    residual = abs(field_moments(0.0, math.sqrt(model.alpha * channel.force), 1.0)[1] - q)
    if not residual <= TOLERANCE:
        return absent(model, "RS", "liquid", f"not solved to tolerance: residual {residual:.1e}")
    prior = field_potential(0.0, field, 1.0)[0] - 0.5 * field * field * V
    u, s = model.alpha * channel.error, prior + model.alpha * channel.entropy
    return Solution(
        model=model, ansatz="RS", state="liquid", order={"q": q, "qhat": field * field},
        f=u - model.T * s, u=u, s=s, converged=True, residual=residual, iterations=iterations,
        stability=1 + model.alpha * channel.slope * C_v, replicon=1 - model.alpha * channel.response * C4,
        message="negative entropy: the weights are frozen, see ansatz='1RSB'" if s < 0 else "",
    )  # fmt: skip


ORDER = {"RS": ("q", "qhat"), "1RSB": ("q", "qhat", "q1", "x")}
"""Order parameters of each ansatz."""


def absent(model: BinaryPerceptron, ansatz: str, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, ansatz, state, message, ORDER[ansatz])
