"""Travel over the real rivers and roads of Peru: what the network is, and hours to the border.

    python -m benchmarks.peru_travel

writes its tables into docs/travel.md. It reads the folder of real files (VIGIA_PERU_DATA, by
default shared/peru beside the repository); without it there is nothing to measure.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.results import ROOT, write_between
from geo.crs import MetricCRS, choose_metric_crs
from geo.travel import Network, Times, TravelRules, build_network

PERU = Path(os.environ.get("VIGIA_PERU_DATA") or ROOT.parent / "shared" / "peru")
PAGE = ROOT / "docs" / "travel.md"
MARKS = ("<!-- Peru: written by python -m benchmarks.peru_travel -->", "<!-- end of Peru -->")
SCALE_RANKS = tuple(str(rank) for rank in range(13))  # Natural Earth's: 1 is the biggest river
AMAZON = ("LORETO", "UCAYALI", "MADRE DE DIOS", "SAN MARTIN", "AMAZONAS")
TOWNS = {
    "160101": "Iquitos",
    "160301": "Nauta",
    "160501": "Requena",
    "160601": "Contamana",
    "250101": "Pucallpa (Callería)",
    "160201": "Yurimaguas",
    "170101": "Puerto Maldonado (Tambopata)",
}
HEADINGS = (
    "lines",
    "km",
    "components",
    "the largest, km",
    "loose ends",
    "snapped",
    "largest shift, m",
    "gaps up to 1 km",
    "crossings",
    "changes",
    "km of river without a direction",
)
JOURNEYS = (  # what travellers report of slow boats; the sources are on the page
    ("160101", "Santa Rosa de Yavari (Loreto)", "down", "36 (day and a half, 2005)"),
    ("250101", "160101", "down", "72 (three days at high water, 2012)"),
    ("160101", "160201", "up", "72 (about three days, 2015)"),
)
QUESTIONS = (
    ("to the post, high water", "to", "high"),
    ("to the post, low water", "to", "low"),
    ("from the post, high water", "from", "high"),
    ("from the post, low water", "from", "low"),
)


@dataclass(frozen=True)
class Peru:
    """What is travelled on, from where and where to."""

    rivers: gpd.GeoDataFrame
    roads: gpd.GeoDataFrame
    dense: gpd.GeoDataFrame
    capitals: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    area: shapely.Geometry
    metric: MetricCRS


def load(folder: Path) -> Peru:
    """The files; capitals are of districts with coordinates, posts those that could be placed."""
    rivers = gpd.read_file(folder / "rivers_natural_earth_10m.geojson")
    roads = gpd.read_file(folder / "roads_mtc_partial.gpkg")
    dense = gpd.read_file(folder / "rivers_ign_oxapampa.gpkg")
    districts = gpd.read_file(folder / "districts.geojson")
    capitals = pd.read_csv(folder / "district_attributes.csv", dtype={"ubigeo_inei": "str"})
    capitals = capitals.dropna(subset=["ubigeo_inei", "capital_lat", "capital_lon"])
    posts = pd.read_csv(folder / "border_posts.csv").dropna(subset=["latitude"])
    ranks = rivers["scalerank"].astype(int).astype(str)
    return Peru(
        _ways(rivers, "river", ranks),
        _ways(roads, "road", roads["network"]),
        _ways(dense, "river", dense["watercourse_type"]),
        _placed(capitals, "capital_lon", "capital_lat"),
        _placed(posts, "longitude", "latitude"),
        shapely.union_all(districts.geometry.dropna().to_numpy()),
        choose_metric_crs(tuple(districts.total_bounds.tolist())),
    )


def _ways(table: gpd.GeoDataFrame, mode: str, way_class: pd.Series) -> gpd.GeoDataFrame:
    """Lines of these files cross without a common vertex where they meet."""
    geometry = table[["geometry"]]
    return geometry.assign(fid=range(len(table)), mode=mode, way_class=way_class, crossings=True)


def _placed(table: pd.DataFrame, lon: str, lat: str) -> gpd.GeoDataFrame:
    points = gpd.points_from_xy(table[lon], table[lat])
    return gpd.GeoDataFrame(table.reset_index(drop=True), geometry=points, crs=4326)


def network(peru: Peru, *tables: gpd.GeoDataFrame) -> Network:
    """Of some of the tables, by the default rules; rivers end where they leave the country."""
    rules = TravelRules(river_classes=SCALE_RANKS)
    ways = pd.concat(tables, ignore_index=True)
    return build_network(ways, None, None, rules, peru.metric, peru.area)


def networks_table(networks: dict[str, Network]) -> str:
    """A row for each network: what it is made of and what was mended."""
    lines = ["| | " + " | ".join(HEADINGS) + " |", "|---|" + "---:|" * len(HEADINGS)]
    for name, net in networks.items():
        report = net.report
        largest = report.components[0]
        unknown = report.loops[1] + report.undirected[1]
        cells = [
            f"{report.rows:,}",
            f"{sum(report.km.values()):,.0f}",
            f"{len(report.components):,}",
            f"{largest.river_km + largest.road_km:,.0f}",
            f"{len(report.dangles.value):,}",
            f"{report.snapped:,}",
            f"{report.largest_shift_m:.0f}",
            f"{len(report.gaps.value):,}",
            f"{report.crossings:,}",
            f"{report.changes:,}",
            f"{unknown:,.0f} of {report.km['river']:,.0f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def hours(net: Network, peru: Peru) -> dict[str, Times]:
    """By question, minutes between every capital and its nearest post."""
    return {
        name: net.minutes_to_nearest(peru.capitals, peru.posts, season, direction)
        for name, direction, season in QUESTIONS
    }


def departments_table(peru: Peru, answers: dict[str, Times]) -> str:
    """Median hours by department, of the capitals that can be reached both ways."""
    lines = [
        "| | capitals | reached | " + " | ".join(answers) + " | walked, to the post |",
        "|---|" + "---:|" * (3 + len(answers)),
    ]
    department = peru.capitals["department"].str.upper().to_numpy()
    for name in (*AMAZON, None):
        here = department == name if name else ~np.isin(department, AMAZON)
        reached = here & np.isfinite([times.minutes for times in answers.values()]).all(axis=0)
        cells = [f"{here.sum():,}", f"{reached.sum():,}"]
        if reached.any():
            first = next(iter(answers.values()))
            cells += [f"{np.median(t.minutes[reached]) / 60:.1f}" for t in answers.values()]
            cells.append(f"{100 * np.median(first.walked_share[reached]):.0f} %")
        else:
            cells += ["–"] * (len(answers) + 1)
        lines.append(f"| {name.title() if name else 'the rest'} | {' | '.join(cells)} |")
    return "\n".join(lines)


def towns_table(peru: Peru, answers: dict[str, Times]) -> str:
    """Hours between some towns and the post that is nearest in time on the way there."""
    lines = [
        "| | nearest post | " + " | ".join(answers) + " |",
        "|---|---|" + "---:|" * len(answers),
    ]
    row_of = {code: row for row, code in enumerate(peru.capitals["ubigeo_inei"])}
    first = next(iter(answers.values()))
    for code, town in TOWNS.items():
        row = row_of[code]
        target = int(first.target[row])
        post = "–" if target < 0 else peru.posts["post_name"].iloc[target]
        cells = [
            "–" if np.isnan(times.minutes[row]) else f"{times.minutes[row] / 60:.1f}"
            for times in answers.values()
        ]
        lines.append(f"| {town} | {post} | {' | '.join(cells)} |")
    return "\n".join(lines)


def journeys_table(net: Network, peru: Peru) -> str:
    """Hours of the rules beside those that travellers report, and the speed of the latter."""
    lines = [
        "| | | km along the lines | hours, high water | reported | km/h as reported |",
        "|---|---|" + "---:|" * 4,
    ]
    places = dict(zip(peru.capitals["ubigeo_inei"], peru.capitals.geometry, strict=True))
    places |= dict(zip(peru.posts["post_name"], peru.posts.geometry, strict=True))
    for start, end, way, reported in JOURNEYS:
        path = net.path(places[start], places[end], "high")
        km = sum(leg.km for leg in path.legs)
        names = [TOWNS.get(name, name) for name in (start, end)]
        cells = [
            f"{km:,.0f}",
            f"{path.minutes / 60:.0f}",
            reported,
            f"{km / float(reported.split()[0]):.1f}",
        ]
        lines.append(f"| {names[0]} to {names[1]} | {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print, and write the page."""
    if not PERU.is_dir():
        print(f"There are no files of Peru at {PERU}: set VIGIA_PERU_DATA.", file=sys.stderr)
        return 1
    peru = load(PERU)
    both = network(peru, peru.rivers, peru.roads)
    networks = {
        "rivers (Natural Earth, main stems)": network(peru, peru.rivers),
        "roads (departmental and local)": network(peru, peru.roads),
        "both": both,
        "rivers and streams of Oxapampa": network(peru, peru.dense),
    }
    answers = hours(both, peru)
    tables = [
        networks_table(networks),
        departments_table(peru, answers),
        towns_table(peru, answers),
        journeys_table(both, peru),
    ]
    middle = "\n\n".join(tables)
    print(middle)
    write_between(PAGE, MARKS, middle)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
