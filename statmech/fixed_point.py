"""Solving self-consistency equations x = F(x) by iteration, polished by SciPy, with an honest verdict."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize

from statmech.checks import check_integer, check_real

Vector = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class FixedPoint:
    """Where an iteration ended, and whether that is a solution.

    Attributes
    ----------
    x : numpy.ndarray
        The last iterate. It solves the equations only if `converged`.
    residual : float
        Largest component of :math:`|F(x) - x|`, undamped, at `x` itself.
    iterations : int
        Evaluations of F.
    converged : bool
        Whether `residual` is at most the tolerance.
    """

    x: Vector
    residual: float
    iterations: int
    converged: bool


def fixed_point(
    update: Callable[[Vector], Vector],
    start: ArrayLike,
    *,
    damping: float = 0.0,
    tolerance: float = 1e-12,
    max_iterations: int = 2000,
    polish: bool = True,
) -> FixedPoint:
    r"""Solve :math:`x = F(x)` near the basin that iteration from `start` leads to.

    The damped iteration :math:`x \leftarrow (1-d) F(x) + d x` chooses the branch. Every eighth step the last
    iterates are extrapolated (Aitken's :math:`\Delta^2` along the last difference), which is kept only where it
    lowers the residual. Once the residual is below 1e-3 SciPy's hybrid Powell method polishes
    (``scipy.optimize.root``); its answer is taken only if it stays within 30 residuals' reach of the iterate, so
    that polishing cannot jump to another branch. Convergence is judged on the undamped residual alone, never on the
    size of a damped step.

    Parameters
    ----------
    update : callable
        F, from a vector to a vector of the same length.
    start : array_like
        First iterate.
    damping : float
        d in [0, 1).
    tolerance : float
        On the largest component of :math:`|F(x) - x|`.
    max_iterations : int
        Evaluations of F before giving up. Then `converged` is False.
    polish : bool
        Whether to let SciPy finish.

    Returns
    -------
    FixedPoint

    Raises
    ------
    ValueError
        If `damping`, `tolerance` or `max_iterations` is out of range, or `start` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> fixed_point(np.cos, [1.0]).x.round(6)
    array([0.739085])
    """
    check_real("damping", damping, low=0.0, high=1.0, open_high=True)
    check_real("tolerance", tolerance, low=0.0, open_low=True)
    check_integer("max_iterations", max_iterations, low=1)
    x = np.atleast_1d(np.asarray(start, dtype=float)).copy()
    if not np.all(np.isfinite(x)):
        raise ValueError(f"start = {x!r} is not allowed: every component must be finite")
    evaluations = 0

    def defect(point: Vector) -> Vector:
        nonlocal evaluations
        evaluations += 1
        return np.asarray(update(point), dtype=float) - point

    step = defect(x)
    residual = _size(step)
    previous = step
    polish_below = 1e-3
    while residual > tolerance and evaluations < max_iterations and np.isfinite(residual):
        if polish and residual < polish_below:
            polished = optimize.root(defect, x, method="hybr", tol=1e-15)
            polished_step = defect(polished.x)
            if _size(polished_step) < residual and _size(polished.x - x) < 30 * residual / (1 - damping) + 1e-6:
                x, step, residual = polished.x, polished_step, _size(polished_step)
                if residual <= tolerance:
                    break
            polish_below = residual / 10  # not again before iteration has come closer by itself
        x = x + (1 - damping) * step
        previous, step = step, defect(x)
        residual = _size(step)
        if evaluations % 8 == 0:
            x, step, residual = _extrapolated(defect, x, previous, step, residual)
    return FixedPoint(x=x, residual=residual, iterations=evaluations, converged=bool(residual <= tolerance))


def _size(v: Vector) -> float:
    return float(np.max(np.abs(v)))


def _extrapolated(
    defect: Callable[[Vector], Vector], x: Vector, previous: Vector, step: Vector, residual: float
) -> tuple[Vector, Vector, float]:
    """One Aitken step along `step`, if the iteration contracts steadily and the residual gains by it."""
    ratio = float(previous @ step) / max(float(previous @ previous), 1e-300)
    if not 0.2 < ratio < 0.9999:
        return x, step, residual
    candidate = x + step / (1 - ratio)
    new = defect(candidate)
    if np.all(np.isfinite(new)) and _size(new) < residual:
        return candidate, new, _size(new)
    return x, step, residual
