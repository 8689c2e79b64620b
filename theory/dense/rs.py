r"""Replica-symmetric states of dense networks, at any T ≥ 0, for any covariance of the noise.

With the overlap n with the pattern (the magnetisation m where the pattern is stored itself),
:math:`h = n^{P-1}\chi + \sigma z`, z standard normal, and :math:`C = \beta(1-q)`,

.. math::

    n = \mathrm{E}\,\chi\tanh\beta h, \qquad q = \mathrm{E}\tanh^2\beta h, \qquad \sigma^2 = \gamma\,\xi'(q) .

    f &= \Big(1 - \frac1P\Big) n^P - \frac{\beta\gamma}2\big[\xi(1) - \xi(q) - (1-q)\,\xi'(q)\big]
         - T\,\mathrm{E}\ln2\cosh\beta h , \\
    u &= -\frac{n^P}P - \beta\gamma\,[\xi(1) - \xi(q)] , \qquad
    \text{replicon} = 1 - \beta^2\gamma\,\xi''(q)\,\mathrm{E}\,\mathrm{sech}^4\beta h .

There is no resummation of the patterns' fluctuations, as there is for pairs: with distinct indices the noise is
:math:`\sigma^2 = \gamma q^{P-1}` [1]_, [2]_.

The equations are explicit in n: at given T exactly one noise :math:`\sigma(n; T)` satisfies the first, because its
right-hand side decreases with :math:`\sigma` at fixed n, and the load :math:`\gamma(n; T) = \sigma^2/\xi'(q)` follows.
The curve begins and ends at :math:`\gamma = 0`, at the two overlaps of the network without load. Retrieval is its outer
stretch, down to the spinodal: the maximum at the largest n. (At low temperatures there are further stationary points at
small n, on solutions that replica symmetry breaking destroys.) At T = 0 and for a stored pattern the curve is
:math:`\gamma\,\xi'(1) = \mathrm{erf}(y)^{2(P-1)}/2y^2`, :math:`m = \mathrm{erf}(y)`.

References
----------
.. [1] E. Gardner, J. Phys. A 20, 3453 (1987).
.. [2] L. Albanese, F. Alemanno, A. Alessandrelli, A. Barra, J. Stat. Phys. 189, 24 (2022), arXiv:2111.12997.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import optimize

from statmech.branch import stationary_points
from statmech.gaussian import field_moments
from theory.dense.network import Network
from theory.dense.pattern import site_moments, site_overlap, site_potential

TINY = 1e-15  # relative accuracy that every bracketed root is asked for
TOLERANCE = 1e-12
"""Largest residual of a converged solution."""


@dataclass(frozen=True, kw_only=True)
class Symmetric:
    r"""A replica-symmetric solution.

    Attributes
    ----------
    gamma, T : float
        Load and temperature.
    n, q, C : float
        Overlap with the pattern, overlap of two replicas, :math:`\beta(1-q)`.
    sigma : float
        Standard deviation of the noise field.
    f, u, s : float
        Free energy, energy, entropy per spin.
    residual : float
        Largest undamped defect of the equations of n and of :math:`\sigma`, the latter relative where it exceeds 1.
    stability : float
        Smallest real part of the eigenvalues of 1 - J, where J is the Jacobian of the map
        :math:`(n, \sigma^2) \to (\mathrm{E}\chi\tanh\beta h, \gamma\xi'(q))`.
    replicon : float
        Negative beyond the de Almeida–Thouless line; :math:`-\infty` at T = 0 where there is noise.
    """

    gamma: float
    T: float
    n: float
    q: float
    C: float
    sigma: float
    f: float
    u: float
    s: float
    residual: float
    stability: float
    replicon: float


def symmetric_at(net: Network, gamma: float, T: float, n: float, sigma: float) -> Symmetric:
    """Everything that follows from an overlap and a noise that solve the equations."""
    P, xi = net.P, net.xi
    values, weights = net.pattern.arrays
    k, k_n = n ** (P - 1), (P - 1) * n ** (P - 2)
    new, q, C, C4, n_k, n_v, C_v = site_moments(values, weights, k, sigma, T)
    L, S = site_potential(values, weights, k, sigma, T)
    closing = 0.5 * gamma * C * C * xi.remainder(q)
    f, s = (1 - 1 / P) * n**P - L - T * closing, S - closing
    spread = gamma * xi.curvature(q)
    first, second = k_n * n_k, -spread * T * C_v  # diagonal of J; its other two elements enter by their product
    radicand = 0.25 * (first - second) ** 2 - 2 * T * spread * k_n * n_v * n_v
    coupling = spread * C4
    return Symmetric(
        gamma=gamma, T=T, n=n, q=q, C=C, sigma=sigma, f=f, u=f + T * s, s=s,
        residual=max(abs(new - n), abs(math.sqrt(gamma * xi.slope(q)) - sigma) / max(1.0, sigma)),
        stability=1 - 0.5 * (first + second) - math.sqrt(max(radicand, 0.0)),
        replicon=1 - (coupling / T if T > 0 else math.inf if coupling > 0 else 0.0),
    )  # fmt: skip


# --- the curve of retrieval states at one temperature ---


@lru_cache(maxsize=256)
def melting(net: Network) -> tuple[float, float]:
    r"""Temperature above which no load, not even :math:`\gamma = 0`, admits a retrieval state, and its n there.

    Without noise :math:`T(a) = n^{P-1}/a` with :math:`n = \mathrm{E}\chi\tanh a\chi`, and this is its maximum.
    """
    peak = max(
        stationary_points(lambda a: _free_temperature(net, a), np.geomspace(0.05, 50.0, 60)), key=lambda p: p.control
    )
    return float(peak.control), site_overlap(*net.pattern.arrays, peak.parameter, 0.0, 1.0)


def _free_temperature(net: Network, a: float) -> float:
    return site_overlap(*net.pattern.arrays, a, 0.0, 1.0) ** (net.P - 1) / a


@lru_cache(maxsize=8192)
def free_overlaps(net: Network, T: float) -> tuple[float, float]:
    """The two overlaps n > 0 at zero load, unstable and stable, at a temperature up to that of `melting`."""
    top, n_top = melting(net)
    if top <= T:
        return n_top, n_top
    largest = net.pattern.largest
    if T == 0:
        return 0.0, largest
    middle = math.log(n_top ** (net.P - 1) / top)

    def excess(log_a: float) -> float:
        n = site_overlap(*net.pattern.arrays, math.exp(log_a), 0.0, 1.0)
        return (net.P - 1) * math.log(n) - log_a - math.log(T)

    def end(log_a: float) -> float:
        if excess(log_a) * excess(middle) < 0:  # else the bound is sharp to rounding, as T -> 0
            log_a = optimize.brentq(excess, log_a, middle, xtol=1e-300, rtol=TINY)
        return site_overlap(*net.pattern.arrays, math.exp(log_a), 0.0, 1.0)

    # n <= a gives T(a) <= a^(P-2), and n <= E|chi| the other bound
    return end(math.log(T) / (net.P - 2)), end(min((net.P - 1) * math.log(largest) - math.log(T), 700.0))


def noise(net: Network, n: float, T: float) -> float:
    r"""The :math:`\sigma` at which an overlap n between `free_overlaps` solves its equation.

    Bracketed from above by :math:`\mathrm{E}\chi\tanh\beta h \le \sqrt{2/\pi}\,k/\sigma`.
    """
    values, weights = net.pattern.arrays
    k = n ** (net.P - 1)

    def excess(sigma: float) -> float:
        return site_overlap(values, weights, k, sigma, T) - n

    if excess(0.0) <= 0:  # an end of the curve, to rounding
        return 0.0
    return optimize.brentq(excess, 0.0, math.sqrt(2 / math.pi) * k / n, xtol=1e-300, rtol=TINY)


def load(net: Network, n: float, T: float) -> float:
    r"""Load :math:`\gamma(n; T)` at which a solution has the overlap n."""
    sigma = noise(net, n, T)
    q = site_moments(*net.pattern.arrays, n ** (net.P - 1), sigma, T)[1]
    return sigma * sigma / net.xi.slope(q)


def _falling(net: Network, n: float, T: float) -> float:
    """The determinant of 1 - J along the curve: positive where the load falls with n."""
    sigma = noise(net, n, T)
    _, q, _, _, n_k, n_v, C_v = site_moments(*net.pattern.arrays, n ** (net.P - 1), sigma, T)
    spread = sigma * sigma * net.xi.curvature(q) / net.xi.slope(q)
    k_n = (net.P - 1) * n ** (net.P - 2)
    return (1 - k_n * n_k) * (1 + spread * T * C_v) + 2 * T * spread * k_n * n_v * n_v


_MELTED = 1e-12  # within this relative distance of the temperature of `melting` the load is zero to rounding
_FROM_TOP = 1 - np.geomspace(1e-4, 0.98, 18)


@lru_cache(maxsize=8192)
def spinodal(net: Network, T: float) -> tuple[float, float]:
    r"""Overlap and load :math:`\gamma_M(T)` at the end of retrieval, T up to that of `melting`."""
    top, n_top = melting(net)
    if top * (1 - _MELTED) <= T:
        return n_top, 0.0
    low, high = free_overlaps(net, T)
    above = low + (high - low) * float(_FROM_TOP[0])
    for place in _FROM_TOP[1:].tolist():
        below = low + (high - low) * place
        if _falling(net, below, T) < 0:
            break
        above = below
    n = optimize.brentq(lambda n: _falling(net, n, T), below, above, xtol=1e-14, rtol=TINY)
    return n, load(net, n, T)


# --- states at a given load and temperature ---


def retrieval(net: Network, gamma: float, T: float) -> tuple[Symmetric | None, int]:
    """The retrieval state and the number of evaluations that it took; None above the spinodal.

    Newton's method from the pattern itself; where that does not lead to the outer stretch, next to the spinodal, a
    bracketed root along the curve.
    """
    top, n_top = melting(net)
    if top < T:
        return None, 0
    n, sigma, evaluations = _newton(net, gamma, T)
    found = symmetric_at(net, gamma, T, n, sigma)
    if n >= n_top and found.stability > 0 and found.residual <= TOLERANCE:  # all such states are of the outer stretch
        return found, evaluations
    n_M, gamma_M = spinodal(net, T)
    if gamma > gamma_M:
        return None, evaluations
    if n > n_M and found.residual <= TOLERANCE:
        return found, evaluations
    high = free_overlaps(net, T)[1]
    if gamma == gamma_M or load(net, n_M, T) <= gamma:
        return symmetric_at(net, gamma, T, n_M, noise(net, n_M, T)), evaluations
    n, report = optimize.brentq(
        lambda n: load(net, n, T) - gamma, n_M, high, xtol=TINY, rtol=TINY, full_output=True, disp=False
    )
    return symmetric_at(net, gamma, T, n, noise(net, n, T)), evaluations + report.function_calls


_NEWTON_STEPS = 25


def _newton(net: Network, gamma: float, T: float) -> tuple[float, float, int]:
    """Overlap and noise by Newton's method for n and the variance; whether they solve the equations the caller asks."""
    values, weights = net.pattern.arrays
    P, xi = net.P, net.xi
    n, v = net.pattern.largest, gamma * xi.slope(1.0)
    best, result = math.inf, (n, math.sqrt(v))
    evaluations = 0
    while evaluations < _NEWTON_STEPS:
        evaluations += 1
        k_n = (P - 1) * n ** (P - 2)
        new, q, _, _, n_k, n_v, C_v = site_moments(values, weights, k_n * n / (P - 1), math.sqrt(v), T)
        in_n, in_v = new - n, gamma * xi.slope(q) - v
        size = abs(in_n) + abs(in_v)
        if not size < 2 * best:  # neither converging nor just overshooting
            break
        if size < best:
            best, result = size, (n, math.sqrt(v))
        if size < 1e-15:
            break
        spread = gamma * xi.curvature(q)
        a, b = 1 - k_n * n_k, -n_v
        c, d = 2 * T * spread * k_n * n_v, 1 + spread * T * C_v
        det = a * d - b * c
        if det == 0:
            break
        n_step, v_step = (d * in_n - b * in_v) / det, (a * in_v - c * in_n) / det
        n = min(max(n + n_step, 0.5 * n), net.pattern.largest)
        v = max(v + v_step, 0.25 * v)
    return *result, evaluations


@lru_cache(maxsize=256)
def glass_melting(net: Network) -> tuple[float, float]:
    r"""Where the replica-symmetric glass ends: the largest :math:`T/\sqrt\gamma`, and :math:`\beta\sigma` there.

    At m = 0 the equation is explicit in :math:`b = \beta\sigma`: :math:`q = \mathrm{E}\tanh^2 bz` and
    :math:`T/\sqrt\gamma = \sqrt{\xi'(q)}/b`, which tends to :math:`\sqrt{\xi''(0)}` as :math:`b \to 0`.
    """

    def ratio(b: float) -> float:
        return math.sqrt(net.xi.slope(field_moments(0.0, b, 1.0)[1])) / b

    maxima = [point for point in stationary_points(ratio, np.geomspace(0.05, 50.0, 80)) if point.kind == "maximum"]
    continuous = math.sqrt(net.xi.curvature(0.0))
    if maxima and maxima[-1].control > continuous:
        return float(maxima[-1].control), maxima[-1].parameter
    return continuous, 0.0


def spin_glass(net: Network, gamma: float, T: float) -> tuple[Symmetric | None, int]:
    r"""The replica-symmetric glass of the largest overlap, m = 0 and q > 0; None where there is none.

    With distinct indices it appears with a finite overlap at low temperatures, where its entropy is negative. Solved at
    unit load: all energies, temperatures and fields scale with :math:`\sqrt\gamma`.
    """
    limit, b = glass_melting(net)
    scale = math.sqrt(gamma)
    if gamma == 0 or limit <= T / scale:
        return None, 0
    t = T / scale
    high = math.sqrt(net.xi.slope(1.0))

    def excess(sigma: float) -> float:
        return math.sqrt(net.xi.slope(field_moments(0.0, sigma, t)[1])) - sigma

    low = max(b * t, 1e-3 * high) if b > 0 else 0.8 * high
    while b == 0 and excess(low) <= 0:
        low *= 0.8
        if low < 1e-8 * high:
            return None, 0
    sigma, evaluations = high, 1
    if excess(high) < 0 and excess(low) <= 0:  # the end of the branch, to rounding
        sigma = low
    elif excess(high) < 0:  # else sharp, as T -> 0
        sigma, report = optimize.brentq(excess, low, high, xtol=1e-300, rtol=TINY, full_output=True, disp=False)
        evaluations = report.function_calls
    unit = symmetric_at(net, 1.0, t, 0.0, sigma)
    scaled = {name: scale * getattr(unit, name) for name in ("sigma", "f", "u")}
    return replace(unit, gamma=gamma, T=T, C=unit.C / scale, **scaled), evaluations


def paramagnet(net: Network, gamma: float, T: float) -> Symmetric:
    """The paramagnet, m = q = 0, T > 0: a solution everywhere. Its energy diverges as T -> 0."""
    scale = math.sqrt(gamma)
    ratio = scale / T
    replicon = 1 - ratio * ratio * net.xi.curvature(0.0)
    u, log2 = -scale * ratio * net.xi(1.0), math.log(2)
    return Symmetric(
        gamma=gamma, T=T, n=0.0, q=0.0, C=1 / T, sigma=0.0, f=0.5 * u - T * log2, u=u,
        s=log2 - 0.5 * ratio * ratio * net.xi(1.0), residual=0.0, stability=min(1.0, replicon), replicon=replicon,
    )  # fmt: skip


# --- the de Almeida–Thouless line of retrieval ---


def marginal(net: Network, y: float) -> tuple[float, float, float, float]:
    r"""The state of signal-to-noise ratio :math:`y = n^{P-1}/\sigma` with a vanishing replicon, on the stable branch.

    The averages depend on y and :math:`\tau = T/\sigma` alone, and so does the condition,
    :math:`\tau = (\xi''/\xi')(q)\;\sigma\beta\mathrm{E}\,\mathrm{sech}^4\beta h`.

    Returns
    -------
    gamma, T, n, sigma : float
    """
    values, weights = net.pattern.arrays

    def wanted(tau: float) -> float:
        _, q, _, C4, *_ = site_moments(values, weights, y, 1.0, tau)
        return net.xi.curvature(q) / net.xi.slope(q) * C4

    low = high = wanted(0.0)
    while wanted(high) > high:  # small steps: at large P and small y the condition holds again at high temperatures
        low, high = high, 1.2 * high
    while wanted(low) < low:
        low /= 2
    tau = optimize.brentq(lambda t: t - wanted(t), low, high, xtol=1e-300, rtol=1e-14) if low < high else low
    n, q, *_ = site_moments(values, weights, y, 1.0, tau)
    sigma = n ** (net.P - 1) / y
    return sigma * sigma / net.xi.slope(q), tau * sigma, n, sigma
