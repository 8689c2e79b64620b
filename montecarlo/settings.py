"""How a simulation is run: everything beside the state point, the size and the seed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from statmech.checks import check_choice, check_integer, check_real, suggestion

STARTS = ("retrieval", "random", "mixture-3", "example")
ENGINES = (
    "auto", "couplings", "integer-couplings", "overlaps", "look-up", "odd-part", "sparse", "fields", "gaussian-fields",
    "stability-fields", "sgd",
)  # fmt: skip
RULES = ("heat-bath", "metropolis")
ORDERS = ("sequential", "random")
PATTERNS = ("independent", "stratified")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a single-spin-flip simulation.

    Parameters
    ----------
    sweeps : int
        Measured sweeps; a sweep is N attempted updates. At least `interval`.
    thermalization : int
        Sweeps before the measured ones.
    interval : int
        Sweeps between two measurements.
    start : str
        ``"retrieval"``: from the first pattern; ``"mixture-3"``: from the majority of the first three;
        ``"random"``: from random states; ``"example"``: from an example, in networks that learn from them. Each
        system says what its two replicas start from; a glass has no patterns and reads the default as ``"random"``.
    engine : str
        ``"couplings"`` (float32 matrix, cached local fields), ``"integer-couplings"`` (int8 or int16 matrix,
        exact integer fields), ``"overlaps"`` (no matrix, cached overlaps with the patterns), ``"look-up"`` and
        ``"odd-part"`` (the same for interactions of more than two spins), ``"sparse"`` (overlaps with patterns that
        have blank entries), ``"fields"`` and ``"gaussian-fields"`` (perceptrons of patterns ±1, and of Gaussian ones,
        which are other samples of the same limit N → ∞), ``"stability-fields"`` (those of patterns ±1 whose energy is
        what fields lack, for tempering alone; see `montecarlo.engines.perceptron`), ``"sgd"`` (descent on mini-batches,
        of tasks learnt in sequence at infinite beta; a sweep is an epoch), or ``"auto"``. A system has some of them.
        All others sample the same distribution; where fields are integers they give the same trajectory.
    rule : str
        ``"heat-bath"`` or ``"metropolis"``. At T = 0 both are descent: a spin follows its local field and
        stays where the field is zero.
    order : str
        ``"sequential"``: site after site; ``"random"``: each update draws its site.
    temperatures : int
        Number of temperatures of parallel tempering, of which the lowest is the model's and alone is measured;
        1 is a run at a single temperature. With more, `interval` sweeps are one round, which ends with swaps.
    hottest : float or None
        The highest of them, above the model's temperature; the others are at a constant ratio in between. None at a
        single temperature.
    patterns : str
        ``"independent"`` entries, or ``"stratified"``, for networks of few diluted patterns alone: every kind of site
        as often as it is expected, see `statmech.disorder.stratified_patterns`.
    amplitudes : sequence of float or None
        For networks of diluted patterns: start from the state that has these amplitudes with the first patterns, as
        the theory gives them, instead of the default of ``"retrieval"``.

    Raises
    ------
    ValueError
        If a setting is out of its range, `amplitudes` are given with another start, or one of `temperatures` and
        `hottest` is given without the other.
    """

    sweeps: int = 1000
    thermalization: int = 200
    interval: int = 1
    start: str = "retrieval"
    engine: str = "auto"
    rule: str = "heat-bath"
    order: str = "sequential"
    temperatures: int = 1
    hottest: float | None = None
    patterns: str = "independent"
    amplitudes: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        interval = check_integer("interval", self.interval, low=1)
        checked: dict[str, Any] = {
            "interval": interval,
            "sweeps": check_integer("sweeps", self.sweeps, low=interval),
            "thermalization": check_integer("thermalization", self.thermalization, low=0),
            "start": _check_start(self.start),
            "engine": _check_engine(self.engine),
            "rule": check_choice("rule", self.rule, RULES),
            "order": check_choice("order", self.order, ORDERS),
            "temperatures": check_integer("temperatures", self.temperatures, low=1),
            "patterns": check_choice("patterns", self.patterns, PATTERNS),
        }
        if self.amplitudes is not None:
            checked["amplitudes"] = check_amplitudes(self.amplitudes, self.start)
        if self.hottest is not None:
            checked["hottest"] = check_real("hottest", self.hottest, low=0.0, open_low=True)
            if checked["temperatures"] == 1:
                raise ValueError(f"hottest = {self.hottest} is not allowed: there is a single temperature")
        elif checked["temperatures"] != 1:
            raise ValueError(f"temperatures = {self.temperatures} is not allowed without hottest, the highest of them")
        for name, value in checked.items():
            object.__setattr__(self, name, value)


def settings_of(given: Mapping[str, Any]) -> Settings:
    """The settings that are `given` by name, as the keywords of a call.

    Raises
    ------
    TypeError
        If a setting does not exist; the message says which do.
    ValueError
        See `Settings`.
    """
    allowed = [field.name for field in fields(Settings)]
    for name in given:
        if name not in allowed:
            remedy = f"{suggestion(name, allowed)} The settings are {', '.join(allowed)}".lstrip()
            raise TypeError(f"{name} is no setting of a simulation: {remedy}")
    return Settings(**given)


def _check_start(name: str) -> str:
    """Return the name of a start of some system; which of them a system has, it says itself."""
    if name not in STARTS:
        raise ValueError(
            f"start = {name!r} is not allowed: start must be one of 'retrieval', 'random', in networks of patterns "
            "'mixture-3' too, and in those that learn from examples 'example'; a perceptron that learns two tasks "
            "begins at small fields and has no choice"
        )
    return name


def _check_engine(name: str) -> str:
    """Return the name of an engine of some system; which of them a system has, it says itself."""
    if name not in ENGINES:
        raise ValueError(
            f"engine = {name!r} is not allowed: no system has one of this name; 'auto' picks one that it has"
        )
    return name


def check_amplitudes(amplitudes: Sequence[float], start: str) -> tuple[float, ...]:
    """Return the amplitudes of a start as a tuple.

    Raises
    ------
    ValueError
        Unless they are a sequence of numbers between -1 and 1, not all zero, and `start` is ``"retrieval"``.
    """
    if start != "retrieval":
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: the start is {start!r}")
    if np.ndim(amplitudes) != 1:
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: amplitudes must be a sequence of numbers")
    values = tuple(check_real("amplitudes", value, low=-1.0, high=1.0) for value in amplitudes)
    if not any(values):
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: one of them must not be zero")
    return values


def key_parts(settings: Settings) -> dict[str, Any]:
    """What keys and streams of units hold of `settings`: what is for some systems alone only if it is used.

    Runs of the others were known by their key before there was any of it.
    """
    parts = {field.name: getattr(settings, field.name) for field in fields(settings)}
    if settings.temperatures == 1:
        del parts["temperatures"], parts["hottest"]
    if settings.patterns == "independent":
        del parts["patterns"]
    if settings.amplitudes is None:
        del parts["amplitudes"]
    return parts


def check_ends(T: float, hottest: float | None) -> float:
    """Return `hottest`, or refuse ends of a ladder that are not in order.

    Raises
    ------
    ValueError
        Unless 0 < T < `hottest`, which is finite.
    """
    if hottest is None:
        raise ValueError(f"hottest = None is not allowed at T = {T:g}: a ladder that is to be chosen ends there")
    if not 0 < T < check_real("hottest", hottest):
        raise ValueError(f"hottest = {hottest} is not allowed at T = {T:g}: a ladder needs 0 < T < hottest")
    return float(hottest)


def check_point(settings: Settings, T: float) -> None:
    """Refuse a state point that the ladder of `settings`, if there is one, cannot begin at.

    Raises
    ------
    ValueError
        If there are several temperatures and T is 0, or not below the hottest of them.
    """
    if settings.temperatures > 1:
        check_ends(T, settings.hottest)


def check_undiluted(settings: Settings, system: str) -> None:
    """Refuse, in the simulation of a `system` without diluted patterns, what is for them alone.

    Raises
    ------
    ValueError
        If the patterns are to be stratified, or amplitudes are given.
    """
    if settings.patterns != "independent":
        raise ValueError(f"patterns = {settings.patterns!r} is not allowed: {system} has no blank entries")
    if settings.amplitudes is not None:
        raise ValueError(f"amplitudes = {settings.amplitudes!r} is not allowed: {system} starts from its own states")


def check_single(settings: Settings, system: str) -> None:
    """Refuse tempering in the simulation of a `system` that measures what tempering does not.

    Raises
    ------
    ValueError
        If there are several temperatures.
    """
    if settings.temperatures > 1:
        raise ValueError(
            f"temperatures = {settings.temperatures} is not allowed: {system} is simulated at one temperature at a "
            "time; montecarlo.temper takes its energies and overlaps at many"
        )
