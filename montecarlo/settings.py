"""How a simulation is run: everything beside the state point, the size and the seed."""

from dataclasses import dataclass

from statmech.checks import check_choice, check_integer

STARTS = ("retrieval", "random", "mixture-3")
ENGINES = ("auto", "couplings", "integer-couplings", "overlaps", "look-up", "odd-part")
RULES = ("heat-bath", "metropolis")
ORDERS = ("sequential", "random")


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
        ``"random"``: from random states. Each system says what its two replicas start from.
    engine : str
        ``"couplings"`` (float32 matrix, cached local fields), ``"integer-couplings"`` (int8 or int16 matrix,
        exact integer fields), ``"overlaps"`` (no matrix, cached overlaps with the patterns), ``"look-up"`` and
        ``"odd-part"`` (the same for interactions of more than two spins), or ``"auto"``. A system has some of them.
        All of them sample the same distribution; where fields are integers they give the same trajectory.
    rule : str
        ``"heat-bath"`` or ``"metropolis"``. At T = 0 both are descent: a spin follows its local field and
        stays where the field is zero.
    order : str
        ``"sequential"``: site after site; ``"random"``: each update draws its site.

    Raises
    ------
    ValueError
        If a setting is out of its range.
    """

    sweeps: int = 1000
    thermalization: int = 200
    interval: int = 1
    start: str = "retrieval"
    engine: str = "auto"
    rule: str = "heat-bath"
    order: str = "sequential"

    def __post_init__(self) -> None:
        interval = check_integer("interval", self.interval, low=1)
        checked = {
            "interval": interval,
            "sweeps": check_integer("sweeps", self.sweeps, low=interval),
            "thermalization": check_integer("thermalization", self.thermalization, low=0),
            "start": check_choice("start", self.start, STARTS),
            "engine": check_choice("engine", self.engine, ENGINES),
            "rule": check_choice("rule", self.rule, RULES),
            "order": check_choice("order", self.order, ORDERS),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
