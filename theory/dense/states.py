"""The states of dense Hebbian networks by name."""

import math
from dataclasses import replace
from types import SimpleNamespace

from statmech.checks import check_choice
from statmech.models import DenseHebbian
from statmech.results import Solution
from theory.dense import glass, one_rsb, rs
from theory.dense.network import Network, stored
from theory.dense.solutions import ORDER, absent, broken_solution, merged, selected_glass, symmetric_solution
from theory.dispatch import solve, states
from theory.parisi import dynamical
from theory.parisi.ladder import full_solution
from theory.parisi.states import broken_solution as ladder_solution

STARTS = ("retrieval", "spin-glass", "paramagnet")
"""The states that `solve` can be asked for."""
ANSATZE = ("RS", "1RSB", "full")


@solve.register
def solve_dense(model: DenseHebbian, *, ansatz: str = "RS", start: str = "retrieval") -> Solution:
    r"""Solve a dense Hebbian network for one state.

    Order parameters: ``m``, the Mattis magnetisation of the retrieved pattern, ``q``, the overlap of two replicas, and
    ``C`` = :math:`\beta(1-q)` (:math:`\beta(1-q_1)` with breaking), which is finite at T = 0; with one step of breaking
    also the overlaps ``q0`` between and ``q1`` inside blocks, the block parameter ``x``, and ``D`` = x/T. Equations:
    `theory.dense.rs`, `theory.dense.one_rsb`, `theory.dense.glass`.

    Parameters
    ----------
    model : DenseHebbian
        The state point.
    ansatz : str
        ``"RS"``; ``"1RSB"``, for retrieval and the glass; or ``"full"``, for the glass alone.
    start : str
        ``"retrieval"``, ``"spin-glass"`` or ``"paramagnet"``. The glass of distinct indices is one of one step: between
        :math:`T_s` and :math:`T_d` the answer is that of its metastable states, x = 1, with their ``complexity``. A
        replica-symmetric glass exists as well, at low temperatures only, appears with a finite overlap and has a
        negative entropy; it is unphysical, and its `message` says so.

    Returns
    -------
    Solution
        Residual at most 1e-12 where it is converged (1e-9 for ``"full"``). `stability` is
        the smallest real part of the eigenvalues of 1 - J, with J the Jacobian of the map of m and of the variance of
        the noise; with one step it is 1 - dm'/dm of the map of m with everything else solved, which vanishes at the
        spinodal, and 1 - dq'/dq of the map of q in the glass (of :math:`\ln\sigma_0^2` where it begins continuously, of
        the functional for ``"full"``). `replicon` is the smallest eigenvalue against (further)
        breaking, in units of its value without noise.

        Where replica symmetry is stable (retrieval above its AT temperature) the one-step answer is the
        replica-symmetric state, with ``q0`` = ``q1``, NaN for ``x`` and ``D``, and a message that says so. Within about
        0.1 % below that temperature the breaking can be lost to rounding; the answer is then not converged and says so.

    Raises
    ------
    ValueError
        If `ansatz` or `start` is not one of these, or the ansatz has no such state.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.DenseHebbian(P=4, gamma=0.1, T=0.2))  # doctest: +ELLIPSIS
    m = 0.992742  q = 0.988642  C = 0.0567913  f = -0.250841  u = -0.248404  s = 0.0121884  [RS, retrieval, ...]
    """
    check_choice("start", start, STARTS)
    net = stored(model.P, model.indices)
    if check_choice("ansatz", ansatz, ANSATZE) == "1RSB":
        check_choice("start", start, ("retrieval", "spin-glass"))
        return broken_retrieval(model, net) if start == "retrieval" else _broken_glass(model, net, ansatz)
    if ansatz == "full":
        check_choice("start", start, ("spin-glass",))
        return _broken_glass(model, net, ansatz)
    if start == "paramagnet":
        return _paramagnet(model, net)
    return _retrieval(model, net) if start == "retrieval" else _symmetric_glass(model, net)


@states.register
def states_dense(model: DenseHebbian, *, ansatz: str = "RS") -> list[Solution]:
    r"""The states of a dense network at a point, the equilibrium one first; see `theory.states`.

    Retrieval with the given ansatz, the glass, and the paramagnet. The glass is the one-step one for ``"RS"`` too: no
    glass of these networks is replica symmetric; ``"full"`` has its glass and one step for retrieval. Of glass and
    paramagnet that one counts which is at equilibrium without retrieval, the glass below the static transition although
    its free energy is the higher one; the other comes last.
    """
    net = stored(model.P, model.indices)
    check_choice("ansatz", ansatz, ANSATZE)
    found = [
        solve_dense(model, ansatz="1RSB" if ansatz == "full" else ansatz),
        solve_dense(model, ansatz="1RSB" if ansatz == "RS" else ansatz, start="spin-glass"),
        solve_dense(model, start="paramagnet"),
    ]
    below = glass.reduced_temperature(model.gamma, model.T) < glass.transitions(net)[1]
    last = "paramagnet" if below and found[1].converged else "spin-glass"
    return sorted((state for state in found if state.converged), key=lambda state: (state.state == last, state.f))


def _retrieval(model: DenseHebbian, net: Network) -> Solution:
    point, evaluations = rs.retrieval(net, model.gamma, model.T)
    if point is not None:
        return symmetric_solution(model, "retrieval", point, evaluations)
    return absent(model, "RS", "retrieval", no_retrieval(net, model))


def no_retrieval(net: Network, model: DenseHebbian) -> str:
    """Why there is no replica-symmetric retrieval state."""
    top = rs.melting(net)[0]
    if top < model.T:
        return f"no retrieval state at T above {top:.7g}, whatever the load"
    gamma_M = rs.spinodal(net, model.T)[1]
    return f"no retrieval state: gamma = {model.gamma:.7g} is above its spinodal {gamma_M:.7g} at T = {model.T:.7g}"


_SAFE = 0.9  # fraction of the replica-symmetric critical load below which solving at fixed load always works


def broken_retrieval(model: DenseHebbian, net: Network) -> Solution:
    """Retrieval with one step of breaking: replica symmetric above its AT temperature, and there up to the spinodal."""
    gamma, T = model.gamma, model.T
    if one_rsb.end_of_breaking(net) <= T:
        return merged(_retrieval(model, net))
    point, evaluations = rs.retrieval(net, gamma, T)
    if point is not None:
        if point.replicon >= 0 or one_rsb.scale_of_breaking(net, gamma, T, point.n, point.sigma) < one_rsb.NO_BREAKING:
            return merged(symmetric_solution(model, "retrieval", point, evaluations))
        found = broken_solution(model, net, one_rsb.at_load(net, gamma, T, point))
        # with breaking the overlap is larger, and there the load falls along the branch: this is the stable state
        if gamma < _SAFE * rs.spinodal(net, T)[1] or (found.converged and found.m >= point.n):
            return found
    limit = one_rsb.spinodal(net, T)[1]
    if gamma > limit:
        why = f"no retrieval state: gamma = {gamma:.7g} is above the critical load {limit:.7g} at T = {T:.7g}"
        return absent(model, "1RSB", "retrieval", why)
    root = one_rsb.near_spinodal(net, gamma, T)
    if root is not None:
        return broken_solution(model, net, root)
    why = "the equations were not solved to tolerance: the breaking is not resolved here"
    return absent(model, "1RSB", "retrieval", why)


def _symmetric_glass(model: DenseHebbian, net: Network) -> Solution:
    point, evaluations = rs.spin_glass(net, model.gamma, model.T)
    if point is None:
        limit = math.sqrt(model.gamma) * rs.glass_melting(net)[0]
        why = f"no replica-symmetric spin glass at T = {model.T:.7g}, above {limit:.7g}"
        return absent(model, "RS", "spin-glass", why)
    found = symmetric_solution(model, "spin-glass", point, evaluations)
    if not found.converged:
        return found
    breaking = "by one step" if glass.is_discontinuous(net) else "continuously"
    return replace(found, message=f"unphysical: the glass of this network breaks replica symmetry, {breaking}")


def _paramagnet(model: DenseHebbian, net: Network) -> Solution:
    if model.T == 0:
        return absent(model, "RS", "paramagnet", "no paramagnet at T = 0")
    point = rs.paramagnet(net, model.gamma, model.T)
    if not math.isfinite(point.C + point.s + point.u):
        return absent(model, "RS", "paramagnet", f"T = {model.T!r} is zero to rounding: no paramagnet")
    found = symmetric_solution(model, "paramagnet", point, 1)
    return replace(found, message="unphysical: negative entropy") if found.s < 0 else found


def _broken_glass(model: DenseHebbian, net: Network, ansatz: str) -> Solution:
    """The glass with breaking: from its metastable states or the equations of one step, or of Parisi."""
    T, reduced = model.T, glass.reduced_temperature(model.gamma, model.T)
    dynamic, static = glass.transitions(net)
    limit = dynamic if ansatz == "1RSB" else static
    if limit <= reduced:
        why = f"no spin-glass state at T >= {math.sqrt(model.gamma) * limit:.7g}"
        return absent(model, ansatz, "spin-glass", why)
    if ansatz == "1RSB" and glass.is_discontinuous(net):
        find = dynamical.metastable if static <= reduced else glass.equilibrium
        state = find(net.xi, reduced)
        assert state is not None
        return selected_glass(model, net, state)
    if ansatz == "1RSB":
        symmetric, _ = rs.spin_glass(net, model.gamma, T)
        if symmetric is None:
            return absent(model, ansatz, "spin-glass", "the glass has no overlap to rounding: this is its transition")
        return broken_solution(model, net, one_rsb.glass(net, model.gamma, T, symmetric.sigma), "spin-glass")
    ladder = full_solution(glass.loaded(net, model.gamma), T, steps=6)
    found = ladder_solution(SimpleNamespace(T=T, h=0.0), ansatz, ladder)
    return replace(found, model=model, order={name: found.order[name] for name in ORDER[ansatz]})
