"""The states of the network that learns from examples, by either protocol."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import optimize

from statmech.checks import check_choice
from statmech.models import MultitaskingLearning
from statmech.results import Solution, no_solution
from theory.dispatch import solve, states
from theory.multitasking.averages import ENUMERATED, Array, Averages
from theory.multitasking.descent import TOLERANCE
from theory.multitasking.states import (
    EXACT,
    RETRIEVED,
    STARTS,
    distinct,
    find_minima,
    order_parameters,
    state_class,
)
from theory.multitasking.zero_temperature import ORDERS, hierarchical_amplitudes, zero_minima
from theory.multitasking_learning.entries import (
    DATASETS,
    archetype_averages,
    free_spins,
    gain,
    learning_averages,
)

LOOSE = 1e-10
"""Largest residual of a converged state: what the products of characteristic functions leave of rounding."""
COOL = 0.01
"""Reduced temperature T/(1-d) of the descents that those of many patterns at T = 0 go on from."""
WALKED = 50_000
"""Largest number of configurations of half of the archetypes in descents of many patterns at T = 0."""
GAUSSIAN = 10
"""Largest number of archetypes at T = 0 with Gaussian noise."""


def starting_amplitudes(model: MultitaskingLearning) -> Array:
    """Where descents start: the states without noise at T = 0, symmetric and random amplitudes, all moved a little."""
    K, d = model.K, model.d
    few = many_at_zero(model)
    generator = np.random.default_rng(K)
    known = zero_minima(K, d)[:8] if K in ORDERS else hierarchical_amplitudes(K, d)[None]
    equal = [0.8 * (1 - d) / math.sqrt(n) * (np.arange(K) < n) for n in range(1, (2 if few else K) + 1)]
    starts = np.vstack((known, equal, (1 - d) * generator.random((2 if few else 2 * K, K)) ** 2))
    return starts + 1e-3 * (1 - d) * generator.random(starts.shape)


def many_at_zero(model: MultitaskingLearning) -> bool:
    """Whether every evaluation is long, so that few descents start."""
    return model.T == 0 and model.K > ENUMERATED


def check_length(model: MultitaskingLearning, dataset: str) -> None:
    """Raise if descents of many patterns at T = 0 would not end within half a minute or so."""
    instead = f"; T >= {COOL} (1-d) has any"
    if dataset == "gaussian" and model.rho > 0:
        if model.K > GAUSSIAN:
            raise ValueError(
                f"K = {model.K} is not allowed: K must be at most {GAUSSIAN} at T = 0 with Gaussian noise{instead}"
            )
        return
    most = int(WALKED ** (1 / ((model.K + 1) // 2))) - 2
    if most < model.M < math.inf:
        allowed = f"at most {most}, or math.inf," if most > 0 else "math.inf"
        raise ValueError(f"M = {model.M} is not allowed: M must be {allowed} with K = {model.K} at T = 0{instead}")


def cooled(model: MultitaskingLearning, starts: Array) -> Array:
    """Minima at the reduced temperature `COOL`, moved a little: Newton's steps lead there, and they are close to T = 0.

    The move takes equal amplitudes off the ties that they would be stuck in.
    """
    T = COOL * (1 - model.d)
    x = find_minima(learning_averages(replace(model, T=T), "exact"), starts, np.full(len(starts), T))[0]
    x = x[distinct(x, 1 - model.d)]
    return x + 1e-3 * (1 - model.d) * np.random.default_rng(model.K).random(x.shape)


def settled(averages: Averages, x: Array, limit: int = 500) -> Array:
    """Follow the plain iteration at T = 0 to its fixed points: no step needs to be tried, for none raises f."""
    x, moving = x.copy(), np.arange(len(x))
    for _ in range(limit):
        F = averages(x[moving], np.zeros(len(moving)))[1]
        still = np.abs(x[moving] - F).max(axis=1) > TOLERANCE * np.abs(F).max(axis=1)
        x[moving] = F
        moving = moving[still]
        if not moving.size:
            break
    return x


def minima(model: MultitaskingLearning, dataset: str = "exact") -> list[Solution]:
    """Minima of the free energy that descents find, lowest first, one of each set related by symmetry.

    They are minima in the overlaps with the means of the examples; without a teacher one of negative `stability` is
    left in favour of single examples.

    At T = 0 the law of the fields of a finite dataset is a set of steps, and so many minima lie close to each other
    that a few starts find only some.
    """
    if 1 - model.d <= model.T:
        return [_solution(model, np.zeros(model.K), 1, dataset)]
    if many_at_zero(model):
        check_length(model, dataset)
    averages, starts = learning_averages(model, dataset), starting_amplitudes(model)
    # with Gaussian noise there are no steps to walk down
    if many_at_zero(model) and (dataset == "exact" or model.rho == 0):
        starts = settled(averages, cooled(model, starts))
    x, _, steps = find_minima(averages, starts, np.full(len(starts), model.T))
    found = [_solution(model, x[k], steps, dataset) for k in distinct(x, 1 - model.d)]
    return sorted((one for one in found if one.converged and one.stability > -math.inf), key=lambda one: one.f)


def relax(model: MultitaskingLearning, amplitudes: Sequence[float] | Array, dataset: str = "exact") -> Solution:
    """The minimum that descent from given overlaps with the archetypes leads to.

    Parameters
    ----------
    model : MultitaskingLearning
        The state point.
    amplitudes : array_like
        K overlaps :math:`m_\\mu`, as `theory.multitasking.hierarchical_amplitudes`.
    dataset : str
        ``"exact"`` or ``"gaussian"``.

    Raises
    ------
    ValueError
        If there are not K amplitudes, or `dataset` is not one of these.
    """
    check_choice("dataset", dataset, DATASETS)
    start = np.asarray(amplitudes, dtype=float)
    if start.shape != (model.K,):
        raise ValueError(f"amplitudes = {amplitudes!r} is not allowed: amplitudes must be K = {model.K} numbers")
    if 1 - model.d <= model.T:
        return _solution(model, np.zeros(model.K), 1, dataset)
    x, _, steps = find_minima(learning_averages(model, dataset), start[None], np.array([model.T]))
    if np.isnan(x[0, 0]):
        return absent(model, "equilibrium", "descent from these amplitudes ends in no stable state")
    return _solution(model, x[0], steps, dataset)


def single_example_eigenvalue(model: MultitaskingLearning, x: Array, dataset: str) -> float:
    r"""Smallest eigenvalue against the retrieval of single examples, without a teacher.

    In the space of all overlaps :math:`n_{\mu a}` the Hessian of the unsupervised free energy has, besides that of the
    means, for each archetype the (M-1)-fold eigenvalue

    .. math::

        1 - \frac{\beta}{\Gamma(M-1)} \mathrm{E}\big[(\xi_\mu^2 - \bar\eta_\mu^2)\,\mathrm{sech}^2\beta h\big] ,

    in the paramagnet :math:`1 - \beta(1-d)(1-r^2)/\Gamma M`, which vanishes below T_c only.
    """
    if model.M == 1 or math.inf == model.M:
        return 1.0
    _, own = archetype_averages(model, x, dataset)
    B = learning_averages(model, dataset)(x[None], np.array([model.T]))[2][0]
    return float(np.min(1 - (own / gain(model) - np.diag(B)) / (model.M - 1)))


def _solution(model: MultitaskingLearning, x: Array, steps: int, dataset: str, known: float | None = None) -> Solution:
    """The `Solution` with given sorted amplitudes x."""
    K, d, T = model.K, model.d, model.T
    x = np.where(x > (EXACT if T == 0 else RETRIEVED) * (1 - d), x, 0.0)
    zero = not x.any()
    if zero:
        f, residual, m, lowest = -T * math.log(2), 0.0, x, 1 - (1 - d) / T if T > 0 else -math.inf
        if model.protocol == "unsupervised" and T > 0:
            lowest = min(lowest, 1 - (1 - d) * (1 - model.r**2) / (T * gain(model) * model.M))
    else:
        values, F, B = learning_averages(model, dataset)(x[None], np.array([T]))
        f, residual = float(values[0]), float(np.abs(x - F[0]).max())
        m, _ = archetype_averages(model, x, dataset)
        lowest = float(np.linalg.eigvalsh(np.eye(K) - B[0])[0]) if known is None else known
        if T == 0 and free_spins(model, x, dataset)[1] > EXACT:
            lowest = -math.inf
        if model.protocol == "unsupervised":
            lowest = min(lowest, single_example_eigenvalue(model, x, dataset))
    # of examples of hardly any quality it is their means that are retrieved
    name = state_class(m if m.max() > RETRIEVED * (1 - d) else x, d, T)
    if residual > LOOSE:
        return absent(model, name, f"not solved to tolerance: residual {residual:.1e}")
    u = -0.5 * float(x @ x) + 0.0
    s = (u - f) / T if T > 0 else math.log(2) * (1.0 if zero else free_spins(model, x, dataset)[0])
    order = {**order_parameters(m), **order_parameters(x * math.sqrt(gain(model)), "n")}
    return Solution(
        model=model, ansatz="RS", state=name, order=order, f=f, u=u, s=s,
        converged=True, residual=residual, iterations=steps, stability=lowest, replicon=1.0,
    )  # fmt: skip


def absent(model: MultitaskingLearning, state: str, message: str) -> Solution:
    """The answer where there is none: every value NaN, and the reason."""
    none = np.full(model.K, math.nan)
    return no_solution(model, "RS", state, message, {**order_parameters(none), **order_parameters(none, "n")})


@solve.register
def solve_multitasking_learning(
    model: MultitaskingLearning, *, ansatz: str = "RS", start: str = "equilibrium", dataset: str = "exact"
) -> Solution:
    r"""Solve the network that learns from examples for one state, K and M finite, exactly in M.

    Order parameters, sorted: ``m_1`` … ``m_K``, overlaps with the archetypes, and ``n_1`` … ``n_K``, with the means of
    the examples, which solve

    .. math::

        n_\mu = \mathrm{E}\,\bar\eta_\mu\tanh\beta h, \qquad m_\mu = \mathrm{E}\,\xi_\mu\tanh\beta h, \qquad
        h = \frac1\Gamma \sum_\nu n_\nu\bar\eta_\nu .

    Both protocols have these equations at every M: without a teacher :math:`n_{\mu a} = n_\mu` solves the M times as
    many equations of the single examples. They differ in `stability`, which without a teacher includes that against
    single examples. As :math:`M \to \infty`, :math:`n = rm` and the model is `statmech.Multitasking`.

    Parameters
    ----------
    model : MultitaskingLearning
        The state point.
    ansatz : str
        ``"RS"``; there are no replicas to break.
    start : str
        As of `theory.multitasking.solve_multitasking`.
    dataset : str
        ``"exact"``, or ``"gaussian"``: the noise of the mean example as Gaussian of the same variance.

    Raises
    ------
    ValueError
        If `ansatz`, `start` or `dataset` is not one of these.

    Examples
    --------
    >>> import statmech as sm, theory
    >>> theory.solve(sm.MultitaskingLearning(K=2, d=0.3, T=0.07, r=0.4, M=25))  # doctest: +ELLIPSIS
    m_1 = 0.62519  m_2 = 0.258849  n_1 = 0.272818  n_2 = 0.115716  f = ...  [RS, hierarchical, ...]
    """
    check_choice("ansatz", ansatz, ("RS",))
    check_choice("dataset", dataset, DATASETS)
    numbered = {f"symmetric-{n}": n for n in range(2, model.K + 1)}
    check_choice("start", start, (*STARTS, *numbered))
    if start == "paramagnet":
        return _solution(model, np.zeros(model.K), 1, dataset)
    counted = {"pure": 1, "symmetric": model.K, **numbered}
    if start in counted:
        return _stationary(model, start, counted[start], dataset)
    found = minima(model, dataset)
    if not found:
        return absent(model, start, "no descent of the free energy converged to a minimum at this point")
    named = [state for state in found if start in ("equilibrium", state.state)]
    return named[0] if named else absent(model, start, f"no {start} state: no minimum of this class at this point")


def _stationary(model: MultitaskingLearning, start: str, n: int, dataset: str) -> Solution:
    """The state of n equal amplitudes, from its equation of one unknown, whose right-hand side is concave."""
    if 1 - model.d <= model.T:
        return absent(model, start, f"no {start} state at T >= T_c = {1 - model.d:g}: only the paramagnet")
    T = np.array([model.T])
    averages = learning_averages(model, dataset)

    def right(x: float) -> float:
        return float(averages(np.full((1, n), x), T)[1].mean())

    saturated = right(1e3) if model.T == 0 else 1.0 - model.d
    x = saturated if model.T == 0 else optimize.brentq(lambda x: right(x) - x, 1e-6, saturated, xtol=1e-16, rtol=1e-14)
    return _solution(model, x * (np.arange(model.K) < n), 1, dataset)


@states.register
def states_multitasking_learning(model: MultitaskingLearning, *, ansatz: str = "RS") -> list[Solution]:
    """The minima of the free energy that were found, lowest first; see `theory.states` and `minima`."""
    check_choice("ansatz", ansatz, ("RS",))
    return minima(model)
