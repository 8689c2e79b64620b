r"""The lines of the phase diagrams that bound retrieval in networks that learn from examples.

Each is a stationary point or a root along the explicit curves of `theory.dense.rs` (P ≥ 4) and
`theory.learning.pairs` (P = 2). Every function takes numbers or arrays, which are broadcast against each other, and
returns a `statmech.lines.PhaseLine` with the state on the line. Replica symmetric unless said otherwise; re-entrant
below the de Almeida–Thouless line, as those of stored patterns.

References
----------
.. [1] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
   Physica A 626, 129076 (2023), arXiv:2212.00606.
.. [2] Same authors, Physica A 627, 129143 (2023), arXiv:2211.14067.
.. [3] E. Agliari, F. Alemanno, A. Barra, G. De Marzo, Neural Networks 148, 232 (2022), for P = 2.
"""

import math
from collections.abc import Callable
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from statmech.checks import check_choice, check_real
from statmech.lines import PhaseLine, phase_line
from statmech.models import SupervisedHebbian, UnsupervisedHebbian
from statmech.results import Solution
from theory.dense import glass, one_rsb, rs
from theory.dense.coexistence import free_coexistence, with_breaking
from theory.dense.lines import critical_point_one_rsb
from theory.dense.network import Network, stored
from theory.dense.states import solve_dense
from theory.learning import pairs, pairs_one_rsb
from theory.learning.law import Learning, dense_network, effective_load, gaussian, retrieved
from theory.learning.pairs import Pairs, pair_network
from theory.learning.solutions import absent, broken, broken_pairs, equivalent, merged, symmetric_solution
from theory.learning.states import solve_learning
from theory.learning.zero_temperature import PROTOCOLS

_MODELS: dict[str, type[Learning]] = {"supervised": SupervisedHebbian, "unsupervised": UnsupervisedHebbian}


def critical_load(
    T: ArrayLike = 0.0,
    *,
    P: int,
    r: ArrayLike,
    M: ArrayLike,
    protocol: str = "supervised",
    ansatz: str = "RS",
    examples: str = "binomial",
) -> PhaseLine:
    r"""Load :math:`\gamma_M(T)` at which the retrieval states disappear (their spinodal).

    For P ≥ 4 that without a teacher is that with one over :math:`\kappa`.

    Parameters
    ----------
    T : array_like
        Temperatures, from 0 to that at which the line ends at :math:`\gamma = 0`: 1 for P = 2, and for P ≥ 4 falling
        with the entropy :math:`\rho` of the dataset.
    P : int
        Order of the interactions, even.
    r : array_like
        Quality of the examples, in (0, 1].
    M : array_like
        Examples of each archetype: integers or infinity.
    protocol : str
        ``"supervised"`` or ``"unsupervised"``.
    ansatz : str
        ``"RS"`` or ``"1RSB"``.
    examples : str
        ``"binomial"`` or ``"gaussian"``, as of `solve_learning`.

    Returns
    -------
    PhaseLine
        With the retrieval state that is about to vanish.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(critical_load(P=4, r=1.0, M=1).gamma, 7)
    0.1978601
    >>> round(critical_load(P=4, r=0.5, M=20, protocol="unsupervised", examples="gaussian").gamma, 6)
    0.014248
    """
    check_choice("ansatz", ansatz, ("RS", "1RSB"))
    point = _critical_point if ansatz == "RS" else _critical_point_one_rsb
    return _line("critical load", lambda model: point(model, examples), protocol, P, T=T, r=r, M=M, gamma=0.0)


def critical_load_of_entropy(rho: ArrayLike, *, P: int, T: ArrayLike = 0.0) -> PhaseLine:
    r"""Critical load as a function of the entropy :math:`\rho` of the dataset alone: with a teacher, Gaussian form.

    At T = 0 it is the maximum over y of the explicit load of `theory.learning.zero_temperature`. For P ≥ 4 it is the
    critical effective load of both protocols; it does not vanish as :math:`\rho \to \infty`, where the average of the
    examples alone is retrieved, but tends to :math:`(2/\pi)^{P-1}(P-2)^{P-2}/(P-1)^{P-1}`. The magnetisation of the
    archetype does, and stays below :math:`\mathrm{erf}(1/\sqrt{2\rho})`.

    Parameters
    ----------
    rho : array_like
        Entropies, not negative.
    P : int
        Order of the interactions, even.
    T : array_like
        Temperatures, as of `critical_load`.

    Returns
    -------
    PhaseLine
        With the coordinates ``P``, ``rho``, ``T``, ``gamma``.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(critical_load_of_entropy(0.1, P=4).gamma, 6)
    0.130578
    """
    rhos, temperatures = np.broadcast_arrays(np.asarray(rho, dtype=float), np.asarray(T, dtype=float))
    found = []
    for one, t in zip(rhos.ravel().tolist(), temperatures.ravel().tolist(), strict=True):
        pattern = gaussian(check_real("rho", one, low=0.0))
        net = Pairs(pattern) if P == 2 else dense_network(P, pattern)
        point = _spinodal(net, t)
        place: Any = SimpleNamespace(P=P, rho=one, T=t, gamma=point.gamma)
        found.append(symmetric_solution(place, "retrieval", pattern, point, 1))
    return phase_line("critical load", found[0] if rhos.ndim == 0 else found, rhos.shape)


def at_temperature(
    gamma: ArrayLike,
    *,
    P: int,
    r: ArrayLike,
    M: ArrayLike,
    protocol: str = "supervised",
    examples: str = "binomial",
) -> PhaseLine:
    r"""De Almeida–Thouless temperature of retrieval, below which its replica symmetry breaks.

    .. math:: T = (P-1)\,\frac{\sigma^2}q\,\beta\,\mathrm{E}\,\mathrm{sech}^4\beta h .

    Parameters
    ----------
    gamma : array_like
        Loads at which the effective load (P ≥ 4) is at least 0.001, up to where the line meets the critical load.
    P, r, M, protocol, examples
        As of `critical_load`.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(at_temperature(0.15, P=4, r=1.0, M=1).T, 6)
    0.027685
    """
    return _line(
        "de Almeida–Thouless temperature", lambda model: _at_point(model, examples), protocol, P, T=0.0, r=r, M=M,
        gamma=gamma,
    )  # fmt: skip


def coexistence_load(
    T: ArrayLike,
    *,
    P: int,
    r: ArrayLike,
    M: ArrayLike,
    protocol: str = "supervised",
    ansatz: str = "RS",
    examples: str = "binomial",
) -> PhaseLine:
    r"""Load up to which retrieval is the global minimum of the free energy, against the glass and the paramagnet.

    The glass breaks replica symmetry by one step for P ≥ 4, and for P = 2 where retrieval does. The line joins that of
    `critical_load` where retrieval is the global minimum up to its end.

    Parameters
    ----------
    T : array_like
        Temperatures up to that at which the line ends at :math:`\gamma = 0`.
    P, r, M, protocol, ansatz, examples
        As of `critical_load`; the ansatz is that of retrieval.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(coexistence_load(0.25, P=4, r=1.0, M=1).gamma, 6)
    0.166856
    """
    check_choice("ansatz", ansatz, ("RS", "1RSB"))
    return _line(
        "coexistence load", lambda model: _coexistence_point(model, ansatz, examples), protocol, P, T=T, r=r, M=M,
        gamma=0.0,
    )  # fmt: skip


def glass_temperature(
    gamma: ArrayLike, *, P: int, r: ArrayLike, M: ArrayLike, protocol: str = "supervised"
) -> PhaseLine:
    r"""Temperature below which the paramagnet gives way to a glass: :math:`T_g` of pairs, the static :math:`T_s` else.

    For pairs it is that of `theory.learning.pairs.glass_temperature`, a continuous transition; for P ≥ 4
    :math:`\sqrt{\gamma_\mathrm{eff}}` times that of the P-spin glass, see `theory.dense.kauzmann_temperature`.

    Parameters
    ----------
    gamma : array_like
        Loads, positive.
    P, r, M, protocol
        As of `critical_load`.

    Raises
    ------
    ValueError
        If an argument is not allowed.

    Examples
    --------
    >>> round(glass_temperature(0.25, P=2, r=0.5, M=20).T, 6)
    1.5
    """
    return _line("glass temperature", _glass_point, protocol, P, T=0.0, r=r, M=M, gamma=gamma)


def _line(
    name: str, point: Callable[[Learning], Solution], protocol: str, P: int, **parameters: ArrayLike
) -> PhaseLine:
    """Apply `point` to every model that broadcasting the parameters gives; the models check them."""
    kind = _MODELS[check_choice("protocol", protocol, PROTOCOLS)]
    columns = np.broadcast_arrays(*(np.asarray(values, dtype=float) for values in parameters.values()))
    shape = columns[0].shape
    rows = zip(*(column.ravel().tolist() for column in columns), strict=True)
    found = [point(kind(P=P, **dict(zip(parameters, row, strict=True)))) for row in rows]
    return phase_line(name, found[0]) if shape == () else phase_line(name, found, shape)


def _network(model: Learning, examples: str) -> Network | Pairs:
    pattern = retrieved(model, examples)
    return pair_network(model, pattern) if model.P == 2 else dense_network(model.P, pattern)


def _at(model: Learning, gamma: float, T: float) -> Learning:
    return type(model)(P=model.P, gamma=gamma, T=T, r=model.r, M=model.M)


def _load(model: Learning, effective: float) -> float:
    """The load at which the effective load is this one."""
    return effective / effective_load(_at(model, 1.0, model.T)) if model.P > 2 else effective


def _symmetric_at(net: Network | Pairs, effective: float, T: float, n: float, sigma: float) -> rs.Symmetric:
    module = pairs.symmetric_at if isinstance(net, Pairs) else rs.symmetric_at
    return module(net, effective, T, n, sigma)  # type: ignore[arg-type]


def _spinodal(net: Network | Pairs, T: float) -> rs.Symmetric:
    """The retrieval state at its spinodal; its load is the effective one."""
    if isinstance(net, Pairs):
        check_real("T", T, low=0.0, high=1.0)
        y, gamma = pairs.spinodal(net, T) if T < 1 else (1.0, 0.0)
        sigma = pairs.noise(net, y, T) if gamma > 0 else 0.0
        return pairs.symmetric_at(net, gamma, T, y * sigma, sigma)
    check_real("T", T, low=0.0, high=rs.melting(net)[0])
    n, gamma = rs.spinodal(net, T)
    return rs.symmetric_at(net, gamma, T, n, rs.noise(net, n, T) if gamma > 0 else 0.0)


def _critical_point(model: Learning, examples: str) -> Solution:
    net = _network(model, examples)
    point = _spinodal(net, model.T)
    return symmetric_solution(_at(model, _load(model, point.gamma), model.T), "retrieval", net.pattern, point, 1)


def _critical_point_one_rsb(model: Learning, examples: str) -> Solution:
    net, T = _network(model, examples), model.T
    if isinstance(net, Pairs):
        return _critical_pairs_one_rsb(model, net, examples)
    check_real("T", T, low=0.0, high=rs.melting(net)[0])
    found = critical_point_one_rsb(net, T)
    return broken(_at(model, _load(model, found.model.gamma), T), net, found)


def _critical_pairs_one_rsb(model: Learning, net: Pairs, examples: str) -> Solution:
    """Just below `end_of_breaking` the breaking can be lost to rounding; the load is then the replica-symmetric one."""
    T, symmetric, end = model.T, _critical_point(model, examples), pairs_one_rsb.end_of_breaking(net)
    if end <= T:
        return merged(symmetric)
    n, alpha = pairs_one_rsb.spinodal(net, T)
    if math.isfinite(alpha):
        found = broken_pairs(_at(model, alpha, T), net, pairs_one_rsb.at_spinodal(net, n, T))
        if found.converged:
            return found
    if 0.99 * end > T:
        return absent(symmetric.model, "1RSB", "retrieval", "the end of the branch with breaking was not found")
    return merged(symmetric, "the breaking is lost to rounding: replica-symmetric values")


def _coexistence_point(model: Learning, ansatz: str, examples: str) -> Solution:
    net, T = _network(model, examples), model.T
    end = free_coexistence(net) if isinstance(net, Network) else 1.0
    check_real("T", T, low=0.0, high=end)
    if end == T:
        return solve_learning(_at(model, 0.0, T), ansatz=ansatz, examples=examples)
    if isinstance(net, Network) and ansatz == "1RSB":
        ratio = effective_load(_at(model, 1.0, T))

        def ergodic(effective: float) -> float:
            return _free_energy_without_signal(_at(model, effective / ratio, T), ansatz, examples)

        gamma = with_breaking(net, T, ergodic, 1e-13) / ratio
        if math.isfinite(gamma):
            return solve_learning(_at(model, gamma, T), ansatz=ansatz, examples=examples)
    last = _critical_point(model, examples) if ansatz == "RS" else _critical_point_one_rsb(model, examples)

    @cache  # both ends of the bracket are looked at twice
    def gap(gamma: float) -> float:
        here = _at(model, gamma, T)
        return solve_learning(here, ansatz=ansatz, examples=examples).f - _free_energy_without_signal(
            here, ansatz, examples
        )

    for short in (0.0,) if ansatz == "RS" else (1e-9, 1e-6, 1e-4):
        top = last.model.gamma * (1 - short)
        if math.isfinite(excess := gap(top)):  # else the breaking is lost to rounding so close to the end
            break
    if excess <= 0:
        return last
    gamma = optimize.brentq(gap, 1e-4 * top, top, xtol=1e-300, rtol=1e-13)
    return solve_learning(_at(model, gamma, T), ansatz=ansatz, examples=examples)


def _free_energy_without_signal(model: Learning, ansatz: str, examples: str) -> float:
    """Of what is at equilibrium without retrieval."""
    if model.P == 2:
        # next to its transition the glass's breaking is lost to rounding, and of no weight
        for how, start in ((ansatz, "spin-glass"), ("RS", "spin-glass"), ("RS", "paramagnet")):
            found = solve_learning(model, ansatz=how, start=start, examples=examples)
            if found.converged:
                break
        return found.f
    same = equivalent(model)
    transition = glass.transitions(stored(model.P))[1]
    if glass.reduced_temperature(same.gamma, same.T) < transition:
        return solve_dense(same, ansatz="1RSB", start="spin-glass").f
    return solve_dense(same, start="paramagnet").f


def _glass_point(model: Learning) -> Solution:
    gamma = check_real("gamma", model.gamma, low=0.0, open_low=True)
    if model.P == 2:
        T = pairs.glass_temperature(pair_network(model, gaussian(0.0)), gamma)
    else:
        T = math.sqrt(effective_load(model)) * glass.transitions(stored(model.P))[1]
    return solve_learning(_at(model, gamma, T), start="paramagnet")


# --- the de Almeida–Thouless line ---


def _at_point(model: Learning, examples: str) -> Solution:
    net = _network(model, examples)
    least, (last, most) = _load(model, 0.001), _at_end(net)
    try:
        gamma = check_real("gamma", model.gamma, low=least, high=_load(model, most))
    except ValueError as error:
        why = "below, that of perfect examples is at temperatures that underflow; beyond, it has met the critical load"
        raise ValueError(f"{error}, where the line is known: {why}") from None
    wanted = gamma if isinstance(net, Pairs) else effective_load(model)
    y = last
    if wanted < most:
        # y² times the load is at most 1 on the whole curve, by Cauchy–Schwarz, and sharp to rounding without noise
        high = (1 + 1e-12) / math.sqrt(wanted)
        y = optimize.brentq(lambda y: _marginal(net, y)[0] - wanted, y, high, xtol=rs.TINY, rtol=rs.TINY)
    _, T, n, sigma = _marginal(net, y)
    point = _symmetric_at(net, wanted, T, n, sigma)
    return symmetric_solution(_at(model, gamma, T), "retrieval", net.pattern, point, 1)


def _marginal(net: Network | Pairs, y: float) -> tuple[float, float, float, float]:
    """Load, temperature, n and noise of the state of signal-to-noise ratio y with a vanishing replicon."""
    if isinstance(net, Network):
        return rs.marginal(net, y)
    alpha, T, sigma = pairs.marginal(net, y)
    return alpha, T, y * sigma, sigma


@lru_cache(maxsize=256)
def _at_end(net: Network | Pairs) -> tuple[float, float]:
    """Signal-to-noise ratio and load where the line meets the spinodal."""
    if isinstance(net, Network):
        n, _ = rs.spinodal(net, T := one_rsb.end_of_breaking(net))
        y = n ** (net.P - 1) / rs.noise(net, n, T)
    else:
        y = pairs.spinodal(net, pairs_one_rsb.end_of_breaking(net))[0]
    return y, _marginal(net, y)[0]
