"""A stream of random numbers for each part: a change in one leaves the others as they were."""

from __future__ import annotations

import numpy as np


def stream(seed: int, part: str) -> np.random.Generator:
    """The generator of one part, named."""
    return np.random.default_rng([seed, *part.encode()])
