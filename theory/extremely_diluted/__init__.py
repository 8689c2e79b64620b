r"""The extremely diluted network: patterns as isolated blocks, the line on which they begin to interfere, and beyond.

Spins and patterns form a random graph that is locally a tree; a pattern sends to each of its k members a field u, made
of the fields h of the others, with :math:`S = \sum_{j}\xi_js_j` over them,

.. math::

    u = \frac T2 \ln\frac{\sum_S W(S)\,e^{\beta(S+1)^2/2}}{\sum_S W(S)\,e^{\beta(S-1)^2/2}}, \qquad
    W(S) = \sum_{s:\,\sum\xi s = S} e^{\beta\sum_j h_js_j} ,

and h is the sum of the u of a spin's other patterns. One solution is h = 0: every pattern is a block of its own, all of
them retrieved together, each up to its sign,

.. math::

    P(M|k) \propto \binom{k}{(k+M)/2} e^{\beta M^2/2}, \qquad
    f = -T\ln 2 - \alpha T\,\mathrm{E}_k \ln\big[2^{-k}\textstyle\sum_M\binom{k}{(k+M)/2}e^{\beta M^2/2}\big] ,

with k Poisson of mean c. It is stable as long as the variance of a small field does not grow from one spin to its
neighbours,

.. math:: \alpha c \sum_{k\ge1} \mathrm{Poisson}(k;c)\,k A_{k+1}^2 < 1, \qquad
          A_n = \frac{\langle M^2\rangle_n - n}{n(n-1)} ,

the correlation of two spins of an isolated block of n. At T = 0, where A = 1, this is :math:`\alpha c^2 < 1`: below the
percolation of the graph the patterns are retrieved in parallel at any temperature. Beyond the line their cross-talk is
a distribution of fields, which `population` samples.

References
----------
.. [1] P. Sollich, D. Tantari, A. Annibale, A. Barra, Phys. Rev. Lett. 113, 238106 (2014).
"""

from theory.extremely_diluted.blocks import block_correlation, block_moment, growth
from theory.extremely_diluted.sampling import Population, population
from theory.extremely_diluted.states import STARTS, critical_load, critical_temperature, solve_extremely_diluted

__all__ = [
    "STARTS",
    "Population",
    "block_correlation",
    "block_moment",
    "critical_load",
    "critical_temperature",
    "growth",
    "population",
    "solve_extremely_diluted",
]
