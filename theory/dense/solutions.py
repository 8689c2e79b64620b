"""Solutions of dense networks, from what the equations give."""

import math
from dataclasses import replace

from statmech.models import DenseHebbian
from statmech.results import Solution, no_solution
from theory.dense import glass, one_rsb, rs
from theory.dense.network import Network
from theory.dense.one_rsb_equations import Point, bend, chord, point_at
from theory.parisi.dynamical import State
from theory.parisi.states import ERRORS
from theory.root import STEP, Root

ORDER = {
    "RS": ("m", "q", "C"),
    "1RSB": ("m", "q", "q0", "q1", "x", "D", "C"),
    "full": ("m", "q", "q_min", "q_EA", "x_max", "C"),
}
"""Order parameters of each ansatz."""


def absent(model: DenseHebbian, ansatz: str, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, ansatz, state, message, ORDER[ansatz], ERRORS[ansatz])


def symmetric_solution(model: DenseHebbian, state: str, point: rs.Symmetric, iterations: int) -> Solution:
    """The `Solution` of a replica-symmetric point."""
    if not point.residual <= rs.TOLERANCE:
        return absent(model, "RS", state, f"not solved to tolerance: residual {point.residual:.1e}")
    return Solution(
        model=model, ansatz="RS", state=state, order={"m": point.n, "q": point.q, "C": point.C}, f=point.f, u=point.u,
        s=point.s, converged=True, residual=point.residual, iterations=iterations, stability=point.stability,
        replicon=point.replicon,
    )  # fmt: skip


def merged(symmetric: Solution, message: str = "") -> Solution:
    """The replica-symmetric state as the degenerate one-step solution that it is: any x, q0 = q1."""
    if not symmetric.converged:
        return absent(symmetric.model, "1RSB", symmetric.state, symmetric.message)
    m, q, nan = symmetric.m, symmetric.q, math.nan
    values = (m, q, q, q, nan, nan, symmetric.C)
    why = message or "replica symmetric: no breaking at this point, q0 = q1 and x is arbitrary"
    return replace(symmetric, ansatz="1RSB", order=dict(zip(ORDER["1RSB"], values, strict=True)), message=why)


def broken_solution(model: DenseHebbian, net: Network, root: Root, state: str = "retrieval") -> Solution:
    """The `Solution` at a root of the one-step equations, judged by the equations as their module states them."""
    point = point_at(net, root.v, model.T)
    if point is None or not root.step <= STEP:
        why = "the equations were not solved to tolerance: the breaking is not resolved here"
        return absent(model, "1RSB", state, why)
    residual = _defect(model, point)
    if not residual <= rs.TOLERANCE:
        why = f"the equations were not solved to tolerance: residual {residual:.1e}"
        return absent(model, "1RSB", state, why)
    gamma, T, P, xi, n, D = model.gamma, model.T, net.P, net.xi, point.n, point.D
    a, q0, q1, x = point.averages, point.q0, point.q1, point.D * model.T
    closing = 0.5 * gamma * a.C**2 * xi.remainder(q1)
    f = (1 - 1 / P) * n**P - a.F + 0.5 * gamma * D * _theta_gap(point) - T * closing
    s = a.S - closing
    inner = 1 - gamma * xi.curvature(q1) * a.C4 / T if T > 0 else -math.inf
    values = (n, x * q0 + (1 - x) * q1, q0, q1, x, D, a.C)
    stiffness = one_rsb.curvature if state == "retrieval" else one_rsb.glass_stability
    return Solution(
        model=model, ansatz="1RSB", state=state, order=dict(zip(ORDER["1RSB"], values, strict=True)), f=f,
        u=f + T * s, s=s, converged=True, residual=residual, iterations=root.evaluations,
        stability=stiffness(net, root, gamma, T), replicon=min(inner, 1 - gamma * xi.curvature(q0) * a.X2),
    )  # fmt: skip


def _theta_gap(point: Point) -> float:
    """theta(q1) - theta(q0), without cancellation."""
    q0, q1 = point.q0, point.q1
    return point.gap * (q1 * chord(point.net, q0, q1) - point.gap * bend(point.net, q0, q1))


def _defect(model: DenseHebbian, point: Point) -> float:
    """Largest defect of the equations of n, of both fields, and of D times the derivative of f by it."""
    net, gamma, a, D = point.net, model.gamma, point.averages, point.D
    noise0 = math.sqrt(gamma * net.xi.slope(point.q0))
    noise1 = math.sqrt(gamma * point.gap * chord(net, point.q0, point.q1))
    in_D = (a.K + 0.5 * D * D * (gamma * _theta_gap(point) - point.s1**2 * point.q1)) / D
    return max(abs(a.M - point.n), abs(noise0 - point.s0), abs(noise1 - point.s1), abs(in_D))


def selected_glass(model: DenseHebbian, net: Network, state: State) -> Solution:
    """The states that D selects at unit load, as the one-step solution at the load of the model.

    At x = 1 they are metastable, and all of them together have the free energy of the paramagnet.
    """
    scale = math.sqrt(model.gamma)
    residual = glass.residual(net.xi, state)
    if not residual <= rs.TOLERANCE:
        return absent(model, "1RSB", "spin-glass", f"not solved to tolerance: residual {residual:.1e}")
    metastable = state.D * state.T >= 1 - 1e-12
    x = 1.0 if metastable else state.D * state.T
    values = (0.0, (1 - x) * state.q, 0.0, state.q, x, state.D / scale, state.C / scale)
    order = dict(zip(ORDER["1RSB"], values, strict=True))
    if metastable:
        order["complexity"] = state.complexity
    f, s = scale * state.g, state.s + state.complexity
    outer = 1 - net.xi.curvature(0.0) * (state.C + state.D * state.q) ** 2
    return Solution(
        model=model, ansatz="1RSB", state="spin-glass", order=order, f=f, u=f + model.T * s, s=s, converged=True,
        residual=residual, iterations=1, stability=glass.rigidity(net.xi, state), replicon=min(state.replicon, outer),
        message="exponentially many metastable states" if metastable else "",
    )  # fmt: skip
