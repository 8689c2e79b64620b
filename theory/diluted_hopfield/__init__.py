r"""The diluted Hopfield model at extensive load, replica symmetric: capacity, and how many patterns at once.

With n condensed patterns and :math:`v = 1-d`, the field of a site is :math:`h = m\cdot\xi + \sigma z` with z standard
normal and :math:`\sigma^2 = \alpha r`, and

.. math::

    m_\nu = \mathrm{E}\,\xi_\nu\tanh\beta h, \quad q = \mathrm{E}\tanh^2\beta h, \quad
    r = \frac{v^2 q}{(1-vC)^2}, \quad C = \beta(1-q) ,

.. math::

    f = \frac{m^2}2 + \frac\alpha2\Big[T\ln(1-vC) - \frac{vq}{1-vC} + rC + v\Big] - T\,\mathrm{E}\ln 2\cosh\beta h .

For one condensed pattern everything is explicit along the signal-to-noise ratio y = m/σ, as in `theory.hopfield.rs`:
the sites that are not blank give the noise σ(y; T), which is v times that of the Hopfield model at T/v, and then
:math:`\alpha(y; T) = \sigma^2(1-vC)^2/v^2q`. The blank sites of the retrieved pattern freeze in the noise of the others
and feed it back through C, so the capacity falls quickly with d; at T = 0, with :math:`x = y/\sqrt2`,

.. math::

    \sqrt{2\alpha} = \frac{\mathrm{erf}\,x}{x} - \frac{2}{\sqrt\pi}\big[d + (1-d)e^{-x^2}\big] ,

whose maximum vanishes at d = 2/3.

The state of one pattern is always stable against a second one, because 1 - vC > 0. A hierarchical state of n patterns
is a branch of its own, which ends at a load :math:`\simeq d^{2(n-1)}\alpha_c` for small d: the n-th pattern lives on
the sites that the others leave blank, at a field that is smaller by a factor d for each. Towards
d = 2/3, at T = 0.1 from d = 0.593 on, the last states of two patterns are those of equal amplitudes, into which the
hierarchical curve runs. Dilution does not buy multitasking at an extensive load.

References
----------
.. [1] D. J. Amit, H. Gutfreund, H. Sompolinsky, Ann. Phys. (N.Y.) 173, 30 (1987), for d = 0.
"""

from theory.diluted_hopfield.branches import retrieval_load, zero_temperature_load
from theory.diluted_hopfield.states import NUMBERED, STARTS, critical_load, retrieved_together, solve_diluted_hopfield

__all__ = [
    "NUMBERED",
    "STARTS",
    "critical_load",
    "retrieval_load",
    "retrieved_together",
    "solve_diluted_hopfield",
    "zero_temperature_load",
]
