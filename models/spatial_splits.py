"""Places held out with a buffer around them, in which nothing is learnt from.

What lies side by side is alike beyond what the factors tell, so a model tested right beside its
training rows looks better than it is where no neighbour was counted (Roberts et al. 2017,
Ecography 40:913-929). The buffer leaves out the training rows that are near to held-out ones
(Ploton et al. 2020, Nature Communications 11:4540).

All coordinates are kilometres in a metric CRS, never degrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from models.forecast import Floats
from models.splits import ProvinceFolds, Rows
from vigia.errors import ModelError


class BufferedFolds:
    """Groups of rows held out in turn; rows near to them are in neither part.

    Groups are provinces or ``square_blocks``, at least two, dealt to folds by ``seed``. The order
    of rows does not matter.

    Parameters
    ----------
    places_km : array of shape (n, 2)
        x and y of each row.
    buffer_km : float
        Rows nearer than this to a held-out row are left out of training.
    n_splits : int
        There are never more folds than groups.
    seed : int
    """

    def __init__(
        self, places_km: ArrayLike, buffer_km: float, n_splits: int = 5, seed: int = 1
    ) -> None:
        self.places_km = places_km
        self.buffer_km = buffer_km
        self.n_splits = n_splits
        self.seed = seed

    def split(
        self,
        X: Any,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> Iterator[tuple[Rows, Rows]]:
        """Yield row numbers of the training and of the held-out part, fold by fold.

        Raises
        ------
        ModelError
            When there are fewer than two groups, or when the buffer leaves nothing to learn from.
        """
        places = _places(self.places_km)
        if len(places) != len(X):
            raise ValueError(f"{len(X)} rows have {len(places)} places")
        if not self.buffer_km >= 0:
            raise ValueError("buffer_km must not be negative")
        folds = ProvinceFolds(self.n_splits, self.seed)
        for train, held_out in folds.split(X, y, groups):
            nearest_km, _ = cKDTree(places[held_out]).query(places[train])
            kept = train[nearest_km >= self.buffer_km]
            if not len(kept):
                raise ModelError(
                    f"A buffer of {self.buffer_km:g} km leaves no row to learn from.",
                    hint="Make the buffer smaller, or hold out less at a time with more folds.",
                )
            yield kept, held_out

    def get_n_splits(
        self,
        X: Any = None,  # noqa: N803
        y: Any = None,
        groups: ArrayLike | None = None,
    ) -> int:
        """As many as asked for, or as there are groups."""
        return ProvinceFolds(self.n_splits, self.seed).get_n_splits(groups=groups)


def square_blocks(places_km: ArrayLike, block_km: float) -> NDArray[np.intp]:
    """The square of each place, on a grid that begins at the lower left corner of all places.

    Parameters
    ----------
    places_km : array of shape (n, 2)
        x and y.
    block_km : float
        Side of the squares, > 0.

    Returns
    -------
    array of shape (n,)
        Number of the square, counted over those that hold a place, by column and row of the grid.
    """
    if not block_km > 0:
        raise ValueError("block_km must be positive")
    places = _places(places_km)
    squares = np.floor((places - places.min(axis=0)) / block_km)
    return np.asarray(np.unique(squares, axis=0, return_inverse=True)[1].reshape(-1))


def _places(places_km: ArrayLike) -> Floats:
    places = np.asarray(places_km, dtype=np.float64)
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise ValueError("places_km must have the shape (rows, 2), with at least one row")
    if not np.isfinite(places).all():
        raise ModelError(
            "Some rows have no place, so their distance to others is unknown.",
            hint="Leave them out before the split.",
        )
    return places
