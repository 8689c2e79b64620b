"""The states of networks that learn from examples, by name."""

import math

from statmech.checks import check_choice
from statmech.models import SupervisedHebbian, UnsupervisedHebbian
from statmech.results import Solution
from theory.dense import rs
from theory.dense.states import broken_retrieval, solve_dense, states_dense
from theory.dispatch import solve, states
from theory.learning import pairs, pairs_one_rsb
from theory.learning.example import example_state
from theory.learning.law import Learning, dense_network, effective_load, retrieved
from theory.learning.pairs import Pairs, pair_network
from theory.learning.solutions import (
    UNRESOLVED,
    absent,
    broken,
    broken_pairs,
    equivalent,
    merged,
    symmetric_solution,
    without_signal,
)

STARTS = ("retrieval", "spin-glass", "paramagnet", "example")
"""The states that `solve` can be asked for."""
ANSATZE = ("RS", "1RSB")
_ROUNDING = 1e-14  # of the ratio of the load to the effective one


@solve.register(SupervisedHebbian)
@solve.register(UnsupervisedHebbian)
def solve_learning(
    model: Learning, *, ansatz: str = "RS", start: str = "retrieval", examples: str = "binomial"
) -> Solution:
    r"""Solve a Hebbian network that learns from examples for one state.

    With :math:`\chi` the average of a class's examples on a site, in units of its root mean square
    (`theory.learning.law`), and symmetric overlaps with the examples, both protocols give the field
    :math:`h = n^{P-1}\chi + \sigma z`, z standard normal,

    .. math::

        m = \mathrm{E}\tanh\beta h, \qquad n = \mathrm{E}\,\chi\tanh\beta h, \qquad q = \mathrm{E}\tanh^2\beta h .

    For P ≥ 4 the noise is :math:`\sigma^2 = \gamma_\mathrm{eff}\,q^{P-1}`: the network is that of stored patterns at
    the load :math:`\gamma_\mathrm{eff}` (`theory.learning.law.effective_load`) with another pattern,

    .. math::

        f = \Big(1-\frac1P\Big)n^P - \frac{\beta\gamma_\mathrm{eff}}{2P}\big[1 - Pq^{P-1} + (P-1)q^P\big]
            - T\,\mathrm{E}\ln2\cosh\beta h, \qquad
        u = -\frac{n^P}P - \frac{\beta\gamma_\mathrm{eff}}P(1-q^P) ;

    for P = 2 see `theory.learning.pairs`. At r = 1 or M = ∞ all is that of `statmech.DenseHebbian` or
    `statmech.Hopfield`.

    Order parameters: ``m``, the magnetisation of the archetype, :math:`\frac1N\sum_i\xi_is_i`; ``n``, the overlap with
    the average of its examples, :math:`\frac1{N\sqrt R}\sum_i\bar\eta_is_i`; ``q``, the overlap of two replicas;
    ``C`` = :math:`\beta(1-q)`; ``v`` = :math:`\sigma^2` (:math:`\alpha r` in the letters of the Hopfield model). With
    one step of breaking ``q0``, ``q1``, ``x``, ``D`` = x/T and ``C`` = :math:`\beta(1-q_1)`. The literature's
    :math:`n = \frac1{Nr(1+\rho)}\sum_i\bar\eta_is_i` [1]_, [2]_ is this one over :math:`\sqrt{1+\rho}`.

    Parameters
    ----------
    model : SupervisedHebbian or UnsupervisedHebbian
        The state point.
    ansatz : str
        ``"RS"``; or ``"1RSB"``, for retrieval and the glass.
    start : str
        ``"retrieval"``, ``"spin-glass"`` or ``"paramagnet"``. The latter two do not know of the examples but by
        :math:`\gamma_\mathrm{eff}`: see `theory.dense.solve_dense`. Without a teacher also ``"example"``, the state
        next to a single example, with its overlap ``n_example``: see `theory.learning.example`.
    examples : str
        ``"binomial"``, the law of the average of M examples; or ``"gaussian"``, its limit at many examples, in which
        the literature states its equations.

    Returns
    -------
    Solution
        Residual at most 1e-12 where it is converged; `stability` and `replicon` as in `theory.dense.solve_dense`, and
        for P = 2 as in `theory.learning.pairs.symmetric_at` and `theory.hopfield.one_rsb.solve_one_rsb`.

    Raises
    ------
    ValueError
        If an argument is not one of these, or there is no such state.

    References
    ----------
    .. [1] E. Agliari, L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, F. Giannotti, D. Lotito, D. Pedreschi,
       Physica A 626, 129076 (2023), arXiv:2212.00606.
    .. [2] Same authors, Physica A 627, 129143 (2023), arXiv:2211.14067.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> point = dict(P=4, gamma=0.02, T=0.1, r=0.5, M=20)
    >>> theory.solve(sm.SupervisedHebbian(**point))  # doctest: +ELLIPSIS
    m = 0.968687  n = 0.930347  q = 0.978576  C = 0.214236  v = 0.0187419  f = -0.193217  u = ...  [RS, ...
    >>> round(theory.learning.solve_learning(sm.SupervisedHebbian(**point), examples="gaussian").m, 4)
    0.9752
    """
    check_choice("start", start, STARTS if isinstance(model, UnsupervisedHebbian) else STARTS[:3])
    pattern = retrieved(model, examples)
    if check_choice("ansatz", ansatz, ANSATZE) == "1RSB":
        check_choice("start", start, ("retrieval", "spin-glass"))
        if model.P == 2:
            net = pair_network(model, pattern)
            return _broken_pairs(model, net, examples) if start == "retrieval" else _broken_glass(model, net, examples)
        if start == "retrieval":
            dense = dense_network(model.P, pattern)
            return broken(model, dense, broken_retrieval(equivalent(model), dense))
    if start == "example" and isinstance(model, UnsupervisedHebbian):
        check_choice("examples", examples, ("binomial",))  # a single example has no Gaussian form
        return example_state(model)
    if start == "retrieval":
        point, evaluations, why = _retrieval(model, examples)
        if point is None:
            return absent(model, ansatz, start, why)
        return symmetric_solution(model, start, pattern, point, evaluations)
    if model.P > 2:
        return without_signal(model, solve_dense(equivalent(model), ansatz=ansatz, start=start))
    return _pairs_without_signal(model, start, examples)


def _retrieval(model: Learning, examples: str) -> tuple[rs.Symmetric | None, int, str]:
    """The replica-symmetric state, evaluations, and why there is none."""
    pattern, T, limit = retrieved(model, examples), model.T, 0.0
    if model.P == 2:
        pair = pair_network(model, pattern)
        point, evaluations = pairs.retrieval(pair, model.gamma, T)
        end = 1.0
        if point is None and end > T:
            limit = pairs.spinodal(pair, T)[1]
    else:
        net, load = dense_network(model.P, pattern), effective_load(model)
        point, evaluations = rs.retrieval(net, load, T)
        end = rs.melting(net)[0]
        if point is None and end > T:
            top = rs.spinodal(net, T)[1]
            if load <= top * (1 + _ROUNDING):
                point, evaluations = rs.retrieval(net, top, T)
            limit = top * model.gamma / load
    if point is not None:
        return point, evaluations, ""
    if limit == 0.0:
        return None, evaluations, f"no retrieval state at T of {end:.7g} or above, whatever the load"
    why = f"no retrieval state: gamma = {model.gamma:.7g} is above its spinodal {limit:.7g} at T = {T:.7g}"
    return None, evaluations, why


def _pairs_without_signal(model: Learning, start: str, examples: str) -> Solution:
    pattern = retrieved(model, examples)
    net, T = pair_network(model, pattern), model.T
    if start == "paramagnet":
        if T <= 1:
            return absent(
                model, "RS", start, "no paramagnetic solution at T <= 1: its susceptibility diverges at T = 1"
            )
        return symmetric_solution(model, start, pattern, pairs.symmetric_at(net, model.gamma, T, 0.0, 0.0), 1)
    point, evaluations = pairs.spin_glass(net, model.gamma, T)
    if point is None:
        limit = pairs.glass_temperature(net, model.gamma)
        return absent(model, "RS", start, f"no spin-glass state at T >= T_g = {limit:.7g} or gamma = 0")
    return symmetric_solution(model, start, pattern, point, evaluations)


_SAFE = 0.9  # fraction of the replica-symmetric critical load below which solving at fixed load always works


def _broken_pairs(model: Learning, net: Pairs, examples: str) -> Solution:
    """Retrieval of pairs with one step: replica symmetric above its AT temperature, and there up to the spinodal."""
    alpha, T = model.gamma, model.T
    point, _ = pairs.retrieval(net, alpha, T)
    if (pairs_one_rsb.end_of_breaking(net) <= T) if point is None else not pairs_one_rsb.breaks(net, point):
        return merged(solve_learning(model, examples=examples))
    if point is not None:
        found = broken_pairs(model, net, pairs_one_rsb.at_load(net, point))
        if alpha < _SAFE * pairs.spinodal(net, T)[1] or (found.converged and found.stability > 0):
            return found
    limit = pairs_one_rsb.spinodal(net, T)[1]
    if alpha > limit:
        why = f"no retrieval state: gamma = {alpha:.7g} is above the critical load {limit:.7g} at T = {T:.7g}"
        return absent(model, "1RSB", "retrieval", why)
    root = pairs_one_rsb.near_spinodal(net, alpha, T)
    return absent(model, "1RSB", "retrieval", UNRESOLVED) if root is None else broken_pairs(model, net, root)


def _broken_glass(model: Learning, net: Pairs, examples: str) -> Solution:
    symmetric = solve_learning(model, start="spin-glass", examples=examples)
    if not symmetric.converged:
        return absent(model, "1RSB", "spin-glass", symmetric.message)
    root = pairs_one_rsb.glass(net, model.gamma, model.T, math.sqrt(symmetric.v))
    return broken_pairs(model, net, root, "spin-glass")


@states.register(SupervisedHebbian)
@states.register(UnsupervisedHebbian)
def states_learning(model: Learning, *, ansatz: str = "RS", examples: str = "binomial") -> list[Solution]:
    """The states of a network that learns from examples, the equilibrium one first; see `theory.states`.

    Without that next to a single example. For P ≥ 4 glass and paramagnet are ranked as by
    `theory.dense.states.states_dense`, and the glass breaks replica symmetry for either ansatz; for P = 2 it has the
    same ansatz as retrieval.
    """
    found = [solve_learning(model, ansatz=ansatz, examples=examples)]
    if model.P == 2:
        found.append(solve_learning(model, ansatz=ansatz, start="spin-glass", examples=examples))
        found.append(solve_learning(model, start="paramagnet", examples=examples))
        return sorted((state for state in found if state.converged), key=lambda state: state.f)
    others = [state for state in states_dense(equivalent(model), ansatz=ansatz) if state.state != "retrieval"]
    found += [without_signal(model, state) for state in others]
    ranked = sorted((state for state in found[:2] if state.converged), key=lambda state: state.f)
    return ranked + found[2:]
