"""Solutions of networks that learn from examples, from what the equations give."""

import math
from dataclasses import replace

import numpy as np

from statmech.models import DenseHebbian
from statmech.results import Solution, no_solution
from theory.dense.network import Network
from theory.dense.pattern import Pattern, site_magnetization
from theory.dense.rs import TOLERANCE, Symmetric
from theory.hopfield.one_rsb_equations import PairNetwork, broken_at, curvature, point_at
from theory.learning.law import Learning, effective_load
from theory.learning.pairs import Pairs
from theory.learning.pairs_one_rsb import one_step
from theory.nested import Nested, averages_at
from theory.root import STEP, Root

ORDER = {"RS": ("m", "n", "q", "C", "v"), "1RSB": ("m", "n", "q", "q0", "q1", "x", "D", "C")}
"""Order parameters of each ansatz."""
UNRESOLVED = "the equations were not solved to tolerance: the breaking is not resolved here"


def absent(model: Learning, ansatz: str, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, ansatz, state, message, ORDER[ansatz])


def symmetric_solution(model: Learning, state: str, pattern: Pattern, point: Symmetric, iterations: int) -> Solution:
    """The `Solution` of a replica-symmetric point."""
    if not point.residual <= TOLERANCE:
        return absent(model, "RS", state, f"not solved to tolerance: residual {point.residual:.1e}")
    # the signal is n chi for pairs, n^(P-1) chi else
    k = point.n ** (model.P - 1)
    m = site_magnetization(*pattern.arrays, k, point.sigma, model.T) if point.n > 0 else 0.0
    values = (m, point.n, point.q, point.C, point.sigma**2)
    return Solution(
        model=model, ansatz="RS", state=state, order=dict(zip(ORDER["RS"], values, strict=True)), f=point.f, u=point.u,
        s=point.s, converged=True, residual=point.residual, iterations=iterations, stability=point.stability,
        replicon=point.replicon,
    )  # fmt: skip


def merged(symmetric: Solution, message: str = "") -> Solution:
    """The replica-symmetric state as the degenerate one-step solution that it is: any x, q0 = q1."""
    if not symmetric.converged:
        return absent(symmetric.model, "1RSB", symmetric.state, symmetric.message)
    m, n, q, nan = symmetric.m, symmetric.n, symmetric.q, math.nan
    values = (m, n, q, q, q, nan, nan, symmetric.C)
    why = message or "replica symmetric: no breaking at this point, q0 = q1 and x is arbitrary"
    return replace(symmetric, ansatz="1RSB", order=dict(zip(ORDER["1RSB"], values, strict=True)), message=why)


def broken_pairs(model: Learning, net: Pairs, root: Root, state: str = "retrieval") -> Solution:
    """The `Solution` at a root of the one-step equations of pairs, judged as those of the Hopfield model."""
    T, retrieval = model.T, state == "retrieval"
    system = one_step(net) if retrieval else PairNetwork(modes=net.modes)
    point = point_at(system, root.v, model.gamma, T)
    if point is None or not root.step < STEP or not point.lambda2 > 0:
        return absent(model, "1RSB", state, UNRESOLVED)
    found = broken_at(point)
    if not found.residual <= TOLERANCE:
        why = f"the equations were not solved to tolerance: residual {found.residual:.1e}"
        return absent(model, "1RSB", state, why)
    m = _magnetization(net.pattern, point.m, point.s0, point.s1, point.D, T) if retrieval else 0.0
    q0, q1, x = point.q0, point.q1, point.D * T
    values = (m, point.m, x * q0 + (1 - x) * q1, q0, q1, x, point.D, point.averages.C)
    return Solution(
        model=model, ansatz="1RSB", state=state, order=dict(zip(ORDER["1RSB"], values, strict=True)), f=found.f,
        u=found.u, s=found.s, converged=True, residual=found.residual, iterations=root.evaluations,
        stability=curvature(root, model.gamma, T, system) if retrieval else point.lambda2, replicon=found.replicon,
    )  # fmt: skip


def equivalent(model: Learning) -> DenseHebbian:
    """The network of stored patterns with the same noise, P ≥ 4: the same glass and paramagnet."""
    return DenseHebbian(P=model.P, gamma=effective_load(model), T=model.T)


def without_signal(model: Learning, found: Solution) -> Solution:
    """A glass or paramagnet of the equivalent network as a solution of this one."""
    if not found.converged:
        return absent(model, found.ansatz, found.state, _translated(model, found.message))
    values = {**found.order, "n": 0.0, "v": effective_load(model) * found.q ** (model.P - 1)}
    order = {name: values[name] for name in ORDER[found.ansatz]}
    if "complexity" in found.order:
        order["complexity"] = found.complexity
    return replace(found, model=model, order=order)


def broken(model: Learning, net: Network, found: Solution) -> Solution:
    """The one-step retrieval state of the network `net`, whose m is the overlap with the examples, as a solution."""
    if not found.converged:
        return absent(model, "1RSB", found.state, _translated(model, found.message))
    gamma, power = effective_load(model), model.P - 1
    n = found.m
    s0, s1 = math.sqrt(gamma * found.q0**power), math.sqrt(gamma * (found.q1**power - found.q0**power))
    if s1 > 0:
        m = _magnetization(net.pattern, n**power, s0, s1, found.D, model.T)
    else:
        m = site_magnetization(*net.pattern.arrays, n**power, s0, model.T)
    values = {**found.order, "n": n, "m": m}
    return replace(found, model=model, order={name: values[name] for name in ORDER["1RSB"]})


def _magnetization(pattern: Pattern, k: float, s0: float, s1: float, D: float, T: float) -> float:
    """E<tanh> over the law of the pattern."""
    chi, weights = np.array(list(pattern.terms(k, s0))).T
    every = averages_at(k * chi, math.hypot(s0, k * pattern.width), s1, D, T)
    return float(weights @ every[:, Nested._fields.index("M")])


def _translated(model: Learning, message: str) -> str:
    """A message of the equivalent network, whose load is another one."""
    gamma = effective_load(model)
    return message if gamma == model.gamma else f"at the effective load {gamma:.7g}: {message}"
