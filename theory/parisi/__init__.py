"""Parisi's theory of mean-field glasses of Ising spins with any covariance: replica symmetric to full breaking.

``full_solution(Covariance({2: 0.5}), T)`` climbs from the replica-symmetric solution through 1, 2, … steps
to the limit.
"""

from theory.parisi.covariance import Covariance
from theory.parisi.ladder import Ladder, full_solution
from theory.parisi.symmetric import Symmetric, symmetric_at, symmetric_overlaps

__all__ = ["Covariance", "Ladder", "Symmetric", "full_solution", "symmetric_at", "symmetric_overlaps"]
