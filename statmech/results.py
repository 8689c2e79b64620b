"""Results: what theory and simulation answer, in the same order parameters and under the same names."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

ROUNDING = 1e-12
"""Errors up to so much of their value are those of floating point."""
OTHER_LOAD = 0.05
"""Relative difference from the model's load from which on a simulation tells its own."""


def with_error(mean: float, error: float) -> str:
    """Spell a value with its error in parentheses, to two digits of the error below 2 and one above.

    An error that is no more than rounding, below 1e-12 of the value, is spelled as none.

    >>> with_error(0.99123, 0.00042)
    '0.9912(4)'
    """
    if not (math.isfinite(mean) and math.isfinite(error)):
        return f"{mean:.6g} ± {error:.2g}" if not math.isnan(error) else f"{mean:.6g}(?)"
    if error <= ROUNDING * abs(mean):
        return f"{mean:.6g}(0)"
    places = -math.floor(math.log10(error))
    digits = round(error * 10**places)
    if digits == 1:
        places += 1
        digits = round(error * 10**places)
    if places > 0:
        return f"{mean:.{places}f}({digits})"
    return f"{mean:.0f}({round(error)})"


@dataclass(frozen=True, kw_only=True)
class Solution:
    """A solution of self-consistency equations, N → ∞.

    The order parameters are attributes: ``solution.m``. Where the equations have no such state, or the
    solver did not reach its tolerance, every value is NaN, `converged` is False and `message` says which.

    Attributes
    ----------
    model : Model
        The state point.
    ansatz : str
        ``"RS"``, ``"1RSB"`` or ``"full"``.
    state : str
        Name of the state: ``"retrieval"``, ``"spin-glass"``, ``"paramagnet"``, …
    order : mapping of str to float
        Order parameters in the symbols of the model's theory; NaN where one has no meaning at this point.
    f, u, s : float
        Free energy, energy and entropy per spin.
    converged : bool
        Whether the undamped residual of the equations is below the tolerance.
    residual : float
        Largest undamped residual of the equations at the solution.
    iterations : int
        Evaluations of the equations that it took.
    stability : float
        Smallest eigenvalue that decides whether the state is a stable fixed point within its ansatz:
        positive is stable. Each solver's docstring says of which matrix.
    replicon : float
        Replicon eigenvalue in units where it is 1 without coupling; negative means that replica
        symmetry (at this level of breaking) is unstable (de Almeida–Thouless).
    message : str
        Empty, why there is no answer, or what is to be known of it.
    errors : mapping of str to float
        Numerical error estimates of the values that have one, as extrapolations do, by the name of the value; also
        attributes: ``solution.f_error``.
    """

    model: Any
    ansatz: str
    state: str
    order: Mapping[str, float]
    f: float
    u: float
    s: float
    converged: bool
    residual: float
    iterations: int
    stability: float
    replicon: float
    message: str = ""
    errors: Mapping[str, float] = field(default_factory=dict)

    def __getattr__(self, name: str) -> float:
        order, errors = self.__dict__.get("order", {}), self.__dict__.get("errors", {})
        if name in order:
            return order[name]
        if name.endswith("_error") and name.removesuffix("_error") in errors:
            return errors[name.removesuffix("_error")]
        raise AttributeError(f"no order parameter {name!r}: this solution has {', '.join(order)}")

    @property
    def stable(self) -> bool:
        """Whether the state is stable both within its ansatz and against (further) replica symmetry breaking."""
        return self.converged and self.stability > 0 and self.replicon > 0

    def __repr__(self) -> str:
        if not self.converged:
            return f"{self.state} of {self.model}: {self.message} [{self.ansatz}]"
        values = {**self.order, "f": self.f, "u": self.u, "s": self.s}
        text = "  ".join(
            f"{name} = {self._spelled(name, value)}" for name, value in values.items() if not math.isnan(value)
        )
        notes = [self.ansatz, self.state, f"converged, residual {self.residual:.0e}"]
        if self.stability <= 0:
            notes.append("unstable")
        if self.replicon < 0:
            notes.append("replica symmetry unstable" if self.ansatz == "RS" else f"{self.ansatz} unstable")
        return f"{text}  [{', '.join(notes)}{f'; {self.message}' if self.message else ''}]"

    def _spelled(self, name: str, value: float) -> str:
        """With its error where that shows in the digits of any other value."""
        error = self.errors.get(name, 0.0)
        return with_error(value, error) if error > 1e-6 * abs(value) else f"{value:.6g}"

    def to_dict(self) -> dict[str, Any]:
        """Plain data under the names that simulations use too: order parameters, f, u, s, and the verdicts."""
        return {
            **self.order,
            **{f"{name}_error": error for name, error in self.errors.items()},
            "f": self.f,
            "u": self.u,
            "s": self.s,
            "converged": self.converged,
            "residual": self.residual,
            "iterations": self.iterations,
            "stability": self.stability,
            "replicon": self.replicon,
            "ansatz": self.ansatz,
            "state": self.state,
            "message": self.message,
        }


def no_solution(
    model: Any, ansatz: str, state: str, message: str, order: Iterable[str], errors: Iterable[str] = ()
) -> Solution:
    """The answer where there is none: every value NaN, and the reason.

    Parameters
    ----------
    model, ansatz, state, message
        As of `Solution`.
    order, errors : iterable of str
        Names of its order parameters, and of the values that have an error estimate.
    """
    nan = math.nan
    return Solution(
        model=model, ansatz=ansatz, state=state, order=dict.fromkeys(order, nan), f=nan, u=nan, s=nan,
        converged=False, residual=nan, iterations=0, stability=nan, replicon=nan, message=message,
        errors=dict.fromkeys(errors, nan),
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A mean with its error over disorder samples.

    Attributes
    ----------
    mean, error : float
        Mean and standard error over disorder samples (jackknife where it is a ratio); the error is NaN
        for a single sample.
    tau : float
        Integrated autocorrelation time in sweeps, averaged over samples; NaN where the series was too
        short to tell.
    samples : int
        Number of disorder samples.
    """

    mean: float
    error: float
    tau: float = math.nan
    samples: int = 1

    def __repr__(self) -> str:
        return with_error(self.mean, self.error)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A Monte Carlo answer at finite N, averaged over disorder samples.

    The observables are attributes: ``simulation.m.mean``.

    Attributes
    ----------
    model : Model
        The state point.
    N : int
        Number of spins.
    samples : int
        Number of disorder samples.
    estimates : mapping of str to Estimate
        Every observable under the symbol that the theory uses for it.
    acceptance : float
        Accepted over attempted single-spin updates.
    equilibrated : bool
        Whether runs from opposite starts agree within their errors (see `verdict`). At T = 0 there are descents
        instead: true if those from a state arrived at its minimum, false of those from random states.
    verdict : str
        The comparison in words, with its numbers.
    engine : str
        The engine and rule that were used.
    arrays : mapping of str to numpy.ndarray
        Sample-averaged arrays, as the overlap histogram ``P_q``.
    bins : mapping of str to numpy.ndarray
        For some of them, what their entries belong to: the centres of a histogram's bins.
    """

    model: Any
    N: int
    samples: int
    estimates: Mapping[str, Estimate]
    acceptance: float
    equilibrated: bool
    verdict: str
    engine: str
    arrays: Mapping[str, Any] = field(default_factory=dict)
    bins: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Estimate:
        estimates = self.__dict__.get("estimates", {})
        if name in estimates:
            return estimates[name]
        raise AttributeError(f"no observable {name!r}: this simulation has {', '.join(estimates)}")

    def __repr__(self) -> str:
        text = "  ".join(f"{name} = {value!r}" for name, value in self.estimates.items())
        taus = [value.tau for value in self.estimates.values() if not math.isnan(value.tau)]
        notes = [f"N = {self.N}", *_other_load(self.model, self.N), f"{self.samples} samples"]
        notes.append(f"τ = {max(taus):.2g}" if taus else "τ unknown")
        if self.model.T == 0:
            notes.append(self.verdict)
        else:
            notes.append("equilibrated" if self.equilibrated else f"NOT equilibrated: {self.verdict}")
        return f"{text}  [{', '.join(notes)}]"

    def to_dict(self) -> dict[str, Any]:
        """Plain data: ``m``, ``m_err``, ``m_tau`` for each observable, acceptance, verdict and engine."""
        out: dict[str, Any] = {"N": self.N, "samples": self.samples}
        for name, value in self.estimates.items():
            out |= {name: value.mean, f"{name}_err": value.error, f"{name}_tau": value.tau}
        out |= dict(self.arrays)
        return out | {
            "acceptance": self.acceptance,
            "equilibrated": self.equilibrated,
            "verdict": self.verdict,
            "engine": self.engine,
        }


def _other_load(model: Any, N: int) -> list[str]:
    """The load of N spins where it is not the model's, as the number of patterns is whole; 0 stands for a few."""
    if hasattr(model, "alpha"):
        name, asked, load = "alpha", model.alpha, model.patterns(N) / N
    elif hasattr(model, "gamma"):
        name, asked, load = "gamma", model.gamma, model.load(N)
    else:
        return []
    return [f"{name} = {load:.3g} in place of {asked:g}"] if abs(load - asked) > OTHER_LOAD * asked > 0 else []
