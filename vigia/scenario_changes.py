"""From a scenario and what is stored to layers and ways as they would be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.layer import dimensions
from geo.moved import circle, moved_to
from geo.travel.rules import SEASONS, TravelRules
from vigia.errors import ScenarioError
from vigia.scenario_file import Open, Scenario, TravelChange
from vigia.settings import LayerInput, ProjectSettings

KMH = {season: (f"kmh_down_{season}", f"kmh_up_{season}") for season in SEASONS}


def layers_of(settings: ProjectSettings, scenario: Scenario) -> list[LayerInput]:
    """The layers that a scenario changes, as the project file has them.

    Raises
    ------
    ScenarioError
        When one is not there, or has no features to close, move or open.
    """
    known = {layer.id: layer for layer in settings.layers}
    for name in scenario.layers:
        if name not in known:
            raise ScenarioError(
                f"The run has no layer {name!r}.", hint=f"Its layers are {_listed(known)}."
            )
        if known[name].kind != "geometry":
            raise ScenarioError(
                f"The layer {name!r} is made of {known[name].kind}: it has no feature that could "
                "close, move or open.",
                hint="Name a layer of points, lines or polygons.",
            )
    return [known[name] for name in scenario.layers]


def refuse_unknown_ways(settings: ProjectSettings, scenario: Scenario) -> None:
    """Raise a ScenarioError where a scenario names ways that the project file does not have."""
    ways = [] if settings.travel is None else [way.id for way in settings.travel.ways]
    for one in scenario.travel:
        if one.way not in ways:
            raise ScenarioError(
                f"The run has no ways {one.way!r}.",
                hint=f"Its ways are {_listed(ways)}."
                if ways
                else "Its project file has no [travel]: nothing is travelled on.",
            )


@dataclass(frozen=True)
class ChangedLayer:
    """A layer's table with what a scenario does to it.

    Attributes
    ----------
    table : GeoDataFrame
        Of the same columns; what closes has an ``until_year``.
    closed : frozenset of int
        Features (``fid``) that are there no longer.
    """

    table: gpd.GeoDataFrame
    closed: frozenset[int]

    @property
    def left(self) -> gpd.GeoDataFrame:
        """Without what is closed, for those that know no years."""
        return gpd.GeoDataFrame(self.table[~self.table["fid"].isin(self.closed)])


def changed_layer(
    layer: str, table: pd.DataFrame, measured: pd.DataFrame, scenario: Scenario, year: int
) -> ChangedLayer:
    """What a scenario does to one layer, as it stands at the end of ``year``.

    Parameters
    ----------
    table : GeoDataFrame
        As stored: fid, code, from_year, until_year, value and geometry.
    measured : DataFrame
        The same rows as factors look at them, which says what stands.

    Raises
    ------
    ScenarioError
        When a feature is not there, or does not stand then, or a new one does not fit the layer.
    """
    if not isinstance(table, gpd.GeoDataFrame) or not table.geometry.notna().any():
        raise ScenarioError(f"The layer {layer!r} has no feature with a place.")
    changed = table.copy()
    stands = standing(measured, year)
    closed = {f for one in scenario.close if one.layer == layer for f in one.features}
    for fid in sorted(closed):
        row = _row(layer, table, stands, fid, year)
        changed.loc[row, "until_year"] = year
    for move in scenario.move:
        if move.layer == layer:
            row = _row(layer, table, stands, move.feature, year)
            changed.loc[[row], "geometry"] = [moved_to(changed.geometry[row], *move.to)]
    new = [one for one in scenario.open if one.layer == layer]
    if new:
        changed = _with_new(layer, changed, new)
    return ChangedLayer(changed, frozenset(closed))


def standing(table: pd.DataFrame, year: int) -> pd.Series:
    """Rows that stand at the end of ``year``."""
    begins, ends = (
        table[name].to_numpy(dtype=float, na_value=np.nan) for name in ("from_year", "until_year")
    )
    return pd.Series(~((begins > year) | (ends <= year)), index=table.index)


def _row(layer: str, table: gpd.GeoDataFrame, stands: pd.Series, fid: int, year: int) -> int:
    rows = table.index[table["fid"] == fid]
    if len(rows) == 0:
        raise ScenarioError(
            f"The layer {layer!r} has no feature {fid}.",
            hint="A feature is named by its row in the file, from 1; rows that were refused or "
            "merged at ingest are not there.",
        )
    there = rows[stands[rows].to_numpy() & table.geometry[rows].notna().to_numpy()]
    if len(there) == 0:
        raise ScenarioError(
            f"Feature {fid} of {layer!r} does not stand at the end of {year}, which the run's "
            "factors are of.",
            hint="Name one that does.",
        )
    if len(there) > 1:
        raise ScenarioError(
            f"The layer {layer!r} has several features {fid}: it was read from several files.",
            hint="Make one file of them and train again, so that each row has its own number.",
        )
    return int(there[0])


def _with_new(layer: str, table: gpd.GeoDataFrame, new: Iterable[Open]) -> gpd.GeoDataFrame:
    of_layer = dimensions(table.geometry[table.geometry.notna()].to_numpy())
    first = int(table["fid"].max()) + 1
    rows = [
        {"fid": first + number, "value": _value(one), "geometry": _shape(layer, one, of_layer)}
        for number, one in enumerate(new)
    ]
    opened = gpd.GeoDataFrame(rows, crs=table.crs).reindex(columns=table.columns)
    opened = opened.astype(
        {name: table[name].dtype for name in table.columns if name != "geometry"}
    )
    return gpd.GeoDataFrame(pd.concat([table, opened], ignore_index=True), crs=table.crs)


def _value(one: Open) -> float:
    return np.nan if one.properties.value is None else one.properties.value


def _shape(layer: str, one: Open, of_layer: frozenset[int]) -> shapely.Geometry:
    area = one.properties.area_km2
    if of_layer == {0}:
        if area is not None:
            raise ScenarioError(
                f"The layer {layer!r} is of points, which have no area_km2.",
                hint="Leave area_km2 out.",
            )
        return shapely.Point(one.at)
    if of_layer == {2}:
        if area is None:
            raise ScenarioError(
                f"The layer {layer!r} is of polygons: a new feature needs a size.",
                hint="Give it properties = { area_km2 = ... }; it becomes a circle.",
            )
        return circle(*one.at, area)
    raise ScenarioError(
        f"The layer {layer!r} has lines, or features of several kinds: nothing can open in it.",
        hint="Open features in layers of points or of polygons.",
    )


def changed_ways(
    ways: Mapping[str, gpd.GeoDataFrame], changes: Iterable[TravelChange], rules: TravelRules
) -> dict[str, gpd.GeoDataFrame]:
    """Rivers and roads at other speeds.

    Raises
    ------
    ScenarioError
        When there is no such class of a way.
    """
    answer = {name: table.copy() for name, table in ways.items()}
    for one in changes:
        table = answer[one.way]
        rows = pd.Series(data=True, index=table.index)
        if one.way_class is not None:
            rows = (table["way_class"] == one.way_class).fillna(False).astype(bool)
            if not rows.any():
                raise ScenarioError(
                    f"The ways {one.way!r} have no class {one.way_class!r}.",
                    hint=f"Their classes are {_listed(table['way_class'].dropna())}.",
                )
        for season in SEASONS if one.season is None else (one.season,):
            for place, column in enumerate(KMH[season]):
                now = _known_kmh(table, column, rules, 2 * SEASONS.index(season) + place)
                other = now * one.factor if one.factor is not None else one.speed
                table[column] = table[column].astype(float).where(~rows, other)
    return answer


def _known_kmh(table: gpd.GeoDataFrame, column: str, rules: TravelRules, place: int) -> pd.Series:
    """Speeds of all rows: their own, or those of their class."""
    classes = table["way_class"].astype(object).where(table["way_class"].notna(), None)
    of_class = [
        rules.speeds_of(mode, one).as_row()[place]
        for mode, one in zip(table["mode"], classes, strict=True)
    ]
    known: pd.Series = table[column].astype(float).fillna(pd.Series(of_class, index=table.index))
    return known


def _listed(names: Iterable[object]) -> str:
    return ", ".join(sorted({str(name) for name in names}))
