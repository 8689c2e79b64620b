r"""How many examples it takes: one step of the dynamics at T = 0 from the archetypes.

From the hierarchical configuration, one synchronous step leads to
:math:`m_k' = \mathrm{E}\,\xi_k\,\mathrm{sign}\sum_\nu \bar\eta_\nu(1-d)d^{\nu-1}`. With the noise of the dataset and
the cross-talk of the lower archetypes taken as Gaussian,

.. math::

    m_k' \simeq (1-d)\,d^{k-1}\,\mathrm{erf}\frac{1}{\sqrt{2[\rho + (1+\rho)A_k]}}, \qquad
    A_k = \frac{d^2(1-d^{2(K-k)})}{1+d} ,

good for the first archetype; for the others it is too low, because it leaves out the sites of the upper archetypes that
the noise has flipped. An archetype counts as learned when the argument of the error function exceeds a
:math:`\Theta`, whose usual value :math:`1/\sqrt2` is a signal as large as the noise. The condition on the first one,

.. math:: M \ge M_\times(r, d, K) = \frac{1-r^2}{r^2}\, \frac{1+A_1}{1/2\Theta^2 - A_1} ,

is the same with and without a teacher, as the step itself.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from statmech.checks import check_dilution, check_integer, check_real
from statmech.models import MultitaskingLearning
from theory.multitasking.averages import Array, split
from theory.multitasking.zero_temperature import hierarchical_amplitudes
from theory.multitasking_learning.entries import entries

THETA = math.sqrt(0.5)


def one_step(model: MultitaskingLearning) -> Array:
    """Overlaps with the archetypes after one synchronous step at T = 0 from the hierarchical configuration, exact in M.

    Parameters
    ----------
    model : MultitaskingLearning
        Its temperature does not matter.

    Examples
    --------
    >>> import statmech as sm
    >>> one_step(sm.MultitaskingLearning(K=2, d=0.3, T=0, r=0.4, M=20)).round(4)
    array([0.6327, 0.2397])
    """
    values, weights, marks = entries(model)
    x = hierarchical_amplitudes(model.K, model.d)[None]
    return split(x, np.zeros(1), values=values, weights=weights, marks=marks)[1][0]


def one_step_gaussian(model: MultitaskingLearning) -> Array:
    """The Gaussian estimate of `one_step`: an estimate for the first archetype only."""
    K, d, rho = model.K, model.d, model.rho
    noise = rho + (1 + rho) * np.array([crosstalk(K, d, k) for k in range(1, K + 1)])
    erf = [math.erf(1 / math.sqrt(2 * value)) if value > 0 else 1.0 for value in noise]
    return hierarchical_amplitudes(K, d) * np.array(erf)


def crosstalk(K: int, d: float, k: int = 1) -> float:
    """:math:`A_k`, the variance of the field of the archetypes below the k-th over the square of its own."""
    return d**2 * (1 - d ** (2 * (K - k))) / (1 + d)


def threshold_of_learning(K: int, d: ArrayLike, r: ArrayLike, theta: float = THETA) -> Any:
    r"""Number of examples :math:`M_\times(r, d, K)` of each archetype beyond which the first one is learned.

    Parameters
    ----------
    K : int
        Number of archetypes.
    d, r : array_like
        Dilution in [0, 1) and quality in (0, 1], broadcast against each other.
    theta : float
        Signal-to-noise ratio that is asked for, over :math:`\sqrt2`.

    Returns
    -------
    float or numpy.ndarray
        Infinite where the cross-talk alone is too large.

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> round(threshold_of_learning(2, 0.3, 0.4), 6)
    5.955977
    """
    K, theta = check_integer("K", K, low=1), check_real("theta", theta, low=0.0, open_low=True)
    dilution, quality = np.broadcast_arrays(np.asarray(d, dtype=float), np.asarray(r, dtype=float))

    def one(d: float, r: float) -> float:
        d = check_dilution(d)
        r = check_real("r", r, low=0.0, high=1.0, open_low=True)
        room = 1 / (2 * theta**2) - crosstalk(K, d)
        return (1 - r * r) / r**2 * (1 + crosstalk(K, d)) / room if room > 0 else math.inf

    found = [one(x, y) for x, y in zip(dilution.ravel().tolist(), quality.ravel().tolist(), strict=True)]
    return np.array(found).reshape(dilution.shape) if dilution.ndim else found[0]


def exact_threshold_of_learning(K: int, d: float, r: float, theta: float = THETA, limit: int = 1000) -> int | None:
    r"""Smallest M at which the exact `one_step` has :math:`m_1'/(1-d) \ge \mathrm{erf}\,\Theta`, None up to `limit`.

    Even numbers of examples can tie, so the overlap is not monotone in M; it is the first M from which on it holds for
    the next one too.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    wanted = math.erf(check_real("theta", theta, low=0.0, open_low=True)) * (1 - d)
    before = False
    for M in range(1, check_integer("limit", limit, low=2) + 1):
        learned = bool(one_step(MultitaskingLearning(K=K, d=d, T=0, r=r, M=M))[0] >= wanted)
        if learned and before:
            return M - 1
        before = learned
    return None


def noise_limit(model: MultitaskingLearning) -> float:
    r"""Overlap :math:`(1-d)\,\mathrm{erf}(1/\sqrt{2\rho})` of an archetype that has its sites for itself at T = 0.

    Only an upper estimate of ``m_1``: the noise of the dataset acts like a temperature, and a weaker first amplitude
    leaves sites to the others.
    """
    return (1 - model.d) * (math.erf(1 / math.sqrt(2 * model.rho)) if model.rho > 0 else 1.0)
