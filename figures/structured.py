"""Figures of Hebbian networks that learn pictures: learning, storing, basins, and the pictures themselves."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike, NDArray

import theory
from figures.phase_diagram import LABELS
from figures.style import COLOURS, COLUMN, publication
from montecarlo.lessons import FLIPS, PICTURES, Lesson, network, recall
from montecarlo.settings import Settings
from montecarlo.structured import synthetic_lesson
from statmech import Simulation, StructuredHebbian
from statmech.datasets import flip_fraction
from statmech.models.structured import PROTOCOLS
from statmech.streams import substream

AXES = ("P", "protocol", "M", "gamma", "flipped")
"""Control parameters that a scan may vary."""
TAUGHT: dict[str, tuple[str, Any]] = {"supervised": ("o", "-"), "unsupervised": ("s", "--")}
"""Marker and line of each protocol."""

Model = Callable[..., StructuredHebbian]
"""The models of a scan by their control parameters."""


def gather(runs: Sequence[Simulation]) -> xr.Dataset:
    """Labelled arrays of several runs, as `scans` makes them of a scan: those of `montecarlo.pictures.experiment`.

    Parameters
    ----------
    runs : sequence of Simulation
        Of `statmech.StructuredHebbian` at any values of `AXES` and the same of all other parameters.

    Returns
    -------
    xarray.Dataset
        With the dimensions `AXES` and N; NaN where there is no run.

    Raises
    ------
    ValueError
        If there is no run, or two differ in another parameter.
    """
    if not runs:
        raise ValueError("runs = [] is not allowed: there is nothing to gather")
    fixed = [{name: getattr(run.model, name) for name in ("r", "T", "classes", "length")} for run in runs]
    if any(other != fixed[0] for other in fixed):
        raise ValueError("runs are not allowed: they differ in r, T, classes or length, and figures are of one of each")
    places = [{**{name: getattr(run.model, name) for name in AXES}, "N": run.N} for run in runs]
    coordinates: dict[str, Any] = {name: sorted({place[name] for place in places}) for name in (*AXES, "N")}
    shape = tuple(map(len, coordinates.values()))
    names = [*(text for name in runs[0].estimates for text in (name, f"{name}_err")), "equilibrated"]
    arrays = {name: np.full(shape, np.nan) for name in names}
    for run, place in zip(runs, places, strict=True):
        at = tuple(coordinates[name].index(value) for name, value in place.items())
        answer = run.to_dict()
        for name in names:
            arrays[name][at] = answer[name]
    attributes = {"model": StructuredHebbian.system, "parameters": json.dumps(fixed[0])}
    return xr.Dataset({name: (tuple(coordinates), array) for name, array in arrays.items()}, coordinates, attributes)


def scan_figures(results: xr.Dataset) -> dict[str, Figure]:
    """The figures of a scan: its curves, and what networks of its largest size retrieve after learning the middle M.

    Parameters
    ----------
    results : xarray.Dataset
        As `scans` stores it.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        ``"figure"`` and ``"pictures"``.

    Raises
    ------
    ValueError
        If nothing is finished yet, or the scan varies what these figures hold fixed.
    """
    data, model = _complete(results)
    N = int(data.N[-1])
    shown = model(P=2, protocol="supervised", M=int(data.M[data.sizes["M"] // 2]), gamma=0.0, flipped=0.0)
    stream = np.random.SeedSequence(int(results.attrs.get("seed", 0)))
    lesson = synthetic_lesson(shown, N, substream(stream, PICTURES))
    pictures = retrieved_pictures(
        lesson, lambda spins: np.reshape(spins, (shown.side(N), -1)), flipped=0.15, random=N // 16, stream=stream
    )
    return {"figure": structured_figure(results), "pictures": pictures}


def structured_figure(results: xr.Dataset) -> Figure:
    """Curves of each order and protocol, two panels for each of M, flipped and gamma that has several values.

    What a panel does not vary is at its best: the largest M, and the smallest load and fraction of flipped pixels.
    Symbols are of the largest N, thin lines of the others; where theory of random archetypes has a line, it is drawn.

    Raises
    ------
    ValueError
        If nothing is finished yet, nothing varies, or what the figure holds fixed does.
    """
    data, model = _complete(results)
    columns = [draw for name, draw in COLUMNS.items() if data.sizes[name] > 1]
    if not columns:
        raise ValueError("results are not allowed: none of M, flipped and gamma has more than one value")
    with publication():
        width = 2 if len(columns) == 1 else len(columns)
        figure = plt.figure(figsize=(1.0 * width * COLUMN, (0.5 + 0.7 * 2 * len(columns) / width) * COLUMN),
                            layout="constrained")  # fmt: skip
        # the two panels of a column one above the other, or side by side if it is the only one
        panels = figure.subplots(2 * len(columns) // width, width, squeeze=False).reshape(2, len(columns))
        for column, draw in enumerate(columns):
            draw(data, model, panels[:, column])
        for letter, panel in zip("abcdef", panels.T.ravel(), strict=False):
            panel.set(ylim=(-0.04, 1.06))
            panel.text(0.0, 1.02, f"({letter})", transform=panel.transAxes, fontsize=7)
        figure.legend(handles=_legend(data), loc="outside lower center", ncols=3, handlelength=2.6)
        figure.suptitle(_heading(data, model), fontsize=7.5)
        return figure


def _learning(data: xr.Dataset, model: Model, panels: NDArray[Any]) -> None:
    """Against the number of examples: recognition, and where examples stop being stored."""
    cut = data.isel(gamma=0, flipped=0)
    M = cut.M.to_numpy()
    for P, protocol in _curves(cut):
        _points(panels[0], cut, "M", "m", P, protocol, joined=False)
        _points(panels[1], cut, "M", "m_seen", P, protocol)
        known = [_theory(model(P=P, protocol=protocol, M=int(k), gamma=0.0), int(cut.N[-1])) for k in M]
        panels[0].plot(M, known, **_line(P, protocol))
    for P in map(int, cut.P):
        limit = float(theory.learning.generalization_examples(model(P=P, M=1).r, P=P))
        panels[1].axvline(limit, color=colour(P), linestyle=":", linewidth=0.9)
    quality = model(P=2, M=1).r
    panels[1].axhline(quality, color="0.6", linewidth=0.6, zorder=0)
    panels[1].text(0.98, quality - 0.02, "quality $r$", fontsize=6, color="0.4", ha="right", va="top",
                   transform=panels[1].get_yaxis_transform())  # fmt: skip
    for panel in panels:
        panel.set(xscale="log", xlabel="examples $M$")
        panel.set_xticks(M, [str(k) for k in M])
        panel.minorticks_off()
    panels[0].set(ylabel="$m$, from an unseen example")
    panels[1].set(ylabel="$m$, from a learnt example")


def _basin(data: xr.Dataset, model: Model, panels: NDArray[Any]) -> None:
    """Against the fraction of flipped pixels: from the archetype, and what is recognised of an unseen example."""
    cut = data.isel(gamma=0, M=-1)
    for P, protocol in _curves(cut):
        _points(panels[0], cut, "flipped", "m_kept", P, protocol)
        _points(panels[1], cut, "flipped", "success", P, protocol)
    start = 1 - 2 * cut.flipped
    panels[0].plot(cut.flipped, start, color="0.6", linewidth=0.6, zorder=0)
    panels[0].text(0.98 * float(cut.flipped[-1]), float(start[-1]), "start ", fontsize=6, color="0.4", ha="right")
    chance = 1 / model(P=2, M=1).classes
    panels[1].axhline(chance, color="0.6", linewidth=0.6, zorder=0)
    panels[1].text(0.98, chance + 0.01, "chance", fontsize=6, color="0.4", ha="right",
                   transform=panels[1].get_yaxis_transform())  # fmt: skip
    for panel in panels:
        panel.set(xlabel="flipped pixels, fraction $d$")
    panels[0].set(ylabel="$m$, from the archetype")
    panels[1].set(ylabel="recognised, from an unseen example")


def _storing(data: xr.Dataset, model: Model, panels: NDArray[Any]) -> None:
    """Against the load: from the archetype and from an unseen example, and how far theory retrieves."""
    cut = data.isel(flipped=0, M=-1)
    M = int(cut.M)
    for P, protocol in _curves(cut):
        loads = {int(N): [model(P=P, M=M, gamma=float(g)).load(int(N)) for g in cut.gamma] for N in cut.N}
        for panel, name in zip(panels, ("m_kept", "m"), strict=True):
            _points(panel, cut, "gamma", name, P, protocol, joined=False, places=loads)
        known = _until_lost(model(P=P, protocol=protocol, M=M))
        for panel in panels:
            panel.plot(*known, **_line(P, protocol))
    for panel in panels:
        panel.set(xlabel=_load_name({int(P) for P in cut.P}), xlim=(-0.01, None))
    panels[0].set(ylabel="$m$, from the archetype")
    panels[1].set(ylabel="$m$, from an unseen example")


def _load_name(orders: set[int]) -> str:
    """Axis label of the load: pairs call it α."""
    if orders == {2}:
        return LABELS["alpha"]
    return LABELS["gamma"] + (r" ($\alpha$ at $P = 2$)" if 2 in orders else "")


@lru_cache(maxsize=16)
def _until_lost(model: StructuredHebbian) -> tuple[list[float], list[float]]:
    """Loads and m of random archetypes at N → ∞ up to the critical load, and the fall to 0 there.

    With one step of replica symmetry breaking for P ≥ 4, where retrieval goes on beyond the symmetric critical load.
    """
    ansatz = "RS" if model.P == 2 else "1RSB"
    end = theory.learning.critical_load(
        model.T, P=model.P, r=model.r, M=model.M, protocol=model.protocol, ansatz=ansatz
    )
    last = float(end.gamma)
    if not last > 0:  # no load admits retrieval
        return [], []
    points = [replace(model, gamma=gamma).unstructured for gamma in np.linspace(0, 0.999 * last, 60).tolist()]
    known = [theory.solve(point, ansatz=ansatz).m for point in points]
    return [*(point.gamma for point in points), last, last], [*known, float(end.m), 0.0]


COLUMNS: dict[str, Callable[[xr.Dataset, Model, NDArray[Any]], None]] = {
    "M": _learning, "flipped": _basin, "gamma": _storing,
}  # fmt: skip
"""What is drawn of each control parameter."""


def retrieved_pictures(
    lesson: Lesson,
    draw: Callable[[NDArray[np.float64]], ArrayLike],
    *,
    flipped: float,
    random: int = 0,
    T: float = 0.0,
    rows: int = 4,
    stream: np.random.SeedSequence,
) -> Figure:
    """Archetypes, examples and corrupted starts beside what networks of two orders make of them.

    Parameters
    ----------
    lesson : Lesson
        Pictures to learn and to ask: `montecarlo.structured.synthetic_lesson`, `montecarlo.pictures.draw_lesson`.
    draw : callable
        Makes a picture, shape (rows, columns), of N spins: the `picture` of `statmech.datasets.SpinPictures`.
    flipped : float
        Fraction of the pixels of the unseen example that are flipped at the start.
    random : int
        Number of random archetypes beside those of the lesson, the same for both orders.
    T : float
        Temperature.
    rows : int
        Classes that are shown, the first ones.
    stream : numpy.random.SeedSequence
        Random numbers of corruption, load and dynamics.
    """
    classes, M, N = lesson.examples.shape
    shown = range(min(rows, classes))
    starts = flip_fraction(lesson.unseen, flipped, substream(stream, FLIPS))
    pictures = {"archetype": lesson.archetypes, "an example": lesson.examples[:, 0], "start": starts}
    for P in (2, 4):
        for protocol in PROTOCOLS:
            engine = network(lesson, P=P, protocol=protocol, K=classes + random, stream=stream)
            ends = [recall(engine, starts[k], T=T, settings=Settings(), stream=substream(stream, P, k)) for k in shown]
            pictures[f"$P = {P}$\n{protocol}"] = np.array([end.spins for end in ends])
    with publication():
        figure = plt.figure(figsize=(2.1 * COLUMN, (0.3 + 0.31 * len(shown)) * COLUMN), layout="constrained")
        panels = figure.subplots(len(shown), len(pictures), squeeze=False)
        colours = plt.get_cmap("gray_r").with_extremes(bad="#c8d4e3")
        for k, row in zip(shown, panels, strict=True):
            for panel, (title, spins) in zip(row, pictures.items(), strict=True):
                m = float(spins[k] @ lesson.archetypes[k].astype(float)) / N
                panel.imshow(np.asarray(draw(spins[k])), vmin=-1, vmax=1, cmap=colours, interpolation="nearest")
                panel.set(xticks=[], yticks=[], xlabel="" if title == "archetype" else f"$m = {m:.2f}$")
                panel.xaxis.labelpad = 1.5
                if k == 0:
                    panel.set_title(title, fontsize=7)
        load = f" beside {random} random archetypes" if random else ""
        figure.suptitle(
            f"{classes} classes{load}, $N = {N}$, $M = {M}$ examples; start: an unseen example with "
            f"{100 * flipped:.3g}% of its pixels flipped",
            fontsize=7.5,
        )
        return figure


def colour(P: int) -> str:
    """Colour of an order."""
    return COLOURS[(P // 2) % len(COLOURS)]


def _complete(results: xr.Dataset) -> tuple[xr.Dataset, Model]:
    """The same with an axis for each of `AXES`, and its models by their values."""
    if "m" not in results:
        raise ValueError("results = (empty) is not allowed: nothing of the scan is finished yet")
    fixed = json.loads(results.attrs["parameters"])
    for name in ("r", "T", "classes", "length"):
        if name in results.dims:
            raise ValueError(f"axes = {name} is not allowed: the figure is of one {name}; select one of the results")
    usual = StructuredHebbian(P=2, M=1, r=1.0)
    for name in AXES:
        if name not in results.dims:
            results = results.assign_coords({name: fixed.get(name, getattr(usual, name))}).expand_dims(name)
    others = {name: value for name, value in fixed.items() if name not in AXES}
    return results.sortby(["P", "M", "gamma", "flipped", "N"]), partial(StructuredHebbian, **others)


def _curves(data: xr.Dataset) -> list[tuple[int, str]]:
    return [(int(P), str(protocol)) for P in data.P.to_numpy() for protocol in data.protocol.to_numpy()]


def _line(P: int, protocol: str) -> dict[str, Any]:
    """Style of a line of theory, below the symbols."""
    return {"color": colour(P), "linestyle": TAUGHT[protocol][1], "linewidth": 0.8, "zorder": 1}


def _points(
    panel: Axes,
    cut: xr.Dataset,
    along: str,
    name: str,
    P: int,
    protocol: str,
    *,
    joined: bool = True,
    places: dict[int, list[float]] | None = None,
) -> None:
    """Symbols with error bars of the largest N, crosses where it did not equilibrate, thin lines of the others."""
    marker, line = TAUGHT[protocol]
    for N in map(int, cut.N):
        values = cut.sel(P=P, protocol=protocol, N=N)
        # below the load of the classes alone all points are the same network
        x, distinct = np.unique(values[along].to_numpy() if places is None else places[N], return_index=True)
        values = values.isel({along: distinct})
        if int(cut.N[-1]) != N:
            panel.plot(x, values[name], color=colour(P), linestyle=line, linewidth=0.4, alpha=0.6)
            continue
        y, settled = values[name].to_numpy(), values["equilibrated"].to_numpy() == 1
        panel.errorbar(
            x, y, yerr=np.nan_to_num(values[f"{name}_err"].to_numpy()), marker=marker, markevery=settled,
            color=colour(P), linestyle=line if joined else "none", linewidth=0.8, elinewidth=0.7,
            markerfacecolor=colour(P) if protocol == "supervised" else "white", markeredgewidth=0.8, zorder=2,
        )  # fmt: skip
        if not settled.all():
            panel.plot(x[~settled], y[~settled], linestyle="none", marker="X", color=colour(P), zorder=2)


def _theory(model: StructuredHebbian, N: int) -> float:
    """Retrieval m of random archetypes at the load of N spins, NaN where there is none."""
    loaded = StructuredHebbian(**{**vars(model), "gamma": model.load(N)})
    return float(theory.solve(loaded.unstructured).m)


def _legend(data: xr.Dataset) -> list[Line2D]:
    lines = [
        Line2D([], [], color=colour(P), marker=TAUGHT[protocol][0], linestyle=TAUGHT[protocol][1], linewidth=0.8,
               markerfacecolor=colour(P) if protocol == "supervised" else "white", label=f"$P = {P}$, {protocol}")
        for P, protocol in _curves(data)
    ]  # fmt: skip
    if data.sizes["M"] > 1:
        lines.append(Line2D([], [], color="0.35", linestyle=":", label=r"$M_\mathrm{ex}$, unsupervised"))
    if data.sizes["M"] > 1 or data.sizes["gamma"] > 1:
        known = r"below separate symbols: theory of random archetypes, $N \to \infty$"
        if data.sizes["gamma"] > 1 and int(data.P.max()) > 2:
            known += " (1RSB for $P > 2$)"
        lines.append(Line2D([], [], color="0.35", linewidth=0.8, label=known))
    if data.sizes["N"] > 1:
        smaller = ", ".join(str(int(N)) for N in data.N[:-1])
        lines.append(Line2D([], [], color="0.35", linewidth=0.4, alpha=0.6, label=f"faint: $N = {smaller}$"))
    if np.any((data["equilibrated"].to_numpy() == 0) & np.isfinite(data["m"].to_numpy())):
        lines.append(Line2D([], [], color="0.35", linestyle="none", marker="X", label="not equilibrated"))
    return lines


def _heading(data: xr.Dataset, model: Model) -> str:
    """What all panels have in common."""
    one = model(P=2, M=1)
    common = [f"{one.classes} classes", f"$r = {one.r:.3g}$", f"$N = {int(data.N[-1])}$", f"$T = {one.T:g}$"]
    common.append(f"$M = {int(data.M.max())}$" + (" where it is not the axis" if data.sizes["M"] > 1 else ""))
    heading = f"Learning pictures: {', '.join(common)}"
    return heading + "\n" + _storage(data, model) if data.sizes["gamma"] > 1 else heading


def _storage(data: xr.Dataset, model: Model) -> str:
    """What the lines of storing end at, and why the symbols do not fall there."""
    N, M = int(data.N[-1]), int(data.M[-1])
    ends = []
    for P, protocol in _curves(data):
        loads, _ = _until_lost(model(P=P, M=M, protocol=protocol))
        if loads:
            ends.append(f"{model(P=P, M=M, gamma=loads[-1]).patterns(N)} ($P = {P}$, {protocol})")
    known = rf"Archetypes at $\gamma_c$, where the lines fall: {', '.join(ends)}"
    why = "Finite networks fall gradually: beyond $\\gamma_c$ they stop in minima next to their start"
    return "\n".join([known, why] if ends else [why])
