r"""One task of a variational perceptron: the replica-symmetric saddle point, whatever its prior.

With :math:`\hat r`, :math:`\hat q` per :math:`\beta` and :math:`\beta^2`, :math:`\hat q_s = \tfrac12\hat q + \beta a`,
and E over the teacher's bits, the prior's fields :math:`\theta^0` and the Gaussian z, the free entropy per weight and
:math:`\beta` is

.. math::

    \frac{\phi}{\beta} = -r\hat r - \tfrac12\chi\hat q - a q_s + \frac1\beta\mathrm{E}\ln\int_{-1}^1 dm\,
        e^{\beta[a m^2 + h m + \gamma\,\mathrm{ent}(m)]} - \gamma\mathrm{E}\ln 2\cosh\theta^0
        + \frac{2\alpha}{\beta}\mathrm{E}\,\Phi\Bigl(\frac{rz}{\sqrt{q-r^2}}\Bigr)\ln Z(\sqrt q z),

:math:`h = \hat r + \sqrt{\hat q}z + \gamma\theta^0`, everything along the bits of the task's teacher, and its
stationarity, with `theory.continual_perceptron.examples.Forces`,

.. math::

    \hat r = \alpha\,\mathrm{pull}, \quad \hat q = \alpha\,\mathrm{force}, \quad a = \alpha\,\mathrm{bend}; \qquad
    r = \mathrm{E}\langle m\rangle, \quad q = \mathrm{E}\langle m\rangle^2, \quad q_s = \mathrm{E}\langle m^2\rangle .

These forms come from integrating by parts: what the derivatives with respect to r and q give at first,
divided by powers of :math:`q-r^2`, cancels to a small rest. The second task's measure is that of Franz and Parisi: its
prior is an equilibrium state of the first task, on which it does not act back.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from statmech.fixed_point import fixed_point
from theory.continual_perceptron.examples import Forces, forces
from theory.continual_perceptron.weights import (
    Fields,
    Law,
    Overlaps,
    field_law,
    log_density,
    most_likely,
    narrowest,
    sharpest,
    sign_overlap,
    u_panels,
)
from theory.perceptron_channel import UnresolvedError
from theory.root import jacobian

Array = NDArray[np.float64]

TOLERANCE = 1e-11
"""Largest residual of a converged solution, in the unknowns (arsinh of pull and a, logarithm of force)."""
STARTS = {
    "uninformed": Overlaps(r=0.3, V=0.5, chi=1.0, D=0.21),
    "informed": Overlaps(r=0.998, V=3e-3, chi=2e-3, D=1e-3),
}
"""Order parameters that the iteration begins with."""
DAMPING = 0.2
"""Weight of the last iterate."""
LIMITS = (300, 3000)
"""Evaluations before giving up, at finite and at infinite beta, where they cost little."""
SMALLEST_LOAD = 1e-7
"""The smallest load that is solved: below, what the patterns turn is too narrow for a grid of fields."""
BETAS = (1e-8, 1e6)
"""Finite inverse temperatures that are solved: beyond, averages over a weight need too many nodes."""
FARTHEST = 25.0
"""No solution has unknowns beyond; an extrapolated iterate may."""
UNBOUND = (
    "at beta = inf without the Kullback-Leibler term there is no minimum inside the cube: its corners without errors, "
    "the version space of statmech.TeacherStudent, have no loss at all"
)
"""Why there is no solution where nothing holds the weights."""


SATURATED = (
    "at beta = inf the iteration saturates: it makes all weights certain before they are along the teacher, and it is "
    "not decided whether they freeze there or go on to it; the teacher itself is the informed state, start='informed', "
    "and beta = 100 to 400 has a finite answer"
)
"""Why there is no solution where the prior holds the weights too little."""
CERTAIN = 1e-6
"""Mean variance below which weights count as certain at infinite beta."""
LEARNT = 0.99
"""Sign overlap with the teacher beyond which a state is called informed."""


@dataclass(frozen=True, kw_only=True)
class Prior:
    r"""What a task begins with: fields :math:`\theta^0`, bits of its teacher in the gauge of the first, their weights.

    Attributes
    ----------
    theta, bits, weights : array, shape (n,)
    """

    theta: Array
    bits: Array
    weights: Array

    def fields(self, gamma: float) -> Fields:
        """Along the teacher's bits."""
        return Fields(centres=gamma * self.theta * self.bits, weights=self.weights)

    def mean(self, values: Array) -> float:
        return float(self.weights @ values)


BLANK = Prior(theta=np.zeros(1), bits=np.ones(1), weights=np.ones(1))
"""The prior of the first task, whose teacher's bits are the gauge."""


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """Load, inverse temperature and weight of the Kullback–Leibler term of a task."""

    alpha: float
    beta: float
    gamma: float


@dataclass(frozen=True, kw_only=True)
class Saddle:
    r"""A saddle point of a task.

    Attributes
    ----------
    conditions : Conditions
    prior : Prior
    x : array, shape (3,)
        :math:`\hat r`, :math:`\hat q`, a, per :math:`\beta`.
    law : Law
    overlaps : Overlaps
    forces : Forces
        Per pattern, at the order parameters.
    """

    conditions: Conditions
    prior: Prior
    x: Array
    law: Law
    overlaps: Overlaps
    forces: Forces

    @property
    def q(self) -> float:
        return self.overlaps.D + self.overlaps.r**2

    @property
    def qs(self) -> float:
        return 1 - self.overlaps.V

    def signs(self, along: Array) -> float:
        """Average of <sign m> along what has the entries `along`, given on the prior's nodes."""
        one = self.conditions
        return sign_overlap(self.x, self.prior.fields(one.gamma), one.beta, one.gamma, along * self.prior.bits)

    def overlap(self, along: Array) -> float:
        """Average of <m> along what has the entries `along`, given on the prior's nodes."""
        means = (1 - self.law.averages[0]) @ self.law.kernel
        return float(means @ (self.prior.weights * along * self.prior.bits))

    @property
    def f(self) -> float:
        r"""Free energy per weight, :math:`-\phi/\beta`."""
        pull, force, a = self.x.tolist()
        one, w = self.conditions, self.overlaps
        site = self.law.mean(self.law.averages[4])
        pressure = -w.r * pull - 0.5 * force * w.chi - a * self.qs + site + one.alpha * self.forces.log
        return one.gamma * self.prior.mean(np.logaddexp(self.prior.theta, -self.prior.theta)) - pressure

    @property
    def u(self) -> float:
        """Energy per weight: loss of the patterns and Kullback–Leibler term."""
        cosh = self.prior.mean(np.logaddexp(self.prior.theta, -self.prior.theta))
        change = cosh - self.overlap(self.prior.theta) - self.law.mean(self.law.averages[5])
        return self.conditions.alpha * self.forces.loss + self.conditions.gamma * change

    @property
    def at(self) -> float:
        r"""The AT value :math:`\Lambda`: above 1 replica symmetry is unstable; infinite where means of weights jump."""
        if self.law.jump > 0:
            return math.inf
        return self.conditions.alpha * self.forces.response * self.law.mean(self.law.averages[2] ** 2)


@dataclass(frozen=True, kw_only=True)
class Found:
    """How the iteration ended: a saddle point, the corner of the teacher at β = ∞, or the reason why there is none.

    `branch` is what the state is called, once that is known.
    """

    saddle: Saddle | None
    residual: float
    iterations: int
    stability: float
    corner: bool = False
    message: str = ""
    branch: str = ""


class CornerError(ArithmeticError):
    """At β = ∞ the iteration leaves for corners, of an overlap with the teacher that is told."""


CORNER = Found(saddle=None, residual=0.0, iterations=0, stability=1.0, corner=True)
"""The informed state at β = ∞, m = B: it has no loss, and the loss of V > 0 grows like its root, before all else."""


def pack(x: Array) -> Array:
    """Unknowns of the iteration: relative where they are large, absolute where they are small."""
    return np.array([math.asinh(x[0]), math.log(x[1]), math.asinh(x[2])])


def unpack(y: Array) -> Array:
    """The inverse of `pack`."""
    return np.array([math.sinh(y[0]), math.exp(y[1]), math.sinh(y[2])])


def conjugates(w: Overlaps, one: Conditions) -> tuple[Array, Forces]:
    """What the patterns add at given order parameters."""
    there = forces(w.V, w.chi, w.D, w.r, one.beta)
    return one.alpha * np.array([there.pull, there.force, there.bend]), there


def saddle_at(x: Array, prior: Prior, one: Conditions) -> Saddle:
    """The order parameters that follow from the conjugates x, and the patterns' averages there."""
    law = field_law(x, prior.fields(one.gamma), one.beta, one.gamma)
    w = law.overlaps()
    there = conjugates(w, one)[1] if one.alpha > 0 else Forces(pull=0, force=0, bend=0, response=0, log=0, loss=0)
    return Saddle(conditions=one, prior=prior, x=x, law=law, overlaps=w, forces=there)


def solve_task(prior: Prior, one: Conditions, start: str | Array) -> Found:
    """Iterate to a saddle point.

    Parameters
    ----------
    prior : Prior
        What the task begins with.
    one : Conditions
        The task.
    start : str or array
        ``"uninformed"``, ``"informed"``, or conjugates x of a solution near by.

    Returns
    -------
    Found
        At infinite beta `CORNER` in place of an informed state.
    """
    if one.beta == math.inf and one.gamma == 0:
        return _failed(UNBOUND, 0)
    if one.alpha > 0 and one.beta == math.inf and start == "informed":
        return CORNER
    if one.alpha == 0:
        return Found(saddle=saddle_at(np.zeros(3), prior, one), residual=0.0, iterations=0, stability=1.0)

    if one.alpha < SMALLEST_LOAD:
        return _failed(f"alpha = {one.alpha:g} is not resolved: 0 is, and loads from {SMALLEST_LOAD:g} on", 0)
    if not (one.beta == math.inf or BETAS[0] <= one.beta <= BETAS[1]):
        return _failed(
            f"beta = {one.beta:g} is not resolved: between {BETAS[0]:g} and {BETAS[1]:g}, or infinite, is", 0
        )

    try:
        first = conjugates(STARTS[start], one)[0] if isinstance(start, str) else start
        end = fixed_point(
            lambda y: mapped(y, prior, one),
            pack(first),
            damping=DAMPING,
            tolerance=TOLERANCE,
            max_iterations=LIMITS[one.beta == math.inf],
        )
        if not end.converged:
            return _failed(f"not converged: residual {end.residual:.1e}", end.iterations)
        return judged(unpack(end.x), prior, one, end.iterations)
    except CornerError as corner:
        return CORNER if corner.args[0] > LEARNT else _failed(SATURATED, 0)
    except UnresolvedError as error:
        return _failed(f"an average needs {error}", 0)


def mapped(y: Array, prior: Prior, one: Conditions) -> Array:
    """The conjugates, packed, that follow from the order parameters of the conjugates y, packed; NaN from far out."""
    if not np.max(np.abs(y)) < FARTHEST:
        return np.full(3, math.nan)
    w = field_law(unpack(y), prior.fields(one.gamma), one.beta, one.gamma).overlaps()
    if one.beta == math.inf and w.V < CERTAIN and w.r > 0:
        raise CornerError(w.r)
    return pack(conjugates(w, one)[0])


def judged(x: Array, prior: Prior, one: Conditions, iterations: int) -> Found:
    """The saddle point at the conjugates x, with its residual and stability."""
    y = pack(x)
    slope = jacobian(lambda v: mapped(v, prior, one) - v, y, [0, 1, 2], h=1e-5)
    return Found(
        saddle=saddle_at(x, prior, one), residual=float(np.max(np.abs(mapped(y, prior, one) - y))),
        iterations=iterations, stability=-float(np.max(np.linalg.eigvals(slope).real)),
    )  # fmt: skip


def _failed(message: str, iterations: int) -> Found:
    return Found(saddle=None, residual=math.nan, iterations=iterations, stability=math.nan, message=message)


def handed_on(first: Saddle, r0: float, finest: float = math.inf) -> Prior:
    """The prior of the second task: fields of an equilibrium state of the first, and bits of teachers of overlap r0.

    At infinite beta `finest` is the largest step between the fields h of the first task that it is made of.
    """
    one, a = first.conditions, float(first.x[2])
    if one.beta == math.inf:
        law = field_law(first.x, first.prior.fields(one.gamma), one.beta, one.gamma, finest=finest)
        theta, p = most_likely(law.h, a, one.gamma), law.p
    else:  # the fields are so dense that their mixture is smooth, and far fewer nodes do than for one of them
        law = field_law(
            first.x, first.prior.fields(one.gamma), one.beta, one.gamma, finest=sharpest(a, one.beta, one.gamma)
        )
        u, w = u_panels(max(narrowest(a, one.beta, one.gamma), 0.2), longest=1.0)
        theta = np.concatenate([-u[::-1], u])
        base = log_density(u, w, a, one.beta, one.gamma)
        exponent = one.beta * (np.outer(law.h, np.tanh(theta)) - law.averages[4][:, None])
        p = law.p @ np.exp(exponent + np.concatenate([base[::-1], base]))
    seen = p > 1e-15 * p.sum()
    theta, p = theta[seen], p[seen] / p[seen].sum()
    share = np.array([0.5 * (1 + r0), 0.5 * (1 - r0)])
    bits = np.array([1.0, -1.0])[share > 0]
    share = share[share > 0]
    return Prior(theta=np.tile(theta, len(bits)), bits=np.repeat(bits, len(theta)), weights=np.outer(share, p).ravel())


def for_signs(prior: Prior, first: Saddle, second: Saddle, r0: float) -> Prior:
    """The prior with as many nodes as averages of signs need, from the saddle points of both tasks.

    At infinite beta these are steps at zero, as wide as what the patterns of the second task add to the fields, which a
    small load makes narrower than any fixed grid. Averages of m itself are smooth, and `prior` does for them.
    """
    one, other = first.conditions, second.conditions
    if not one.beta == other.beta == math.inf or min(first.x[1], second.x[1]) == 0:
        return prior
    slope = max(one.gamma - 2 * float(first.x[2]), 0.1 * one.gamma)  # of h against the prior's field, at zero
    width = math.sqrt(second.x[1]) / other.gamma * slope
    return handed_on(first, r0, max(0.7 * width, 1e-4 * math.sqrt(first.x[1])))


def variances(one: Saddle, edges: Array) -> Array:
    r"""Shares of the weights whose variance 1 - m² lies between successive edges in [0, 1], at infinite beta.

    They follow from the field, :math:`h = \gamma\theta - 2a\tanh\theta`, whose distribution is a mixture of Gaussians.
    """
    pull, force, a = one.x.tolist()
    gamma, centres = one.conditions.gamma, one.prior.fields(one.conditions.gamma).centres + pull
    theta = np.arccosh(1 / np.sqrt(np.clip(edges, 1e-300, 1)))
    h = gamma * theta - 2 * a * np.tanh(theta)
    less = ndtr((-h[:, None] - centres) / math.sqrt(force)) + ndtr((centres - h[:, None]) / math.sqrt(force))
    return np.diff(less @ one.prior.weights)
