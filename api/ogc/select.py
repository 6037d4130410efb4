"""Which features of a collection are asked for, and the page of them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from api.ogc.collection import Collection
from api.ogc.errors import BadParameterError
from api.ogc.evaluate import Filter
from api.ogc.features import Features
from api.ogc.query import ItemsQuery
from api.ogc.spatial import touching


@dataclass(frozen=True)
class Selection:
    """A page of the features of a collection that fit.

    Attributes
    ----------
    collection : Collection
    wanted : ItemsQuery
    rows : array of int
        The features on the page, in order.
    matched : int
        How many fit, on all pages.
    more : bool
        Whether there is another page.
    """

    collection: Collection
    wanted: ItemsQuery
    rows: np.ndarray
    matched: int
    more: bool

    @property
    def last(self) -> str:
        """The key that the next page comes after."""
        return self.collection.features.keys[int(self.rows[-1])]

    def table(self) -> gpd.GeoDataFrame:
        """The page as files have it, in the system asked for, x before y."""
        return self.collection.features.table(self.rows, self.wanted.crs, self.wanted.names)


def select(collection: Collection, wanted: ItemsQuery, limit: int) -> Selection:
    """The page that is asked for, of ``limit`` features where nothing is said.

    Raises
    ------
    BadParameterError
        When the filter cannot be applied, or the page is after a feature that there is not.
    """
    features = collection.features
    fits = fitting(features, wanted)
    order = _order(features, wanted)
    found = np.flatnonzero(fits) if order is None else order[fits[order]]
    rest = found if wanted.after is None else _after(features, wanted.after, order, fits)
    most = wanted.limit or limit
    return Selection(collection, wanted, rest[:most], len(found), more=len(rest) > most)


def fitting(features: Features, wanted: ItemsQuery) -> np.ndarray:
    """Of each feature whether all that is given fits."""
    fits = np.ones(len(features), dtype=bool)
    if wanted.years is not None:
        fits &= (features.first <= wanted.years[1]) & (features.last >= wanted.years[0])
    for name, value in wanted.equal.items():
        column = features.columns[name].values
        fits &= (column.data == value) & ~column.missing
    if wanted.area is not None and features.shapes is not None:
        fits &= touching(wanted.area, features.shapes)
    if wanted.filter is not None:
        fits &= Filter(features, wanted.filter_crs).fitting(wanted.filter)
    return fits


def _order(features: Features, wanted: ItemsQuery) -> np.ndarray | None:
    """All features in the order asked for, unknown values last; None for that of their keys."""
    if not wanted.order:
        return None
    ranks = []
    for name, down in wanted.order:
        rank, last = features.columns[name].order, len(features)
        ranks.append(np.where(rank == last, last, -rank) if down else rank)
    return np.lexsort(ranks[::-1])  # a stable sort: equal ones stay in the order of their keys


def _after(features: Features, key: str, order: np.ndarray | None, fits: np.ndarray) -> np.ndarray:
    place = features.places.get(key)
    if place is None:
        raise BadParameterError("There is no feature that this page could come after.")
    every = np.arange(len(features)) if order is None else order
    rest = every[int(np.flatnonzero(every == place)[0]) + 1 :]
    found: np.ndarray = rest[fits[rest]]
    return found
