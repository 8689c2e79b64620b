"""Solutions of glass models, from their covariance."""

import math
from typing import Any

from statmech.models import Model
from statmech.results import Solution, no_solution
from theory.parisi.covariance import Covariance
from theory.parisi.dynamical import State
from theory.parisi.ladder import Ladder
from theory.parisi.minimum import Problem
from theory.parisi.symmetric import symmetric_at

ORDER = {
    "RS": ("q", "C", "m"),
    "1RSB": ("q", "q0", "q1", "x", "D", "C", "m"),
    "full": ("q", "q_min", "q_EA", "x_max", "C", "m"),
}
"""Order parameters of each ansatz."""

ERRORS = {"RS": (), "1RSB": (), "full": ("q_min", "q_EA", "x_max", "C", "f", "u", "s")}
"""Values of each ansatz that are extrapolated, and have an error estimate."""

RESOLVED = 1e-4
"""Largest error estimate of the free energy of a full solution that is given as an answer."""


def absent(model: Model, ansatz: str, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    return no_solution(model, ansatz, state, message, ORDER[ansatz], ERRORS[ansatz])


def symmetric_solution(model: Any, xi: Covariance, state: str, q: float) -> Solution:
    """The replica-symmetric solution with overlap q."""
    flat = symmetric_at(xi, model.T, model.h, q)
    return Solution(
        model=model, ansatz="RS", state=state, order={"q": q, "C": flat.C, "m": flat.m if model.h else 0.0},
        f=flat.f, u=flat.u, s=flat.s,
        converged=flat.residual < 1e-11, residual=flat.residual, iterations=1, stability=flat.stability,
        replicon=flat.replicon,
    )  # fmt: skip


def broken_solution(model: Any, ansatz: str, steps: Ladder) -> Solution:
    """The solution at the top of a ladder, extrapolated for the full ansatz."""
    T, one = model.T, ansatz == "1RSB"
    if not steps.rungs:
        return _merged(model, ansatz, steps)
    if not one and not steps.f_error <= RESOLVED:
        message = f"full breaking is not resolved here: error estimate {steps.f_error:.1e}; one step is ansatz='1RSB'"
        return absent(model, ansatz, "spin-glass", message)
    top = steps.rungs[-1]
    q = float(steps.weights @ steps.overlaps) if one else steps.mean_overlap
    D, C = float(steps.gamma[-1]), top.steps.C
    values: tuple[float, ...]
    if one:
        values = (q, float(top.steps.q[0]), 1 - T * C, T * D, D, C, steps.m)
    else:
        values = (q, steps.q_min, steps.q_EA, steps.x_max, steps.C, steps.m)
    problem = Problem(xi=steps.xi, T=T, h=abs(model.h), pinned=False)
    replicon = top.replicon(problem)
    f, s = (float(steps.free_energies[-1]), float(steps.entropies[-1])) if one else (steps.f, steps.s)
    return Solution(
        model=model, ansatz=ansatz, state="spin-glass", order=dict(zip(ORDER[ansatz], values, strict=True)),
        f=f, u=f + T * s, s=s, converged=True, residual=max(rung.residual for rung in steps.rungs),
        iterations=sum(rung.evaluations for rung in steps.rungs), stability=top.curvature,
        replicon=replicon if one or replicon >= 0 else 0.0,  # continuous breaking is marginal
        errors=errors_of(ansatz, steps),
    )  # fmt: skip


def _merged(model: Any, ansatz: str, steps: Ladder) -> Solution:
    """The replica-symmetric state as the degenerate solution that it is: one overlap, any x."""
    flat, nan = steps.symmetric, math.nan
    if steps.f_error > RESOLVED:
        return absent(model, ansatz, "spin-glass", f"breaking is not resolved here: error estimate {steps.f_error:.1e}")
    message = "replica symmetric: no breaking at this point, and x is arbitrary"
    if steps.f_error > 0:
        message = f"replica symmetric: breaking changes f by less than {steps.f_error:.0e} here, and is not resolved"
    values = {
        "1RSB": (flat.q, flat.q, flat.q, nan, nan, flat.C, steps.m),
        "full": (flat.q, flat.q, flat.q, nan, flat.C, steps.m),
    }[ansatz]
    return Solution(
        model=model, ansatz=ansatz, state="spin-glass", order=dict(zip(ORDER[ansatz], values, strict=True)),
        f=flat.f, u=flat.u, s=flat.s, converged=True, residual=flat.residual, iterations=1, stability=flat.stability,
        replicon=flat.replicon, message=message, errors=errors_of(ansatz, steps),
    )  # fmt: skip


def errors_of(ansatz: str, steps: Ladder) -> dict[str, float]:
    """Error estimates of a ladder's values."""
    return {name: getattr(steps, f"{name}_error") for name in ERRORS[ansatz]}


def selected_solution(model: Any, state: State) -> Solution:
    """The states that D selects, as a one-step solution: at x = 1 metastable, else those of vanishing complexity.

    At x = 1 they are exponentially many, and all of them together have the free energy of the paramagnet.
    """
    x = min(1.0, state.T * state.D)
    order = ((1 - x) * state.q, 0.0, state.q, x, state.D, state.C, 0.0)
    s = state.s + state.complexity
    return Solution(
        model=model, ansatz="1RSB", state="spin-glass",
        order={**dict(zip(ORDER["1RSB"], order, strict=True)), "complexity": state.complexity},
        f=state.g, u=state.g + state.T * s, s=s, converged=True, residual=0.0, iterations=1, stability=math.nan,
        replicon=state.replicon, message="exponentially many metastable states" if x == 1 else "",
    )  # fmt: skip
