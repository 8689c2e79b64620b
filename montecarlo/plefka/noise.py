r"""The noise of all patterns but the retrieved one, as the corrections to mean-field equations need it.

The load :math:`\gamma` (:math:`\alpha` for P = 2) is here that of the K - 1 patterns that are noise, which at finite N
is not the model's: :math:`(K-1)/N` for pairs, :math:`(K-1)/\binom{N-1}{P-1}` for P ≥ 4.

Plefka's expansion of the Gibbs potential at given magnetisations,

.. math::

    -\beta G(m) = \sum_i S(m_i) - \beta H(m) + \tfrac{\beta^2}{2} \Phi_2(m) + \dots , \qquad
    \Phi_2 = \frac{N \gamma}{P} \bigl[1 - P \hat q^{P-1} + (P-1) \hat q^P\bigr], \quad \hat q = \frac1N \sum_i m_i^2 ,

S the entropy of a spin, has as its second term the variance of the energy among independent spins, averaged over the
noise. Its derivative is the reaction of the other spins to spin i, which the field must not contain:
:math:`h_i - \beta \gamma (P-1) \hat q^{P-2} (1 - \hat q)\, m_i`. For P ≥ 4 nothing else is left at large N. For P = 2
all orders count, loops through a pattern: with :math:`C = \beta(1 - \hat q)` the second order :math:`\alpha C` becomes
:math:`\alpha C/(1 - C)`. Of a class whose M examples are stored one by one, the correlations have an eigenvalue 1 and
M - 1 eigenvalues :math:`g = (1 - r^2)/(M R)`: it is :math:`\alpha [C/(1-C) + (M-1) g^2 C/(1 - g C)]`.

References
----------
.. [1] T. Plefka, J. Phys. A 15, 1971 (1982).
.. [2] D. J. Thouless, P. W. Anderson, R. G. Palmer, Phil. Mag. 35, 593 (1977).
.. [3] M. Mézard, Phys. Rev. E 95, 022117 (2017), arXiv:1608.01558, for the Hopfield model.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Noise:
    """Strength and spectrum of the noise.

    Attributes
    ----------
    P : int
        Number of interacting spins.
    load : float
        Variance of the noise field on an aligned state for P ≥ 4, for P = 2 the number of classes over N: of all K
        classes but the retrieved one, so :math:`(K-1)/N` for pairs, where the model's load counts all K.
    modes : tuple of (float, float)
        For P = 2: number of eigenvalues of a class's correlations, and their value. Not used otherwise.
    """

    P: int
    load: float
    modes: tuple[tuple[float, float], ...] = ((1.0, 1.0),)

    def reaction(self, m: NDArray[np.float64], T: float) -> float:
        """What multiplies a spin's magnetisation in the reaction term, at T > 0; NaN where the loops diverge."""
        q = float(np.mean(m**2))
        C = (1.0 - q) / T
        if self.P > 2:
            return self.load * (self.P - 1) * q ** (self.P - 2) * C
        if C * max(value for _, value in self.modes) >= 1.0:
            return math.nan
        return self.load * sum(count * value**2 * C / (1.0 - value * C) for count, value in self.modes)

    def replicon(self, m: NDArray[np.float64], T: float) -> float:
        r"""Stability, :math:`1 - \beta^2 v'(\hat q)\,\tfrac1N \sum_i (1 - m_i^2)^2`, at T > 0.

        v is the variance of the noise field. It is 1 without noise; where it is negative, beyond the line of de
        Almeida and Thouless, the solutions of these equations are not states. NaN where the loops diverge.
        """
        q, fluctuation = float(np.mean(m**2)), float(np.mean((1.0 - m**2) ** 2))
        C = (1.0 - q) / T
        if self.P > 2:
            slope = self.load * (self.P - 1) * q ** (self.P - 2)
        elif C * max(value for _, value in self.modes) >= 1.0:
            return math.nan
        else:
            slope = self.load * sum(count * (value / (1.0 - value * C)) ** 2 for count, value in self.modes)
        return 1.0 - (slope * fluctuation / T / T if fluctuation > 0 else 0.0)
