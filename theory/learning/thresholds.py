r"""How many examples it takes to learn: functions of the quality r of the examples, the order P and the load.

All hold in the Gaussian form of many examples, in which M is a real number, and are vectorised over r and the load.
Retrieval states aligned with the average of the examples, n > 0, exist at small enough loads whatever the examples are
worth, with a tiny magnetisation of the archetype; so besides the number of examples at which a state exists,
`critical_examples`, that for a given magnetisation, `examples_for_magnetization`, is what learning means. Replica
symmetric, but for `critical_examples` with ``ansatz="1RSB"``: for P ≥ 4 one step of breaking changes the number at
which a state exists by a factor, or there is a state at any, :math:`M_c = 1`.

For poor examples the one grows as :math:`r^{-2}` with a teacher, since :math:`\rho` has to be small enough, and
without one as :math:`r^{-2P}`, :math:`M_c \simeq r^{-2P}\gamma/[\gamma_c(0)-\gamma]` for P ≥ 4, since :math:`\rho_P`
has to.

References
----------
.. [1] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
   Physica A 626, 129076 (2023), arXiv:2212.00606.
.. [2] Same authors, Physica A 627, 129143 (2023), arXiv:2211.14067.
.. [3] E. Agliari, F. Alemanno, A. Barra, G. De Marzo, Neural Networks 148, 232 (2022), for P = 2.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize
from scipy.special import erfinv

from statmech.checks import check_choice, check_real, check_temperature
from statmech.models.learning import check_even_order, check_quality
from theory.dense import one_rsb, rs
from theory.dense.lines import critical_point_one_rsb
from theory.learning import pairs, pairs_one_rsb
from theory.learning.law import dense_network, gaussian
from theory.learning.zero_temperature import (
    PROTOCOLS,
    amplification,
    critical_argument,
    entropy,
    largest_argument,
    load,
)
from theory.learning.zero_temperature import critical_load as critical_load_at_zero


def dataset_entropy(r: ArrayLike, M: ArrayLike) -> Any:
    r"""Entropy of the dataset, :math:`\rho = (1-r^2)/(Mr^2)`, as `statmech.SupervisedHebbian.rho`.

    Parameters
    ----------
    r : array_like
        Quality of the examples, in (0, 1].
    M : array_like
        Examples of each archetype, at least 1, or infinity.
    """
    return _over(entropy, _qualities(r), _numbers(M))


def kappa(r: ArrayLike, M: ArrayLike, *, P: int) -> Any:
    r"""Factor :math:`\kappa = (1+\rho_P)/(1+\rho)^P` by which the noise is larger without a teacher.

    With :math:`\rho_P = (1-r^{2P})/(Mr^{2P})`. For P ≥ 4 the network without a teacher is that with one at the load
    :math:`\kappa\gamma`; for P = 2 this holds where C is small only. It is 1 at M = 1 and at M = ∞.

    Parameters
    ----------
    r, M : array_like
        As of `dataset_entropy`.
    P : int
        Order of the interactions, even.

    Examples
    --------
    >>> round(kappa(0.5, 20, P=4), 6)
    7.861607
    """
    P = check_even_order(P)
    return _over(lambda r, M: amplification(P, r, M), _qualities(r, P), _numbers(M))


def critical_examples(
    r: ArrayLike, *, P: int, gamma: ArrayLike, protocol: str = "supervised", T: float = 0.0, ansatz: str = "RS"
) -> Any:
    r"""Number of examples :math:`M_c` from which on a retrieval state exists (a spinodal).

    The largest M at which the critical load, :math:`\gamma_c(\rho)` with a teacher and :math:`\gamma_c(\rho)/\kappa`
    without one (P ≥ 4), is :math:`\gamma`; in the Gaussian form, as all here. Without a teacher the critical load first
    falls with M: the examples disturb each other. A state can exist at M ≈ 1 as well.

    Parameters
    ----------
    r : array_like
        Quality of the examples, in (0, 1].
    P : int
        Order of the interactions, even.
    gamma : array_like
        Load, positive.
    protocol : str
        ``"supervised"`` or ``"unsupervised"``.
    T : float
        Temperature.
    ansatz : str
        ``"RS"`` or ``"1RSB"``, of the critical load. At low temperatures and P ≥ 4 replica symmetry gives far too many;
        one step takes a second for each number.

    Returns
    -------
    float or numpy.ndarray
        A real number, at least 1; infinite where not even the archetypes themselves can be stored; NaN where a critical
        load with one step of breaking was not found.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(critical_examples(0.5, P=4, gamma=0.05), 3)
    3.22
    >>> round(critical_examples(0.5, P=4, gamma=0.05, protocol="unsupervised"), 3)
    89.319
    >>> round(critical_examples(0.5, P=4, gamma=0.05, protocol="unsupervised", ansatz="1RSB"), 3)
    65.878
    """
    P, protocol = check_even_order(P), check_choice("protocol", protocol, PROTOCOLS)
    T = check_temperature(T)
    capacity = _capacity if check_choice("ansatz", ansatz, ("RS", "1RSB")) == "RS" else _capacity_one_rsb
    return _over(lambda r, g: _critical(P, r, g, protocol, T, capacity), _qualities(r, P), _loads(gamma))


def examples_for_magnetization(
    m: float, r: ArrayLike, *, P: int, gamma: ArrayLike, protocol: str = "supervised"
) -> Any:
    r"""Number of examples :math:`M_\theta` from which on the magnetisation of retrieval at T = 0 is at least m.

    Parameters
    ----------
    m : float
        The threshold :math:`\theta`, in (0, 1).
    r, P, gamma, protocol
        As of `critical_examples`.

    Returns
    -------
    float or numpy.ndarray
        A real number, at least `critical_examples`; infinite where not even the archetypes are retrieved so well.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(examples_for_magnetization(0.9, 0.5, P=4, gamma=0.05), 3)
    12.622
    """
    m = check_real("m", m, low=0.0, high=1.0, open_low=True, open_high=True)
    P, protocol = check_even_order(P), check_choice("protocol", protocol, PROTOCOLS)
    return _over(lambda r, g: _for_magnetization(m, P, r, g, protocol), _qualities(r, P), _loads(gamma))


def one_step_magnetization(
    r: ArrayLike, M: ArrayLike, *, P: int, gamma: ArrayLike, protocol: str = "supervised"
) -> Any:
    r"""Magnetisation after one parallel update at T = 0 that starts at the archetype: signal against noise.

    .. math::

        m^{(1)} = \mathrm{erf}\frac1{\sqrt{2S}}, \qquad S_\mathrm{sup} = \rho + \gamma(1+\rho)^P, \qquad
        S_\mathrm{uns} = \rho + \gamma(1+\rho_P) .

    The field at the archetype has the mean :math:`(1+\rho)^{-P/2}` and the variance :math:`S(1+\rho)^{-P}`.

    Parameters
    ----------
    r, M : array_like
        As of `dataset_entropy`.
    P, gamma, protocol
        As of `critical_examples`; the load may be zero.
    """
    P, protocol = check_even_order(P), check_choice("protocol", protocol, PROTOCOLS)

    def one(r: float, M: float, gamma: float) -> float:
        S = _noise_to_signal(P, r, M, gamma, protocol)
        return math.erf(1 / math.sqrt(2 * S)) if S > 0 else 1.0

    return _over(one, _qualities(r, P), _numbers(M), _loads(gamma, open_low=False))


def one_step_examples(r: ArrayLike, *, P: int, gamma: ArrayLike, protocol: str = "supervised") -> Any:
    r"""Number of examples at which signal and noise of one update are equal, S = 1 in `one_step_magnetization`.

    The estimate of the literature for the threshold of learning. Without a teacher it can be too small by an order of
    magnitude: m < 1 acts back as :math:`n^{P-1}`.

    Parameters
    ----------
    r, P, gamma, protocol
        As of `critical_examples`; the load may be zero.

    Returns
    -------
    float or numpy.ndarray
        A real number, at least 1; infinite for :math:`\gamma \ge 1`.

    Examples
    --------
    >>> round(one_step_examples(0.5, P=4, gamma=0.05), 3)
    4.694
    """
    P, protocol = check_even_order(P), check_choice("protocol", protocol, PROTOCOLS)

    def one(r: float, gamma: float) -> float:
        def excess(log_M: float) -> float:
            return _noise_to_signal(P, r, math.exp(log_M), gamma, protocol) - 1

        if gamma >= 1:
            return math.inf
        if excess(0.0) <= 0:
            return 1.0
        high = 1.0
        while excess(high) > 0:
            high = min(2 * high, 700.0)  # no allowed r needs more, and the exponential of 1024 overflows
        return math.exp(optimize.brentq(excess, 0.0, high, xtol=1e-14))

    return _over(one, _qualities(r, P), _loads(gamma, open_low=False))


def generalization_examples(r: ArrayLike, *, P: int) -> Any:
    r"""Number of examples :math:`M_\mathrm{ex} = 1 + r^{-(2P-1)}` beyond which single examples are no longer stored.

    Without a teacher, at low load and T = 0: in a state equal to an example the others pull each of its wrong spins
    with :math:`(M-1)\,r^{2P-1}` towards the archetype, against 1. Below the network memorises its examples, above it
    generalises. With a teacher there is no such threshold. An upper bound rather than the end of those states, since
    it leaves out the spread of that pull: ``solve_learning(model, start="example")`` has it.

    Parameters
    ----------
    r : array_like
        Quality of the examples, in (0, 1].
    P : int
        Order of the interactions, even.

    Examples
    --------
    >>> round(generalization_examples(0.6, P=4), 4)
    36.7225
    """
    P = check_even_order(P)
    return _over(lambda r: 1 + r ** (1 - 2 * P), _qualities(r, P))


# --- one value at a time ---

_RATIO = 1.5  # between neighbouring numbers of examples on which crossings are looked for


def _capacity(P: int, r: float, M: float, protocol: str, T: float) -> float:
    """The critical load at a real number of examples, zero where no load admits retrieval."""
    if T == 0:
        return critical_load_at_zero(P, r, M, protocol)
    rho = entropy(r, M)
    if P == 2:
        return pairs.spinodal(_pairs(rho, M, protocol), T)[1] if T < 1 else 0.0
    net = dense_network(P, gaussian(rho))
    if rs.melting(net)[0] <= T:
        return 0.0
    return rs.spinodal(net, T)[1] / (1.0 if protocol == "supervised" else amplification(P, r, M))


def _capacity_one_rsb(P: int, r: float, M: float, protocol: str, T: float) -> float:
    """The same with one step of breaking, replica symmetric where there is none; NaN where it was not found."""
    rho = entropy(r, M)
    if P == 2:
        net = _pairs(rho, M, protocol)
        if pairs_one_rsb.end_of_breaking(net) > T:
            return pairs_one_rsb.spinodal(net, T)[1]
    elif one_rsb.end_of_breaking(dense_network(P, gaussian(rho))) > T:
        load = critical_point_one_rsb(dense_network(P, gaussian(rho)), T).model.gamma
        return load / (1.0 if protocol == "supervised" else amplification(P, r, M))
    return _capacity(P, r, M, protocol, T)


def _pairs(rho: float, M: float, protocol: str) -> pairs.Pairs:
    modes = ((1.0, 1.0),) if protocol == "supervised" else ((1.0, 1.0), (rho / (1 + rho), M - 1))
    return pairs.Pairs(gaussian(rho), modes)


Capacity = Callable[[int, float, float, str, float], float]
"""`_capacity` or `_capacity_one_rsb`."""


def _critical(P: int, r: float, gamma: float, protocol: str, T: float, capacity: Capacity) -> float:
    def excess(log_M: float) -> float:
        value = capacity(P, r, math.exp(log_M), protocol, T) - gamma
        if math.isnan(value):
            raise ArithmeticError
        return value

    try:
        return _last_crossing(excess) if capacity(P, 1.0, 1.0, protocol, T) > gamma else math.inf
    except ArithmeticError:
        return math.nan


def _last_crossing(excess: Callable[[float], float]) -> float:
    """Number of examples beyond which the excess, a function of its logarithm, is positive; 1 if it always is."""
    logs, values = [0.0], [excess(0.0)]
    while len(values) < 2 or values[-1] <= 0 or values[-1] < values[-2]:
        logs.append(logs[-1] + math.log(_RATIO))
        values.append(excess(logs[-1]))
    below = [k for k, value in enumerate(values) if value <= 0]
    if below:
        return math.exp(optimize.brentq(excess, logs[below[-1]], logs[below[-1] + 1], xtol=1e-13))
    k = int(np.argmin(values))
    low, high = logs[max(k - 1, 0)], logs[k + 1]
    least = optimize.minimize_scalar(excess, bounds=(low, high), method="bounded", options={"xatol": 1e-8})
    return math.exp(optimize.brentq(excess, least.x, high, xtol=1e-13)) if least.fun < 0 else 1.0


def _for_magnetization(m: float, P: int, r: float, gamma: float, protocol: str) -> float:
    M = _critical(P, r, gamma, protocol, 0.0, _capacity)
    if not math.isfinite(M) or math.erf(_stable_argument(P, r, M, gamma, protocol)) >= m:
        return M
    y = float(erfinv(m))
    if not _stable_argument(P, 1.0, 1.0, gamma, protocol) > y:
        return math.inf

    def excess(log_M: float) -> float:
        M = math.exp(log_M)
        return load(y, P, r, M, protocol) - gamma if y < largest_argument(entropy(r, M)) else -gamma

    low = math.log(M)
    high = low + 0.1
    while excess(high) < 0:
        low, high = high, high + 0.1
    return math.exp(optimize.brentq(excess, low, high, xtol=1e-13))


def _stable_argument(P: int, r: float, M: float, gamma: float, protocol: str) -> float:
    """The y of the stable state; that of the largest load at, or to rounding above, the critical one."""
    y = critical_argument(P, r, M, protocol)
    top = largest_argument(entropy(r, M))
    if load(y, P, r, M, protocol) <= gamma or load(top, P, r, M, protocol) >= gamma:
        return y if load(y, P, r, M, protocol) <= gamma else top
    return optimize.brentq(lambda y: load(y, P, r, M, protocol) - gamma, y, top, xtol=1e-15)


def _noise_to_signal(P: int, r: float, M: float, gamma: float, protocol: str) -> float:
    rho = entropy(r, M)
    spread = (1 + rho) ** P
    return rho + gamma * spread * (1.0 if protocol == "supervised" else amplification(P, r, M))


# --- arguments ---


def _over(function: Callable[..., float], *arguments: np.ndarray) -> Any:
    """Apply to every combination that broadcasting gives; numbers give a number."""
    result = np.vectorize(function, otypes=[float])(*arguments)
    return float(result) if result.ndim == 0 else result


def _qualities(r: ArrayLike, P: int = 2) -> np.ndarray:
    array = np.asarray(r, dtype=float)
    for value in array.ravel().tolist():
        check_quality(value, P)
    return array


def _loads(gamma: ArrayLike, open_low: bool = True) -> np.ndarray:
    array = np.asarray(gamma, dtype=float)
    for value in array.ravel().tolist():
        check_real("gamma", value, low=0.0, open_low=open_low)
    return array


def _numbers(M: ArrayLike) -> np.ndarray:
    complaint = f"M = {M!r} is not allowed: M must be at least 1, or infinity"
    try:
        array = np.asarray(M, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(complaint) from None
    if not np.all(array >= 1):
        raise ValueError(complaint)
    return array
