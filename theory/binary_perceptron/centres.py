r"""Local entropy of the binary perceptron: centres that have many solutions at a distance.

Typical solutions are isolated, see `theory.binary_perceptron.potential`, but algorithms find others, in dense regions
that are too rare to be seen there [1]_. Weigh every centre :math:`\tilde w = \pm 1^N`, itself a solution or not, by
the y-th power of the number :math:`\mathcal N(\tilde w, d)` of solutions at overlap p = 1 - 2d with it,

.. math:: \Phi(y) = \lim \frac1N \mathrm{E} \ln \sum_{\tilde w} \mathcal N(\tilde w, d)^y , \qquad
          S = \frac{d\Phi}{dy}, \qquad \Sigma = \Phi - y S .

S is the local entropy, the logarithm of the number of solutions around such a centre over N, and :math:`\Sigma` that
of the number of such centres; as y grows S rises and :math:`\Sigma` falls, :math:`d\Sigma/dS = -y`, and where
:math:`\Sigma = 0` S is the largest local entropy there is, as far as replica symmetry goes.

For integer y the power is y replicas :math:`w^a` of a centre. With n copies of all that, replica symmetric, their
overlaps are :math:`q_1` around the same centre, :math:`q_0` around different ones, and p with the own centre. The
centre meets no pattern, so that its overlaps with other centres and with their solutions have vanishing conjugates,
and it is a sum over :math:`\tilde w = \pm 1` at each site. What remains is the algebra of one step of breaking with
the Parisi parameter y > 0, not limited to 1,

.. math::

    \Phi ={}& -\tfrac y2 \bigl[\hat q_1 (1-q_1) + y(\hat q_1 q_1 - \hat q_0 q_0)\bigr] - y p \hat p
            + \mathrm{E}_{z_0} \ln \sum_{\tilde w} \mathrm{E}_{z_1} (2\cosh b)^y
            + \alpha\,\mathrm{E}_{z_0} \ln \mathrm{E}_{z_1} \Phi(t)^y , \\
    b ={}& \sqrt{\hat q_0} z_0 + \sqrt{\hat q_1 - \hat q_0}\, z_1 + \hat p\tilde w, \qquad
    t = \frac{\sqrt{q_0} z_0 + \sqrt{q_1 - q_0}\, z_1 - \kappa}{\sqrt{1-q_1}} .

With :math:`\langle\cdot\rangle` the average over :math:`z_1` (and :math:`\tilde w`) in the measures of the two
logarithms, and the force g of `theory.perceptron_channel`,

.. math::

    \hat q_1 = \alpha\mathrm{E}\langle g^2\rangle, \quad \hat q_0 = \alpha\mathrm{E}\langle g\rangle^2, \quad
    q_1 = \mathrm{E}\langle\tanh^2 b\rangle, \quad q_0 = \mathrm{E}\langle\tanh b\rangle^2, \quad
    p = \mathrm{E}\langle\tilde w \tanh b\rangle .

At y = 1 the sum over the centres is free: :math:`\Phi = s + \ln 2\cosh\hat p - p\hat p`, with the entropy s of all
solutions and :math:`p = \tanh\hat p`, the number of solutions times that of the centres around each. From there the
solution is followed in y, and then in d. At every y it ends in a fold before d = 0 if the load is high: at
:math:`\alpha = 0.75` at d = 0.028 for y = 4, and not before 0.005 for y = 8; at :math:`\alpha = 0.78` at d = 0.064
for y = 8 too. There is another one there, which a long step may come to and the message tells: S of y = 22 changes by
1 % from d = 0.1 to 0.02, that of a cluster with :math:`q_1 = 0.95` seen from anywhere, and below 0.065 it is the larger
one. Steps that fail are halved down to `SMALLEST`; the message tells an end from integrals that need too many nodes.

References
----------
.. [1] C. Baldassi, A. Ingrosso, C. Lucibello, L. Saglietti, R. Zecchina, Phys. Rev. Lett. 115, 128101 (2015),
       arXiv:1509.05753.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import logsumexp

from statmech.checks import check_real
from statmech.gaussian import Z_MAX
from statmech.models import BinaryPerceptron
from statmech.perceptron import hazard, log_weight
from theory.binary_perceptron.freezing import load_of_freezing
from theory.binary_perceptron.rs import solve_symmetric
from theory.perceptron_channel import UnresolvedError

Array = NDArray[np.float64]
Place = tuple[float, float]  # d and y

TOLERANCE = 1e-10
"""Largest residual of a converged solution."""
Y_MAX = 50.0
"""Largest y: the nodes of the integrals grow with it, and S rises no more than by the order of 1/y."""
SMALLEST = 0.003
"""Relative step in d or y below which a solution that is not found has ended."""
_NODES = 2_000_000  # of the two integrals together
_JUMP = 0.5  # of 1 - q_1 between neighbours: along a solution it is about proportional to d, at steps of 1.3
_WAY = 8.0  # the y at which the distance is changed: of all, there the solution comes nearest to the centre


class LostError(Exception):
    """Why a solution was not followed to where it was wanted."""


class Overlaps(NamedTuple):
    """Overlaps and the field that holds the distance: what is solved for."""

    q0: float
    q1: float
    phat: float


class Averages(NamedTuple):
    """Averages of one of the two logarithms: itself, its derivative with respect to y, and what is conjugate."""

    log: float
    log_y: float
    first: float
    second: float
    third: float
    square: float


def patterns(q0: float, q1: float, kappa: float, y: float) -> Averages:
    r""":math:`\mathrm{E}\ln\mathrm{E}\Phi^y`, its y-derivative, :math:`\mathrm{E}\langle g\rangle^2`, and of g²."""
    V, spread = 1 - q1, q1 - q0
    ratio = math.sqrt(spread / V)
    z0, w0 = _grid(0.42 * math.sqrt(V / q0), Z_MAX)
    centre = (math.sqrt(q0) * z0 - kappa) / math.sqrt(V)
    mode = np.zeros_like(z0)
    for _ in range(60):  # Newton for a concave logarithm, monotone from below
        a = hazard(centre + ratio * mode, math.inf)
        slope = y * ratio * a - mode
        mode += slope / (1 + y * ratio**2 * a * (centre + ratio * mode + a))
        if np.max(np.abs(slope)) < 1e-9:
            break
    h = min(0.4, 0.42 / max(ratio, 1e-9)) / math.sqrt(1 + y * min(ratio, 1.0) ** 2)
    if z0.size * Z_MAX / h > _NODES:
        raise UnresolvedError(f"{z0.size} times {Z_MAX / h:.0f} nodes")
    z1 = mode[:, None] + h * np.arange(-math.ceil(Z_MAX / h), math.ceil(Z_MAX / h) + 1)
    t = centre[:, None] + ratio * z1
    log = log_weight(t, math.inf)
    exponent = y * log - 0.5 * z1 * z1
    norm = logsumexp(exponent, axis=1)
    weight = np.exp(exponent - norm[:, None])
    a = hazard(t, math.inf)
    g = a / math.sqrt(V)
    mean = (weight * g).sum(axis=1)
    return Averages(
        log=float(w0 @ norm) + math.log(h / math.sqrt(2 * math.pi)),
        log_y=float(w0 @ (weight * log).sum(axis=1)),
        first=float(w0 @ mean**2),
        second=float(w0 @ (weight * g * g).sum(axis=1)),
        third=math.nan,
        square=float(w0 @ (weight * (a * (t + a)) ** 2).sum(axis=1)) / V**2,
    )


def weights(qhat0: float, qhat1: float, phat: float, y: float) -> Averages:
    r""":math:`\mathrm{E}\ln\sum\mathrm{E}(2\cosh b)^y`, its y-derivative, :math:`q_0`, :math:`q_1`, p."""
    s0, s1 = math.sqrt(qhat0), math.sqrt(max(qhat1 - qhat0, 0.0))
    # zeros of the sum of the two wells of width 1/y, unless the noise inside joins them
    z0, w0 = _grid(0.3 / (s0 * max(1.0, y / (1 + s1))), Z_MAX)
    keep = z0 >= 0  # the sum over the two signs of the centre makes all averages even
    z0, w0 = z0[keep], 2 * w0[keep]
    w0[0] /= 2
    h = min(0.4, 0.3 / max(s1, 1e-9))
    z1 = h * np.arange(-math.ceil((Z_MAX + y * s1) / h), math.ceil((Z_MAX + y * s1) / h) + 1)
    if z0.size * z1.size > _NODES:
        raise UnresolvedError(f"{z0.size} times {z1.size} nodes")
    base = (s0 * z0)[:, None, None] + s1 * z1
    sign = np.array([1.0, -1.0])[:, None]
    b = base + phat * sign
    log = np.logaddexp(b, -b)
    exponent = y * log - 0.5 * z1 * z1
    norm = logsumexp(exponent, axis=(1, 2))
    weight = np.exp(exponent - norm[:, None, None])
    tanh = np.tanh(b)
    mean = (weight * tanh).sum(axis=(1, 2))
    return Averages(
        log=float(w0 @ norm) + math.log(h / math.sqrt(2 * math.pi)),
        log_y=float(w0 @ (weight * log).sum(axis=(1, 2))),
        first=float(w0 @ mean**2),
        second=float(w0 @ (weight * tanh**2).sum(axis=(1, 2))),
        third=float(w0 @ (weight * tanh * sign).sum(axis=(1, 2))),
        square=float(w0 @ (weight * (1 - tanh**2) ** 2).sum(axis=(1, 2))),
    )


def _grid(h: float, reach: float) -> tuple[Array, Array]:
    """Nodes and normal weights with a step of at most h and 0.4, 0 among the nodes."""
    h = min(h, 0.4)
    half = math.ceil(reach / h)
    z = h * np.arange(-half, half + 1, dtype=float)
    return z, np.exp(-0.5 * z * z) * (h / math.sqrt(2 * math.pi))


@dataclass(frozen=True, kw_only=True)
class LocalEntropy:
    r"""Centres with a local entropy, at one distance; all values NaN where they were not found.

    Attributes
    ----------
    model : BinaryPerceptron
        The state point.
    d, y : float
        Distance from the centre, and the power that selects the centres.
    s : float
        Local entropy S: logarithm of the number of solutions at that distance from such a centre, over N.
    centres : float
        Logarithm :math:`\Sigma` of the number of such centres, over N.
    phi : float
        :math:`\Phi = \Sigma + yS`.
    q0, q1 : float
        Overlap of solutions around different centres, and around the same.
    phat, qhat0, qhat1 : float
        Conjugates of p, q_0, q_1.
    replicon : float
        :math:`1 - \alpha\,\mathrm{E}\langle(\partial_\omega g)^2\rangle\,\mathrm{E}\langle(1-\tanh^2 b)^2\rangle`:
        where it is negative the solutions around a centre are not replica symmetric.
    residual : float
        Largest residual of the equations.
    message : str
        Empty, why there is no answer, or that s is but a lower bound of the largest.
    """

    model: BinaryPerceptron
    d: float
    y: float
    s: float
    centres: float
    phi: float
    q0: float
    q1: float
    phat: float
    qhat0: float
    qhat1: float
    replicon: float
    residual: float
    message: str = ""

    def __repr__(self) -> str:
        if math.isnan(self.s):
            return f"local entropy of {self.model} at d = {self.d:.6g}: {self.message}"
        text = "  ".join(f"{name} = {getattr(self, name):.6g}" for name in ("s", "centres", "y", "q0", "q1"))
        notes = [f"d = {self.d:.6g}", *["replica symmetry unstable"] * (self.replicon < 0)]
        return f"{text}  [{', '.join(notes)}{f'; {self.message}' if self.message else ''}]"


def local_entropy(model: BinaryPerceptron, d: float, y: float | None = None) -> LocalEntropy:
    """Local entropy of the centres that y selects, or the largest there is, at T = 0.

    Parameters
    ----------
    model : BinaryPerceptron
        The state point, at T = 0 and a load below the capacity.
    d : float
        Distance of the solutions from the centre, in (0, 1/2).
    y : float, optional
        Power in [1, 50]; by default that at which the number of centres ceases to be exponential. Where it still is at
        y = 50, or at the largest y that the solution was followed to, the answer is a lower bound: `centres` is
        positive, and `message` says so.

    Returns
    -------
    LocalEntropy
        NaN with a message where the solution ends before, or its integrals need too many nodes.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> import statmech as sm
    >>> dense = local_entropy(sm.BinaryPerceptron(alpha=0.6), 0.05, y=4)
    >>> round(dense.s, 5), round(dense.centres, 5)
    (0.09346, 0.22085)
    """
    if model.T != 0:
        raise ValueError(f"T = {model.T} is not allowed: solutions are counted around the centres, at T = 0")
    check_real("alpha", model.alpha, low=0.0, open_low=True, high=load_of_freezing(0.0, model.kappa)[1], open_high=True)
    d = check_real("d", d, low=0.0, open_low=True, high=0.5, open_high=True)
    if y is not None:
        y = check_real("y", y, low=1.0, high=Y_MAX)
    try:
        here, jump = _approach(model, d, _WAY if y is None else y)
        found = _end_of_centres(model, d, here) if y is None else _at(model, d, y, here)
        return replace(found, message="; ".join(filter(None, (jump, found.message))))
    except LostError as lost:
        return _missing(model, d, str(lost))


def _end_of_centres(model: BinaryPerceptron, d: float, here: Overlaps) -> LocalEntropy:
    """The solution at which the number of centres vanishes, or the last before if it does not."""
    last = _at(model, d, _WAY, here)
    rising = last.centres > 0
    beyond = None
    try:
        for (_, y), there in _walk(model, (d, _WAY), here, _steps((d, _WAY), (d, Y_MAX if rising else 1.0), 1.5)):
            step = _at(model, d, y, there)
            if (step.centres > 0) != rising:
                beyond = step
                break
            last, here = step, there
        why = f"centres are left at the largest y, {Y_MAX:g}"
    except LostError as lost:
        if not rising:
            raise
        why = str(lost)
    if beyond is None:
        if not rising:
            raise LostError("there are no such centres at any y of at least 1")
        return replace(last, message=f"a lower bound of the largest: {why}")

    def centres(y: float) -> float:
        nonlocal here
        here = _nearby(model, d, y, here)
        return _at(model, d, y, here).centres

    y = float(optimize.brentq(centres, *sorted((last.y, beyond.y)), xtol=1e-10, rtol=1e-12))
    return _at(model, d, y, _nearby(model, d, y, here))


def _nearby(model: BinaryPerceptron, d: float, y: float, start: Overlaps) -> Overlaps:
    """The solution at d and y, which there is."""
    try:
        found = _solved(model, d, y, start)
    except UnresolvedError as unresolved:
        raise LostError(f"not resolved numerically at y = {y:.6g}, the integrals need {unresolved}") from unresolved
    if found is None:
        raise LostError(f"not solved to tolerance at y = {y:.6g}")
    return found


def _approach(model: BinaryPerceptron, d: float, y: float) -> tuple[Overlaps, str]:
    """The solution at d and y: from y = 1, where it is known but for q_1, at a large distance; and if it is another."""
    far = max(d, 0.2)
    p = 1 - 2 * far
    q0 = solve_symmetric(model).q
    here = _nearby(model, far, 1.0, Overlaps(q0, q0 + 0.8 * (1 - q0) * p * p, math.atanh(p)))
    way = min(y, _WAY)
    corners, jump = [(far, 1.0), (far, way), (d, way), (d, y)], ""
    for begin, end in pairwise(corners):
        for _, there in _walk(model, begin, here, _steps(begin, end, 1.3)):
            if 1 - there.q1 < _JUMP * (1 - here.q1):
                jump = "another solution than the one followed from larger d, which has ended"
            here = there
    return here, jump


def _steps(begin: Place, end: Place, factor: float) -> list[Place]:
    """A geometric way in d and y from `begin`, left out, to `end`, in steps of at most `factor`."""
    logs = np.abs(np.log(np.array(end) / np.array(begin)))
    count = math.ceil(float(logs.max()) / math.log(factor))
    return [(float(d), float(y)) for d, y in np.geomspace(begin, end, count + 1)[1:]]


def _walk(
    model: BinaryPerceptron, at: Place, here: Overlaps, places: Iterable[Place]
) -> Iterator[tuple[Place, Overlaps]]:
    """The solutions at all places, each looked for from the one before, and between them where steps are too long."""
    for place in places:
        step = place
        while at != place:
            why = "the replica-symmetric solution ends"
            try:
                found = _solved(model, *step, here)
            except UnresolvedError as unresolved:
                found, why = None, f"not resolved numerically, the integrals need {unresolved},"
            if found is not None:
                at, here, step = step, found, place
                yield at, here
                continue
            step = (math.sqrt(at[0] * step[0]), math.sqrt(at[1] * step[1]))
            if max(abs(math.log(step[0] / at[0])), abs(math.log(step[1] / at[1]))) < SMALLEST:
                raise LostError(f"{why} at d = {at[0]:.4g}, y = {at[1]:.4g}, as followed from larger d")


def _solved(model: BinaryPerceptron, d: float, y: float, start: Overlaps) -> Overlaps | None:
    """The solution at d and y next to `start`; None where there is none."""

    def defect(x: Array) -> Array:
        q0, q1, phat = x.tolist()
        if not 0 < q0 < q1 < 1:
            return np.full(3, 1e3)
        force = patterns(q0, q1, model.kappa, y)
        field = weights(model.alpha * force.first, model.alpha * force.second, phat, y)
        return np.array([field.first - q0, field.second - q1, field.third - (1 - 2 * d)])

    found = optimize.root(defect, np.array(start), method="hybr", tol=1e-14, options={"factor": 1.0})
    return Overlaps(*found.x.tolist()) if np.max(np.abs(found.fun)) <= TOLERANCE else None


def _at(model: BinaryPerceptron, d: float, y: float, x: Overlaps) -> LocalEntropy:
    """Everything that follows from the overlaps."""
    alpha, p = model.alpha, 1 - 2 * d
    force = patterns(x.q0, x.q1, model.kappa, y)
    qhat0, qhat1 = alpha * force.first, alpha * force.second
    field = weights(qhat0, qhat1, x.phat, y)
    gap = qhat1 * x.q1 - qhat0 * x.q0
    phi = -0.5 * y * (qhat1 * (1 - x.q1) + y * gap) - y * p * x.phat + field.log + alpha * force.log
    s = -0.5 * qhat1 * (1 - x.q1) - y * gap - p * x.phat + field.log_y + alpha * force.log_y
    residual = max(abs(field.first - x.q0), abs(field.second - x.q1), abs(field.third - p))
    return LocalEntropy(
        model=model, d=d, y=y, s=s, centres=phi - y * s, phi=phi, q0=x.q0, q1=x.q1, phat=x.phat, qhat0=qhat0,
        qhat1=qhat1, replicon=1 - alpha * force.square * field.square, residual=residual,
    )  # fmt: skip


def _missing(model: BinaryPerceptron, d: float, message: str) -> LocalEntropy:
    nan = math.nan
    return LocalEntropy(
        model=model, d=d, y=nan, s=nan, centres=nan, phi=nan, q0=nan, q1=nan, phat=nan, qhat0=nan, qhat1=nan,
        replicon=nan, residual=nan, message=message,
    )  # fmt: skip
