"""Spatial noise on the graph of districts: what no factor explains, alike among neighbours."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, diags_array, eye_array
from scipy.sparse.linalg import spsolve


def smooth_noise(
    count: int, pairs: np.ndarray, smoothness: float, random: np.random.Generator
) -> np.ndarray:
    """A Gaussian field with mean 0 and sd 1 over the districts.

    It solves (I + smoothness * L / mean degree) field = white noise, with L the graph's Laplacian:
    a simultaneous autoregression.
    """
    a, b = np.concatenate([pairs, pairs[:, ::-1]]).T
    beside = coo_array((np.ones(len(a)), (a, b)), shape=(count, count)).tocsc()
    degree = np.asarray(beside.sum(axis=0)).ravel()
    laplacian = diags_array(degree) - beside
    system = eye_array(count) + smoothness * laplacian / degree.mean()
    field = np.asarray(spsolve(system.tocsc(), random.normal(size=count)))
    return np.asarray((field - field.mean()) / field.std())
