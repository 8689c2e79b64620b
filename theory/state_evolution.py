"""What state evolution of message passing in perceptrons returns: the overlaps, iteration by iteration."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from statmech.models import BinaryPerceptron, TeacherStudent

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class StateEvolution:
    r"""Overlaps before the first iteration and after each.

    Attributes
    ----------
    model : TeacherStudent or BinaryPerceptron
    r, q : array, shape (steps + 1,)
        Overlap of the means with the teacher, NaN where labels are random, and with themselves.
    """

    model: TeacherStudent | BinaryPerceptron
    r: Array
    q: Array

    @property
    def eps_bayes(self) -> Array:
        r"""Generalisation error :math:`\arccos(r/\sqrt q)/\pi` of the sign of the mean field; 1/2 at the start."""
        cosine = np.divide(self.r, np.sqrt(self.q), out=0 * self.r, where=self.q > 0)
        return np.arccos(np.minimum(cosine, 1.0)) / math.pi

    def __repr__(self) -> str:
        r = "" if math.isnan(self.r[0]) else f"r = {self.r[-1]:.6g}  "
        return f"{r}q = {self.q[-1]:.6g}  [state evolution, {self.r.size - 1} steps of {self.model}]"
