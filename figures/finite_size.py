r"""Extrapolation of simulations in 1/N, and the χ² of a whole overlay.

At fixed :math:`(\alpha, T)` inside a phase an order parameter approaches its limit like
:math:`m_N = m_\infty + a/N + O(N^{-2})`. The fit is weighted by the errors over disorder samples. The χ² of the overlay
sums the squares of :math:`t = (m_\infty - m_\mathrm{theory})/\sigma_\infty` over state points, each translated first
into the normal deviate of the same probability: :math:`\sigma` is itself estimated from few samples, so t is wider
than normal. It follows Student's law for the Welch–Satterthwaite number of degrees of freedom, widened by a factor
that comes from weighting with estimated errors and is measured on simulated data without any discrepancy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import NDArray
from scipy import stats

from figures.phase_diagram import LABELS
from figures.style import COLOURS, MARKERS
from statmech.results import with_error

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Extrapolation:
    r"""An order parameter at one state point, extrapolated to N → ∞.

    Attributes
    ----------
    sizes, values, errors, samples : numpy.ndarray
        The points of the fit, and the number of disorder samples of each.
    limit, error : float
        :math:`m_\infty` and its standard error.
    slope : float
        a in :math:`m_N = m_\infty + a/N`.
    theory : float
        The theory's value.
    dof : float
        Degrees of freedom of `error` (Welch–Satterthwaite).
    """

    sizes: Array
    values: Array
    errors: Array
    samples: Array
    limit: float
    error: float
    slope: float
    theory: float
    dof: float

    @property
    def pull(self) -> float:
        """Extrapolated minus theory, in standard errors."""
        return (self.limit - self.theory) / self.error

    @property
    def deviate(self) -> float:
        """`pull` as the normal deviate of the same probability, with its sign."""
        width = _width(tuple(self.sizes), tuple(self.errors), tuple(self.samples), self.dof)
        return float(np.copysign(stats.norm.isf(stats.t.sf(abs(self.pull) / width, self.dof)), self.pull))


@dataclass(frozen=True, kw_only=True)
class ChiSquare:
    """χ² of an overlay: its value, degrees of freedom, and probability that agreement gives a larger one."""

    value: float
    dof: int
    p_value: float

    def __repr__(self) -> str:
        return f"χ²/dof = {self.value:.1f}/{self.dof} = {self.value / self.dof:.2f}, p = {self.p_value:.2g}"


def _weighted_fit(sizes: Array, values: Array, errors: Array) -> tuple[Array, Array, Array, Array]:
    """Weighted least squares of a + b/N along the last axis: a, its error, b, and the weight of each value in a."""
    x, w = 1 / sizes, errors**-2.0
    total, first, second = w.sum(-1), (w * x).sum(-1), (w * x * x).sum(-1)
    norm = total * second - first**2
    share = w * (second[..., None] - first[..., None] * x) / norm[..., None]
    slope = ((w * x * values).sum(-1) * total - (w * values).sum(-1) * first) / norm
    return (share * values).sum(-1), np.sqrt(second / norm), slope, share


@lru_cache(maxsize=4096)
def _width(sizes: tuple[float, ...], errors: tuple[float, ...], samples: tuple[float, ...], dof: float) -> float:
    """How much wider than Student's law pulls are, by the median over simulated fits with these true errors."""
    true, n = np.array(errors), np.array(samples)
    generator = np.random.default_rng(0)
    values = true * generator.standard_normal((4000, len(sizes)))
    estimated = true * np.sqrt(generator.chisquare(n - 1, (4000, len(sizes))) / (n - 1))
    limit, error, _, _ = _weighted_fit(np.array(sizes), values, estimated)
    return float(np.median(np.abs(limit / error)) / stats.t.isf(0.25, dof))


def extrapolate(point: xr.Dataset, value: str = "m") -> Extrapolation | None:
    """Fit one state point in 1/N by weighted least squares.

    Parameters
    ----------
    point : xarray.Dataset
        With the one dimension N, and ``m``, ``m_err``, ``m_theory``, ``n_samples``, ``equilibrated`` for `value` "m".
    value : str
        The order parameter.

    Returns
    -------
    Extrapolation or None
        None without a theory, or with fewer than two usable sizes. A size is used if its simulation equilibrated, kept
        the state in every sample (``retrieved``, where the results have it) and has a non-zero error from at least
        three samples.
    """
    sizes, values, errors, samples = (
        point[name].to_numpy().astype(float) for name in ("N", value, f"{value}_err", "n_samples")
    )
    usable = np.isfinite(values) & (errors > 0) & (samples >= 3) & point["equilibrated"].to_numpy().astype(bool)
    if "retrieved" in point:
        usable &= point["retrieved"].to_numpy() == 1
    theory = float(point[f"{value}_theory"])
    if usable.sum() < 2 or not np.isfinite(theory):
        return None
    sizes, values, errors, samples = sizes[usable], values[usable], errors[usable], samples[usable]
    limit, error, slope, share = _weighted_fit(sizes, values, errors)
    parts = (share * errors) ** 2
    return Extrapolation(
        sizes=sizes,
        values=values,
        errors=errors,
        samples=samples,
        limit=float(limit),
        error=float(error),
        slope=float(slope),
        theory=theory,
        dof=float(parts.sum() ** 2 / np.sum(parts**2 / (samples - 1))),
    )


def chi_square(fits: Sequence[Extrapolation]) -> ChiSquare:
    """χ² of extrapolations against theory: the sum of the squares of their normal deviates.

    Raises
    ------
    ValueError
        If there is no extrapolation.
    """
    if not fits:
        raise ValueError("fits = [] is not allowed: add disorder samples or sizes")
    value = float(np.sum([fit.deviate**2 for fit in fits]))
    return ChiSquare(value=value, dof=len(fits), p_value=float(stats.chi2.sf(value, len(fits))))


def finite_size(fits: Sequence[tuple[str, Extrapolation]], *, value: str = "m", ax: Axes | None = None) -> Axes:
    """Draw extrapolations in 1/N relative to theory, which is the line at zero.

    Parameters
    ----------
    fits : sequence of (label, Extrapolation)
        The state points.
    value : str
        The order parameter, for the label.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    matplotlib.axes.Axes
    """
    axes = ax if ax is not None else plt.subplots()[1]
    axes.axhline(0, color="0.35", linewidth=0.9, zorder=0.5)
    for k, (label, fit) in enumerate(fits):
        colour, marker = COLOURS[k % len(COLOURS)], MARKERS[k % len(MARKERS)]
        x = 1e3 / fit.sizes
        axes.errorbar(
            x, fit.values - fit.theory, yerr=fit.errors, fmt=marker, color=colour, markerfacecolor="white",
            markeredgewidth=0.8, elinewidth=0.7,
            label=f"{label}: {with_error(fit.limit, fit.error)}, theory {fit.theory:.5f}",
        )  # fmt: skip
        span = np.array([0.0, x.max()])
        axes.plot(span, fit.limit - fit.theory + fit.slope * span / 1e3, color=colour, linewidth=0.8)
        axes.errorbar([0], [fit.limit - fit.theory], yerr=[fit.error], fmt=marker, color=colour)
    symbol = LABELS.get(value, value).split()[-1]
    axes.set(xlabel=r"$10^3/N$", ylabel=f"{symbol} − theory")
    axes.set_xlim(left=-0.08)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16))
    return axes
