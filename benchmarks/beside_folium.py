"""Folium's plain choropleth beside the map, of one region: what docs/beside-folium.md shows.

Folium draws what lies in the files that anybody has: the register as crude rates, and the rates of
the run. All is at Folium's defaults; its scripts come from here, and its legend is the picture that
branca makes of a scale, because the other one asks a server for d3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
from branca.element import Element

from benchmarks.map_pages import HTML, LocalFolium, Site
from data.counts.told import cells
from data.records import PublishedRun
from maps.assets import assets
from maps.levels import MOST_SURE, NO_DATA, certainty
from maps.released import Released, release
from maps.words import words

OUTCOME, REGISTER = "exploitation", "casos/explotacion_distrito.csv"
PER = 100_000
ENGLISH = words("en")
SAID = """\
missing data
| black, under the same veil as the other colours. Of the register, {black} of {total} districts
are black: they have no row, and whether that is no case or nobody who records is not asked. Of the
rates, {gap} is, where a factor is missing. The scale says nothing of black, and on a grey copy
black is darker than all of it
| {gap} is hatched; *sin dato* comes first in the legend, and the panel says what is missing. What
no row means is said in the project (here: none recorded), and what was never recorded is estimated

doubt
| not there. {sure} and {unsure} have the same colour
| the first is *{sure_level}* and vivid, the second *{unsure_level}* and pale. Panel, table and
brief have both intervals, and one switch leaves the sure ones alone in colour

small counts
| the darkest district of the register is {darkest}. Recorded there: {cases}, among {people}
people. Who has the map and the population has the count
| {darkest_rate} is *{darkest_level}*. Its count is not told; of those of the {total} districts
in {year}, {told} are

classes
| {classes} of equal width between the lowest rate and the highest: {in_first} of {known} districts
with a rate are in the first
| levels against the mean, each with the probability that makes it

colour blindness
| one hue from light to dark, which everybody can put in order, but for black
| from light to dark on a grey copy and for every kind of colour blindness; what is not known has
stripes"""
MARKS = (
    "<!-- what each makes of the region: written by tests/browser/test_beside_folium.py -->",
    "<!-- end of what each makes of the region -->",
)


def with_a_gap(run: PublishedRun) -> PublishedRun:
    """The run as if a factor of its largest district were missing: the region has no gap itself."""
    largest = run.districts.to_crs(run.districts.estimate_utm_crs()).geometry.area.idxmax()
    own = run.scores["code"] == run.districts["code"][largest]
    factor = next(one for one in run.record.factors if one["role"] == "risk")
    scores = run.scores.copy()
    scores.loc[own, scores.select_dtypes("float").columns] = np.nan
    scores.loc[own, ["level", "no_data_reason"]] = [NO_DATA, f"missing_factor:{factor['id']}"]
    return replace(run, scores=scores)


def register(folder: Path, year: int) -> pd.DataFrame:
    """By code of the districts with a row in the register: cases, people, and cases per ``PER``."""
    code = {"UBIGEO": str}
    rows = pd.read_csv(folder / "datos" / REGISTER, sep=";", encoding="latin-1", dtype=code)
    people = pd.read_csv(
        folder / "datos" / "poblacion.csv", sep=";", encoding="utf-8-sig", dtype=code
    )
    own = rows[rows["ANIO"] == year].drop_duplicates()  # some blocks of the file are there twice
    table = pd.DataFrame({"cases": own.groupby("UBIGEO")["CASOS"].sum()})
    table["people"] = people[people["ANIO"] == year].set_index("UBIGEO")["POBLACION"]
    table["rate"] = (PER * table["cases"] / table["people"]).round(1)
    return table


def choropleth(districts: gpd.GeoDataFrame, rates: pd.Series) -> folium.Choropleth:
    """Folium's own, with all its defaults."""
    return folium.Choropleth(
        geo_data=districts[["code", "name", "geometry"]],
        data=rates,
        key_on="feature.properties.code",
    )


def page(districts: gpd.GeoDataFrame, rates: pd.Series) -> Site:
    """The choropleth on a map of its own, with its scale in a corner."""
    west, south, east, north = districts.total_bounds
    made = LocalFolium(location=[(south + north) / 2, (west + east) / 2], tiles=None)
    drawn = choropleth(districts, rates)
    scale = drawn.color_scale
    del drawn._children[scale.get_name()]
    drawn.color_scale = None
    drawn.add_to(made)
    made.fit_bounds([[south, west], [north, east]])
    corner = "position:fixed;top:8px;right:8px;z-index:1000;background:#fff;padding:4px"
    legend = Element(f'<div style="{corner}">{scale._repr_html_()}</div>')
    made.get_root().html.add_child(legend)  # type: ignore[attr-defined]
    found = {name: assets()[f"leaflet/{name}"] for name in ("leaflet.js", "leaflet.css")}
    files = {f"/{name}": (asset.media_type, asset.content) for name, asset in found.items()}
    return Site({"/": (HTML, made.get_root().render().encode()), **files})


def fills(drawn: folium.Choropleth) -> dict[str, str]:
    """The colour that Folium gives each district, by code."""
    return {
        feature["properties"]["code"]: drawn.geojson.style_function(feature)["fillColor"]
        for feature in drawn.geojson.data["features"]
    }


@dataclass(frozen=True)
class Pair:
    """Two districts of the same colour in Folium: one that is told surely, one that is not."""

    sure: Mapping[str, Any]
    unsure: Mapping[str, Any]


class Region:
    """The region as both show it.

    Attributes
    ----------
    shown : Released
        The run, with the gap.
    scores : DataFrame
        Of the outcome, by code, with ``name`` and ``sure`` (0 to 2).
    cases : DataFrame
        The register of the last year before the target year.
    of_register, of_rates : Choropleth
        Folium's, of both.
    """

    def __init__(self, folder: Path, shown: Released) -> None:
        self.shown, self.year = shown, shown.target_year - 1
        scores = shown.scores_of(OUTCOME)
        self.scores = scores.assign(
            name=shown.districts.set_index("code")["name"],
            sure=certainty(scores, shown.settings["publish"]),
        )
        self.cases = register(folder, self.year)
        self.of_register = choropleth(shown.districts, self.cases["rate"])
        self.of_rates = choropleth(shown.districts, self.scores["rate"])

    @property
    def gap(self) -> Mapping[str, Any]:
        """The district whose factor is missing."""
        return self._district(self.scores.index[self.scores["level"] == NO_DATA][0])

    @property
    def darkest(self) -> Mapping[str, Any]:
        """The district of the highest crude rate, with its row of the register."""
        code = self.cases["rate"].idxmax()
        return {**self._district(code), **self.cases.loc[code, ["cases", "people"]]}

    @property
    def pair(self) -> Pair:
        """Of all such pairs the one whose rates are most alike."""
        colour = fills(self.of_rates)
        known = self.scores.dropna(subset=["rate"])
        sure = known["sure"] == MOST_SURE
        found = min(
            (abs(known["rate"][one] - known["rate"][other]), one, other)
            for one, other in combinations(known.index, 2)
            if colour[one] == colour[other] and sure[one] != sure[other]
        )
        first, second = found[1:] if sure[found[1]] else found[:0:-1]
        return Pair(self._district(first), self._district(second))

    @property
    def without_row(self) -> int:
        """Districts that have no row in the register."""
        return int((~self.scores.index.isin(self.cases.index)).sum())

    @property
    def in_first_class(self) -> int:
        """Districts in the lowest of Folium's classes of the rates."""
        lowest = self.of_rates.color_scale.index[1]
        return int((self.scores["rate"] < lowest).sum())

    @property
    def told(self) -> int:
        """Districts whose count of the year everybody is told."""
        counts = self.shown.beside.counts
        if counts is None:
            return 0
        own = cells(counts, lambda one, level: level == "district" and one.outcome == OUTCOME)
        return sum(area in one.told for one, area in own if one.period.first == self.year)

    def _district(self, code: str) -> Mapping[str, Any]:
        return {"code": code, **self.scores.loc[code]}


def region(folder: Path, run: PublishedRun, beside: Any) -> Region:
    """The region of a project, from what it published."""
    return Region(folder, release(with_a_gap(run), beside))


def table(seen: Region) -> str:
    """Markdown: what each makes of the region."""
    pair, darkest = seen.pair, seen.darkest
    numbers = {
        "gap": seen.gap["name"],
        "total": len(seen.scores),
        "black": seen.without_row,
        "sure": _rate(pair.sure),
        "sure_level": _level(pair.sure),
        "unsure": _rate(pair.unsure),
        "unsure_level": _level(pair.unsure),
        "darkest": darkest["name"],
        "cases": f"{darkest['cases']:.0f}",
        "people": f"{darkest['people']:,.0f}",
        "darkest_rate": _rate(darkest),
        "darkest_level": _level(darkest),
        "year": seen.year,
        "told": seen.told,
        "classes": len(seen.of_rates.color_scale.index) - 1,
        "in_first": seen.in_first_class,
        "known": int(seen.scores["rate"].notna().sum()),
    }
    rows = [" ".join(row.split()) for row in SAID.format(**numbers).split("\n\n")]
    heads = ["| | Folium's plain choropleth | vigia |", "|---|---|---|"]
    return "\n".join([*heads, *(f"| {row} |" for row in rows)])


def _level(district: Mapping[str, Any]) -> str:
    return ENGLISH(f"level.{district['level']}").lower()


def _rate(district: Mapping[str, Any]) -> str:
    rate, low, high = (ENGLISH.number(district[name]) for name in ("rate", "rate_low", "rate_high"))
    return f"{district['name']} ({rate} per 100,000, {low} to {high})"
