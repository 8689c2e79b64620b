"""Plefka's expansion: retrieval observables by mean-field equations on given disorder; see `retrieve`."""

from montecarlo.plefka.retrieval import LEVELS, Retrieval, magnetise, retrieve

__all__ = ["LEVELS", "Retrieval", "magnetise", "retrieve"]
