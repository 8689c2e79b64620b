"""Random streams and keys: what a unit of work is, and the random numbers it owns.

A unit is one disorder sample of one model at one size with one set of settings. Its key is a hash of
these canonical parameters, its stream a `numpy.random.SeedSequence` of the user's seed and the key.
Neither depends on the order in which units are computed or on who computes them, so a sample of a scan
can be drawn again in a notebook, bit by bit.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from statmech.models import Model

SPELLING = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)
"""The one spelling of parameters in JSON that keys are hashes of."""


def unit_key(model: Model, kind: str, settings: Mapping[str, Any]) -> str:
    """Hash of the canonical parameters of a unit of work, 32 hexadecimal digits.

    Parameters
    ----------
    model : Model
        The state point.
    kind : str
        What is computed there: ``"theory"`` or ``"sample"``.
    settings : mapping
        Everything else that the answer depends on, as plain data: size, index of the disorder sample,
        sweeps, start, … Numbers are spelled by `repr`, so 1 and 1.0 differ: pass validated values.
    """
    # JSON has no infinity, which is a legal number of examples
    values = {field.name: getattr(model, field.name) for field in fields(model)}
    parameters = {name: "inf" if value == math.inf else value for name, value in values.items()}
    parts = {"system": model.system, "model": parameters, "kind": kind, "settings": dict(settings)}
    return hashlib.sha256(SPELLING.encode(parts).encode()).hexdigest()[:32]


def unit_stream(seed: int, key: str) -> np.random.SeedSequence:
    """Random stream of the unit `key` under the user's `seed`."""
    return np.random.SeedSequence([seed, int(key, 16)])


def check_stream(stream: np.random.SeedSequence) -> np.random.SeedSequence:
    """Return the stream, or raise if it is none: a number would be a seed, and None another run every time.

    Raises
    ------
    ValueError
        If `stream` is no `numpy.random.SeedSequence`.
    """
    if not isinstance(stream, np.random.SeedSequence):
        raise ValueError(f"stream = {stream!r} is not allowed: stream must be a numpy.random.SeedSequence")
    return stream


def substream(stream: np.random.SeedSequence, *labels: int) -> np.random.SeedSequence:
    """Independent stream below `stream`; unlike `SeedSequence.spawn` it leaves no trace in `stream`."""
    return np.random.SeedSequence(stream.entropy, spawn_key=(*stream.spawn_key, *labels))
