r"""How much of each pattern a state carries, and how many patterns a network of N spins can carry.

A pattern conveys one bit on each of its entries that are not blank, 1 - d per spin. In a hierarchical state pattern k
is retrieved on the sites that are blank in all patterns before it, a fraction :math:`d^{k-1}`, so its amplitude is the
power law :math:`m_k = (1-d)\,d^{k-1}`. In any state an exponent can be read off, :math:`m_k = (1-d)\,d^{\gamma_k}`.
"""

import math
from typing import NamedTuple

import numpy as np

from statmech.checks import check_dilution, check_integer, check_real
from statmech.results import Solution
from theory.multitasking.averages import Array
from theory.multitasking.states import amplitudes


def information_content(K: int, d: float) -> Array:
    """Bits per spin that each of K patterns can convey beyond those before it, :math:`(1-d)\\,d^{k-1}`.

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    d = check_dilution(d)
    return (1 - d) * d ** np.arange(check_integer("K", K, low=1))


def power_law_exponents(solution: Solution) -> Array:
    r"""Exponents :math:`\gamma_k = \ln[m_k/(1-d)]/\ln d` of the amplitudes of a state; 0 < d < 1.

    0, 1, 2, … in the hierarchical state of T = 0; infinite for a pattern that is not retrieved.

    Raises
    ------
    ValueError
        If d = 0: without blanks there is no power law.
    """
    d = check_real("d", solution.model.d, low=0.0, high=1.0, open_low=True, open_high=True)
    with np.errstate(divide="ignore"):
        return np.log(amplitudes(solution) / (1 - d)) / math.log(d) + 0.0


class Depth(NamedTuple):
    """How many patterns deep the hierarchy of a network of N spins is."""

    sites: float
    noise: float


def hierarchy_depth(N: int, d: float) -> Depth:
    r"""Number of patterns of a hierarchical state that N spins resolve: K may grow like ln N, not faster.

    Pattern k has :math:`N(1-d)\,d^{k-1}` sites of its own: as long as there is one, ``sites`` of them. Its amplitude
    also has to exceed the overlaps of order :math:`\sqrt{(1-d)/N}` that any configuration has with it: ``noise`` of
    them, about half as many,

    .. math::

        k_{\text{sites}} = 1 + \frac{\ln[N(1-d)]}{\ln(1/d)}, \qquad
        k_{\text{noise}} = 1 + \frac{\ln[N(1-d)]}{2\ln(1/d)} .

    Raises
    ------
    ValueError
        If an argument is out of range.

    Examples
    --------
    >>> [round(k, 1) for k in hierarchy_depth(20000, 0.4)]
    [11.3, 6.1]
    """
    d = check_real("d", d, low=0.0, high=1.0, open_low=True, open_high=True)
    steps = math.log(check_integer("N", N, low=1) * (1 - d)) / math.log(1 / d)
    return Depth(1 + steps, 1 + steps / 2)
