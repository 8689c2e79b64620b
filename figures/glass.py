r"""Scans of spin glasses: energy and overlaps against temperature or field, theory under simulation.

What the figures of all glasses share. A scan may have any axes: it is cut along T, or along h if T is fixed, and there
is one figure for each combination of the other parameters.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from figures.overlaps import overlap_distribution
from figures.style import COLOURS, COLUMN, DASHES, MARKERS
from statmech import MODELS, Solution
from theory.parisi import Ladder

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A scan along one control parameter.

    Attributes
    ----------
    name : str
        What tells it from the other cuts, as ``-p-4``; empty for the first.
    along : str
        ``"T"`` or ``"h"``.
    results : xarray.Dataset
        With the dimensions `along` and, if there are simulations, N.
    model : callable
        The state point at a value of `along`.
    """

    name: str
    along: str
    results: xr.Dataset
    model: Callable[[float], Any]

    @property
    def values(self) -> Array:
        """Those of the control parameter."""
        return self.results[self.along].to_numpy().astype(float)

    def grid(self, points: int) -> Array:
        """Values for a line: those of the scan, and if these are fewer than `points`, as many others between."""
        if len(self.values) >= points:
            return self.values
        low, high = self.values.min(), self.values.max()
        if low == high:
            low, high = (0.9 * low, 1.1 * high) if low > 0 else (0.0, 0.1)
        return np.unique(np.concatenate([self.values, np.linspace(low, high, points)]).round(12))


@dataclass(frozen=True, kw_only=True)
class Curve:
    """What a theory says along a cut: values of the control parameter, u, mean overlap, its square, and q_EA."""

    label: str
    x: Array
    u: Array
    q: Array
    q2: Array
    q_EA: Array


def cuts(results: xr.Dataset) -> Iterator[Cut]:
    """The cuts of a scan.

    Raises
    ------
    ValueError
        If nothing is finished yet.
    """
    if not results.data_vars:
        raise ValueError("results = (empty) is not allowed: nothing of the scan is finished yet")
    kind = MODELS[results.attrs["model"]]
    fixed = json.loads(results.attrs.get("parameters", "{}"))
    along = "h" if "h" in results.dims and "T" not in results.dims else "T"
    if along not in results.dims:
        results = results.assign_coords({along: fixed[along]}).expand_dims(along)
    others = [name for name in results.attrs.get("axes", along).split() if name != along]
    for number, values in enumerate(product(*(results[name].to_numpy().tolist() for name in others))):
        chosen = dict(zip(others, values, strict=True))
        parameters = {name: value for name, value in {**fixed, **chosen}.items() if name != along}
        yield Cut(
            name="".join(f"-{name}-{value:g}" for name, value in chosen.items()) if number else "",
            along=along,
            results=results.sel(chosen),
            model=partial(_state_point, kind, along, parameters),
        )


def _state_point(kind: Callable[..., Any], along: str, parameters: Mapping[str, Any], x: float) -> Any:
    return kind(**parameters, **{along: float(x)})


def curve(label: str, models: Sequence[Any], x: Array, solve: Callable[[Any], Solution | None]) -> Curve:
    """Solve the theory along a cut; where `solve` finds no state there is a gap."""
    rows = np.full((len(x), 4), np.nan)
    for k, model in enumerate(models):
        solution = solve(model)
        if solution is not None and solution.converged:
            order = solution.order
            q_EA = order.get("q_EA", order.get("q1", order["q"]))
            rows[k] = solution.u, order["q"], second_moment(solution), q_EA
    return Curve(label=label, x=x, **dict(zip(("u", "q", "q2", "q_EA"), rows.T, strict=True)))


def second_moment(solution: Solution) -> float:
    r""":math:`\int q^2 P(q)\,dq` of a solution: two peaks with one step of breaking, and one without."""
    order = solution.order
    if "x" in order:
        return float(order["x"] * order["q0"] ** 2 + (1 - order["x"]) * order["q1"] ** 2)
    return float(order["q"] ** 2)


def ladder_curve(label: str, ladders: Sequence[Ladder], x: Array) -> Curve:
    """The same of full solutions."""
    return Curve(
        label=label, x=x, u=np.array([ladder.u for ladder in ladders]),
        q=np.array([ladder.mean_overlap for ladder in ladders]),
        q2=np.array([ladder.weights @ ladder.overlaps**2 for ladder in ladders]),
        q_EA=np.array([ladder.q_EA for ladder in ladders]),
    )  # fmt: skip


def glass_figure(
    cut: Cut, curves: Sequence[Curve], *, title: str, exponent: float, marks: Mapping[str, float], even: bool
) -> Figure:
    r"""Energy, its distance from theory, mean overlap and its square along a cut.

    Parameters
    ----------
    cut : Cut
        With simulations or without.
    curves : sequence of Curve
        The theory, the exact one last.
    title : str
        What the system is.
    exponent : float
        The distance of the energy from the last curve is drawn times N to this power.
    marks : mapping of str to float
        Transitions by label, drawn as vertical lines where they lie within the figure.
    even : bool
        Whether a flip of all spins leaves the energy as it is, so that the overlap is measured by its modulus.
    """
    figure, panels = plt.subplots(
        2, 2, figsize=(2.1 * COLUMN, 1.45 * COLUMN), layout="constrained", sharex=True,
        gridspec_kw={"height_ratios": [1.6, 1]},
    )  # fmt: skip
    (energy, overlap), (distance, square) = panels
    best = curves[-1]
    reference = np.interp(cut.values, best.x, best.u)
    for ax, name in ((energy, "u"), (overlap, "q"), (square, "q2")):
        for k, theory in enumerate(curves):
            # the exact line wide and light, the approximations on it thin and dark
            style: dict[str, Any] = {"color": "0.7", "linewidth": 2.4, "zorder": 1.0}
            if theory is not best:
                style = {"color": "0.1", "linewidth": 0.9, "zorder": 1.5, "linestyle": DASHES[len(curves) - 1 - k]}
            label = theory.label if ax is energy else None
            ax.plot(theory.x, getattr(theory, name), label=label, **style)
        draw_sizes(ax, cut, name, label=ax is overlap)
    known = best.q_EA > 0
    if known.any():
        overlap.plot(best.x, np.where(known, best.q_EA, np.nan), color="0.35", linewidth=0.8, zorder=1)
        at = np.flatnonzero(known)[known.sum() // 3]
        place, align = ((3, -3), "top") if best.q_EA[at] > 0.9 else ((3, 3), "bottom")
        overlap.annotate("$q_{EA}$", (best.x[at], best.q_EA[at]), xytext=place, textcoords="offset points", va=align)
    draw_sizes(distance, cut, "u", lambda u, N: (u - reference) * N**exponent)
    distance.axhline(0, color="0.35", linewidth=0.8, zorder=0.5)
    for ax in panels.flat:
        mark(ax, marks, labelled=ax in (energy, overlap))
    power = {1.0: "N", 2 / 3: "N^{2/3}"}.get(exponent, f"N^{{{exponent:.3g}}}")
    energy.set(ylabel="energy $u$", ylim=_range(cut, best))
    distance.set(ylabel=f"$(u - u_\\infty)\\,{power}$")
    overlap.set(ylabel=r"$\langle|q|\rangle$" if even else r"$\langle q\rangle$")
    square.set(ylabel=r"$\langle q^2\rangle$")
    for ax in (overlap, square):
        ax.set_ylim(min(-0.03, ax.get_ylim()[0]), 1.03)
    for ax in (distance, square):
        ax.set(xlabel="temperature $T$" if cut.along == "T" else "field $h$")
    energy.legend(loc="best")
    if overlap.get_legend_handles_labels()[0]:
        overlap.legend(loc="best")
    samples = f"; {int(cut.results.n_samples.max())} samples" if "n_samples" in cut.results else ""
    figure.suptitle(f"{title}{samples}", fontsize=8)
    return figure


def _range(cut: Cut, best: Curve) -> tuple[float, float]:
    """Limits of the energy's panel: the exact theory and the simulations, whatever approximations do."""
    shown = [best.u[np.isfinite(best.u)]]
    if "u" in cut.results:
        shown.append(cut.results["u"].to_numpy().ravel())
    low, high = np.nanmin(np.concatenate(shown)), np.nanmax(np.concatenate(shown))
    margin = 0.15 * (high - low) or 0.1
    return float(low - margin), float(high + margin)


def draw_sizes(
    ax: Axes,
    cut: Cut,
    name: str,
    scaled: Callable[[Array, float], Array] | None = None,
    label: bool = False,
) -> None:
    """Simulated values of an order parameter with error bars, one style for each N; crosses did not equilibrate.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    cut : Cut
        Nothing is drawn of a cut without simulations.
    name : str
        The order parameter.
    scaled : callable, optional
        What to draw, from the values and N; an error is scaled like a difference of values.
    label : bool
        Whether the legend of these axes tells the sizes.
    """
    if name not in cut.results:
        return
    show = scaled if scaled is not None else lambda values, N: values
    crossed = False
    for k, N in enumerate(cut.results["N"].to_numpy().tolist()):
        run = cut.results.sel(N=N)
        values, error = run[name].to_numpy(), run[f"{name}_err"].to_numpy()
        settled = run["equilibrated"].to_numpy().astype(bool)
        y = show(values, N)
        bars = np.abs(show(values + error, N) - y)
        for chosen, marker, size in ((settled, MARKERS[k % len(MARKERS)], 3.5), (~settled, "X", 4.5)):
            if not np.any(chosen & np.isfinite(y)):
                continue
            colour, cross = COLOURS[k % len(COLOURS)], marker == "X"
            ax.errorbar(
                cut.values[chosen], y[chosen], yerr=bars[chosen], fmt=marker, markersize=size, markeredgewidth=0.8,
                elinewidth=0.7, zorder=2, color=colour, markerfacecolor=colour if cross else "white",
                label=f"$N={N}$" if label and not cross else None,
            )  # fmt: skip
            crossed |= cross
    if crossed and label:
        ax.plot([], [], "X", color="0.35", linestyle="none", label="not equilibrated")


def mark(ax: Axes, marks: Mapping[str, float], *, labelled: bool) -> None:
    """Vertical lines at transitions, those within the axes."""
    low, high = ax.get_xlim()
    for label, place in marks.items():
        if low < place < high:
            ax.axvline(place, color="0.7", linewidth=0.7, linestyle=":", zorder=0)
            if labelled:
                ax.annotate(
                    label, (place, 1), xycoords=("data", "axes fraction"), xytext=(1.5, -2), textcoords="offset points",
                    va="top", ha="left", fontsize=6.5, color="0.35",
                )  # fmt: skip
    ax.set_xlim(low, high)


def overlaps_figure(cut: Cut, solve: Callable[[Any], Ladder], *, title: str, below: float, even: bool) -> Figure | None:
    """P(q) at two temperatures of a cut below a transition, over the Parisi solution; None without simulations there.

    Parameters
    ----------
    cut : Cut
        A cut along T.
    solve : callable
        The theory at a state point.
    title : str
        What the system is.
    below : float
        Temperatures below this are drawn: the lowest and the middle one.
    even : bool
        As in `glass_figure`.
    """
    if "P_q" not in cut.results or cut.along != "T":
        return None
    finished = np.isfinite(cut.results["u"].to_numpy()).reshape(len(cut.values), -1).any(1)
    there = sorted(cut.values[finished & (cut.values < below) & (cut.values > 0)].tolist())
    if not there:
        return None
    chosen = list(dict.fromkeys([there[0], there[len(there) // 2]]))
    figure, axes = plt.subplots(
        1, len(chosen), figsize=(1.05 * len(chosen) * COLUMN, 0.85 * COLUMN), layout="constrained", squeeze=False
    )
    for ax, T in zip(axes[0], chosen, strict=True):
        point = cut.results.sel(T=T)
        runs = [point.sel(N=N) for N in point["N"].to_numpy() if np.isfinite(float(point["u"].sel(N=N)))]
        overlap_distribution(runs, solve(cut.model(T)), signed=not even, ax=ax)
        ax.set(title=f"$T = {T:g}$")
    figure.suptitle(title, fontsize=8)
    return figure
