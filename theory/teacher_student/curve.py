r"""Teacher and student: learning curves of the binary perceptron, at any T ≥ 0, without iteration.

With r, the overlap of the student with the teacher, q, that of two students, their conjugates, D = :math:`q - r^2`,
and f, g of `theory.perceptron_channel` at V = 1 - q, :math:`\kappa = 0`, the free entropy per weight is [1]_ [2]_

.. math::

    \phi = s - \beta u = -r\hat r - \tfrac12\hat q(1-q) + \mathrm{E}\ln 2\cosh(\sqrt{\hat q}\,z + \hat r)
           + 2\alpha\,\mathrm{E}\,\Phi\Bigl(\frac{rz}{\sqrt{D}}\Bigr) \ln f\Bigl(\sqrt{\tfrac qV} z\Bigr),

.. math::

    r = \mathrm{E}\tanh(\sqrt{\hat q}z + \hat r), \quad q = \mathrm{E}\tanh^2(\sqrt{\hat q}z + \hat r), \quad
    \hat r = \frac{2\alpha}{\sqrt{2\pi}}\mathrm{E}\,g(\sqrt{D}z), \quad
    \hat q = 2\alpha\,\mathrm{E}\,\Phi\Bigl(\frac{rz}{\sqrt{D}}\Bigr) g(\sqrt q z)^2 .

The last two give a load each. At any :math:`\hat r` they agree for one :math:`\hat q`, so that the curve
:math:`\alpha(\hat r; T)` is explicit; at T = 0, where the students are samples of the posterior of the teacher, r = q
and :math:`\hat r = \hat q` (Nishimori). It begins at :math:`\alpha = 0`, rises to the spinodal, and falls back to 0 as
:math:`q \to 1` along solutions that are unstable. Perfect learning, q = r = 1 with :math:`\phi = 0`, is a solution
beside the curve, locally stable at every :math:`\alpha > 0`; it has more weight than the others beyond the load at
which their :math:`\phi` vanishes.

References
----------
.. [1] G. Györgyi, Phys. Rev. A 41, 7097 (1990).
.. [2] H. S. Seung, H. Sompolinsky, N. Tishby, Phys. Rev. A 45, 6056 (1992).
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_moments, field_potential, normal_grid
from statmech.models import TeacherStudent
from statmech.perceptron import generalisation_error, inverse
from statmech.results import Solution, no_solution
from theory.perceptron_channel import taught, taught_forces

Array = NDArray[np.float64]

TINY = 1e-15  # relative accuracy that every bracketed root is asked for
TOLERANCE = 1e-12
"""Largest residual of a converged solution."""
FIELDS = np.geomspace(0.3, 6.0, 20)
r"""Values of :math:`\hat r` between which the maximum of the curve is looked for: it lies between 1.2 and 3.3."""


def overlaps(rhat: float, qhat: float) -> tuple[float, float, float, float]:
    """r, q, V = 1 - q and D = q - r² in the fields of the conjugates."""
    sigma = math.sqrt(qhat)
    r, q, V, *_ = field_moments(rhat, sigma, 1.0)
    if rhat == qhat:
        return q, q, V, q * V
    z, w = normal_grid(pole=0.5 * math.pi / sigma)  # as a variance, D keeps digits that q - r² loses
    return r, q, V, float(w @ (np.tanh(rhat + sigma * z) - r) ** 2)


def conjugate(rhat: float, beta: float) -> float:
    r"""The :math:`\hat q` at which the two equations have the same load."""
    if beta == math.inf:
        return rhat

    def mismatch(log_ratio: float) -> float:
        r, q, V, D = overlaps(rhat, rhat * math.exp(log_ratio))
        force, pull = taught_forces(q, r, V, D, beta)
        return log_ratio + math.log(pull / force)

    low, high = -1.0, 0.0
    while mismatch(low) > 0:
        low, high = low - 1.0, low
    if mismatch(high) <= 0:  # T -> 0
        return rhat
    return rhat * math.exp(float(optimize.brentq(mismatch, low, high, xtol=1e-15, rtol=TINY)))


def load(rhat: float, beta: float) -> float:
    r"""Load :math:`\alpha(\hat r; T)` of the curve."""
    r, q, V, D = overlaps(rhat, conjugate(rhat, beta))
    return rhat / taught_forces(q, r, V, D, beta)[1]


@lru_cache(maxsize=4096)
def turning_point(beta: float) -> tuple[float, float]:
    r"""The :math:`\hat r` and the load at the spinodal: the maximum of the curve."""
    (tip, *_) = stationary_points(lambda x: load(x, beta), FIELDS, lambda x: _slope(x, beta))
    return tip.parameter, tip.control


def _slope(rhat: float, beta: float) -> float:
    """Determinant of 1 - J at a point of the curve: has the sign of the slope of the load."""
    return float(np.linalg.det(np.eye(2) - _jacobian(rhat, conjugate(rhat, beta), load(rhat, beta), beta)))


def _jacobian(rhat: float, qhat: float, alpha: float, beta: float) -> Array:
    """Jacobian of the map of (r, q) to its conjugates and back."""
    r, q, V, D = overlaps(rhat, qhat)
    there = taught(q, r, V, D, beta)
    _, _, C, _, M_v, C_v = field_moments(rhat, math.sqrt(qhat), 1.0)
    weights = np.array([[C, M_v], [-2 * M_v, -C_v]])
    return weights @ (alpha * np.array([[there.rr, there.rq], [-2 * there.rq, there.qq]]))


def curve_solution(model: TeacherStudent, rhat: float, iterations: int = 1) -> Solution:
    r"""The `Solution` at :math:`\hat r`, with everything that follows from it.

    The generalisation error of one student is ``eps_gibbs`` = :math:`\arccos(r)/\pi`; that of the vote of many,
    ``eps_bayes`` = :math:`\arccos(r/\sqrt q)/\pi`, is at T = 0 the smallest possible. `stability` is the smallest real
    part of the eigenvalues of 1 - J, J the Jacobian of the map of (r, q) to its conjugates and back; `replicon` is
    :math:`1 - \alpha\,\mathrm{E}(\partial_\omega g)^2\,\mathrm{E}(1-\tanh^2)^2`. The residual is that of r and q.
    """
    alpha, beta = model.alpha, inverse(model.T)
    qhat = conjugate(rhat, beta)
    r, q, V, D = overlaps(rhat, qhat)
    there = taught(q, r, V, D, beta)
    back = overlaps(alpha * there.pull, alpha * there.force)
    residual = max(abs(back[0] - r), abs(back[1] - q))
    if not residual <= TOLERANCE:
        return absent(model, "uninformed", f"not solved to tolerance: residual {residual:.1e}")
    C4 = field_moments(rhat, math.sqrt(qhat), 1.0)[3]
    prior = field_potential(rhat, math.sqrt(qhat), 1.0)[0] - 0.5 * qhat * V - r * rhat
    u, s = alpha * there.error, prior + alpha * there.entropy
    phi = prior + alpha * there.log
    note = "metastable: perfect learning has more weight" if phi < 0 else ""
    return Solution(
        model=model, ansatz="RS", state="uninformed", order=order_parameters(r, q, rhat, qhat), f=u - model.T * s, u=u,
        s=s, converged=True, residual=residual, iterations=iterations,
        stability=1 - float(np.max(np.linalg.eigvals(_jacobian(rhat, qhat, alpha, beta)).real)),
        replicon=1 - alpha * there.response * C4,
        message=note + (", and its entropy is negative: frozen" if s < 0 else ""),
    )  # fmt: skip


def order_parameters(r: float, q: float, rhat: float, qhat: float) -> dict[str, float]:
    """Overlaps, conjugates and generalisation errors under the names of the solution."""
    vote = r / math.sqrt(q) if q > 0 else 0.0
    errors = {"eps_gibbs": generalisation_error(r), "eps_bayes": generalisation_error(vote)}
    return {"r": r, "q": q, "rhat": rhat, "qhat": qhat, **errors}


def absent(model: TeacherStudent, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, "RS", state, message, order_parameters(math.nan, math.nan, math.nan, math.nan))
