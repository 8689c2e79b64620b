r"""Descent of a free energy to its minima, many starts at once.

The plain iteration :math:`x \leftarrow F(x)` never increases :math:`f = \frac12 x^2 - \phi(x)`, because
:math:`\phi` is convex and F its gradient, but it is slow along soft modes. So the steps are Newton's with the moduli of
the eigenvalues of the Hessian, which leaves saddles and is quadratic next to a minimum, within a radius that shrinks
where f would rise; where no step lowers f, the plain one is taken.
"""

import numpy as np
from numpy.typing import NDArray

from theory.multitasking.averages import Array, Averages

TOLERANCE = 1e-12
"""Largest residual of a converged state, relative to its largest amplitude."""
SOFTEST = 1e-12
"""Smallest modulus of an eigenvalue that a step is divided by."""
FLAT = 1e-14
"""Relative changes of f below this are rounding."""


def descend(averages: Averages, starts: Array, T: Array, limit: int = 500) -> tuple[Array, Array, Array, int]:
    """Follow every start downhill until the gradient vanishes.

    Parameters
    ----------
    averages : callable
        See `theory.multitasking.averages`.
    starts, T : numpy.ndarray
        Amplitudes, shape (S, K), and the temperature of each, shape (S,).
    limit : int
        Steps before giving up.

    Returns
    -------
    x, residual, lowest : numpy.ndarray
        Where each ended, the largest component of the gradient there relative to the largest amplitude, and the
        smallest eigenvalue of the Hessian. It is a solution only if the residual is at most `TOLERANCE`, a minimum if
        the eigenvalue is positive.
    steps : int
        Steps that the slowest took.
    """
    x = np.array(starts, dtype=float)
    f, F, B = averages(x, T)
    one = np.eye(x.shape[1])
    radius = 0.3 * np.linalg.norm(x, axis=1)
    steps = 0
    while steps < limit:
        gradient = x - F
        residual = np.abs(gradient).max(axis=1)
        size = np.abs(x).max(axis=1)
        rows = np.flatnonzero(residual > TOLERANCE * size)
        if rows.size == 0:
            break
        steps += 1
        curvature, modes = np.linalg.eigh(one - B[rows])
        along = np.einsum("sij,si->sj", modes, gradient[rows]) / np.maximum(np.abs(curvature), SOFTEST)
        move = np.einsum("sij,sj->si", modes, along)
        length = np.maximum(np.linalg.norm(move, axis=1), 1e-300)
        trial = x[rows] - np.minimum(radius[rows] / length, 1.0)[:, None] * move
        new = averages(trial, T[rows])
        change = new[0] - f[rows]
        # next to a stationary point f no longer resolves the step, but its gradient does
        flat = np.abs(change) <= FLAT * np.abs(f[rows])
        closer = np.abs(trial - new[1]).max(axis=1) < residual[rows]
        taken = np.where(flat, closer, change < 0)
        _put((x, f, F, B), rows[taken], (trial[taken], *(part[taken] for part in new)))
        radius[rows[taken]] = np.maximum(radius[rows[taken]], 2 * np.minimum(length[taken], radius[rows[taken]]))
        radius[rows[~taken]] = np.minimum(radius[rows[~taken]], length[~taken]) / 4
        plain = rows[radius[rows] < 1e-9 * size[rows]]
        if plain.size:
            radius[plain] = 0.1 * size[plain]
            _put((x, f, F, B), plain, (F[plain], *averages(F[plain], T[plain])))
    _polish(averages, (x, f, F, B), T)
    relative = np.abs(x - F).max(axis=1) / np.maximum(np.abs(x).max(axis=1), 1e-300)
    return x, relative, np.linalg.eigvalsh(one - B)[:, 0], steps


def _polish(averages: Averages, kept: tuple[Array, ...], T: Array) -> None:
    """A few plain Newton steps where they bring the gradient closer to rounding: along soft modes that is digits."""
    one = np.eye(kept[0].shape[1])
    for _ in range(3):
        x, _, F, B = kept
        curvature, modes = np.linalg.eigh(one - B)
        along = np.einsum("sij,si->sj", modes, x - F) / np.where(np.abs(curvature) < SOFTEST, np.inf, curvature)
        trial = x - np.einsum("sij,sj->si", modes, along)
        new = averages(trial, T)
        better = np.abs(trial - new[1]).max(axis=1) < np.abs(x - F).max(axis=1)
        _put(kept, np.flatnonzero(better), (trial[better], *(part[better] for part in new)))


def _put(kept: tuple[Array, ...], rows: NDArray[np.intp], new: tuple[Array, ...]) -> None:
    """Replace rows of several arrays."""
    for array, values in zip(kept, new, strict=True):
        array[rows] = values
