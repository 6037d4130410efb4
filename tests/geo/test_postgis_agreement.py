"""The same measures by a database that shares no code with us: PostGIS, in SQL, on the ellipsoid.

Overlays are made in degrees by both, as borders are straight there; lengths and areas are
geodesic. Distances between points agree to 1e-9. From a point to a line or polygon PostGIS looks
for the nearest place on a sphere, and its distance is up to 2e-5 too long (2 m in 100 km); there
the shortest geodesic is found by minimising along each edge, and we are held to 1e-6 or to 1 mm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg2
import pytest
import shapely
from psycopg2.extras import execute_values
from scipy.optimize import minimize_scalar

from data.synthetic import SyntheticParams, simulate, write_project
from geo.arrays import edged
from geo.crs import choose_metric_crs
from geo.features import Factor, Region, feature_table
from geo.validity import repair
from tests.geo.shapes import GEOD, NO_POINTS
from tests.postgis import Cluster

pytestmark = pytest.mark.postgis

YEAR = 2030
SHARE = """
SELECT d.id, 100 * coalesce(
    ST_Area(ST_Union(ST_CollectionExtract(ST_Intersection(d.geom, f.geom), 3))::geography), 0
) / ST_Area(d.geom::geography)
FROM {districts} d LEFT JOIN {features} f ON ST_Intersects(d.geom, f.geom) GROUP BY d.id, d.geom
"""
LENGTH = """
WITH pieces AS (
    SELECT d.id, f.id AS line,
        ST_CollectionExtract(ST_Intersection(f.geom, d.geom, 1e-9), 2) AS geom
    FROM {districts} d JOIN {features} f ON ST_DWithin(d.geom, f.geom, 1e-9)
), km AS (
    SELECT id, ST_Length(geom::geography) / 1000 AS km FROM pieces
    UNION ALL
    SELECT p.id, -ST_Length(ST_Intersection(p.geom, q.geom, 1e-9)::geography) / 2000
    FROM pieces p JOIN pieces q
    ON p.line = q.line AND p.id <> q.id AND ST_DWithin(p.geom, q.geom, 1e-9)
)
SELECT d.id, coalesce(sum(km), 0) / (ST_Area(d.geom::geography) / 1e6)
FROM {districts} d LEFT JOIN km USING (id) GROUP BY d.id, d.geom
"""
COUNT = """
WITH placed AS (
    SELECT DISTINCT ON (f.id) f.id, d.id AS district
    FROM {features} f JOIN {districts} d ON ST_Intersects(d.geom, f.geom)
    ORDER BY f.id, d.id COLLATE "C"
)
SELECT d.id, 1000 * count(p.id) / (ST_Area(d.geom::geography) / 1e6)
FROM {districts} d LEFT JOIN placed p ON p.district = d.id GROUP BY d.id, d.geom
"""
DISTANCE = """
SELECT s.id, min(ST_Distance(s.geom::geography, f.geom::geography)) / 1000
FROM {supports} s CROSS JOIN {features} f GROUP BY s.id
"""
POSTGIS_REL, POSTGIS_KM = 3e-5, 1e-3  # its sphere; edges that it takes for geodesics
SHORTEST_REL, SHORTEST_KM = 1e-6, 1e-6
NEAREST_EDGES = 12  # by a plane around the point: the nearest is one of them


@dataclass(frozen=True)
class Database:
    """A PostGIS with the tables that were put into it."""

    connection: Any

    def put(self, name: str, ids: list[str], shapes: Any) -> None:
        rows = [(i, shape.wkb) for i, shape in zip(ids, shapes, strict=True) if shape is not None]
        with self.connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {name} (id text PRIMARY KEY, geom geometry)")
            put = f"INSERT INTO {name} VALUES %s"
            execute_values(cursor, put, rows, "(%s, ST_GeomFromWKB(%s, 4326))")
            cursor.execute(f"CREATE INDEX ON {name} USING gist (geom)")
            cursor.execute(f"ANALYZE {name}")

    def ask(self, query: str, **tables: str) -> pd.Series:
        with self.connection.cursor() as cursor:
            cursor.execute(query.format(**tables))
            found = dict(cursor.fetchall())
        return pd.Series(found, dtype=float).sort_index()


@pytest.fixture(scope="module")
def database(postgis_cluster: Cluster) -> Iterator[Database]:
    with postgis_cluster.database() as url, closing(psycopg2.connect(url)) as connection:
        yield Database(connection)


def numbered(shapes: Any) -> list[str]:
    return [f"{number:06}" for number in range(len(shapes))]


def points_of(path: Path) -> gpd.GeoDataFrame:
    table = pd.read_csv(path, dtype={"UBIGEO": str})
    places = gpd.points_from_xy(table["LONGITUD"], table["LATITUD"])
    return gpd.GeoDataFrame(table, geometry=places, crs=4326)


@dataclass(frozen=True)
class Case:
    """A region with layers, in memory and in the database."""

    region: Region
    layers: dict[str, gpd.GeoDataFrame]
    database: Database

    def ours(self, layer: str, measure: str, support: str = "polygon") -> pd.Series:
        west, south, east, north = self.region.districts.total_bounds.tolist()
        factor = Factor(layer, measure, support)
        table = feature_table(
            self.region,
            self.layers,
            [factor],
            [YEAR],
            choose_metric_crs((west, south, east, north)),
            lambda *_: None,
        )
        return table.xs(YEAR, level="year")[factor.id].dropna()


@pytest.fixture(scope="module")
def example(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """The synthetic region, as its files have it."""
    folder = tmp_path_factory.mktemp("region")
    write_project(simulate(SyntheticParams()), folder)
    files = folder / "datos"
    names = {"UBIGEO": "code", "NOMBDIST": "name", "NOMBPROV": "province_code"}
    districts = gpd.read_file(files / "distritos.gpkg").rename(columns=names)
    districts["department_code"] = districts["code"].str[:2]
    districts["geometry"] = repair(districts.geometry).geometries  # one crosses itself
    capitals = points_of(files / "capitales.csv").rename(columns=names | {"CAPITAL": "name"})
    layers = {
        "rivers": gpd.read_file(files / "rios.gpkg"),
        "mining": gpd.read_file(files / "mineria.gpkg"),
        "centres": points_of(files / "centros_poblados.csv"),
        "ports": points_of(files / "puertos.csv"),
    }
    layers = {name: table[["geometry"]] for name, table in layers.items()}
    database.put("e_districts", districts["code"].tolist(), districts.geometry)
    database.put("e_capitals", capitals["code"].tolist(), capitals.geometry)
    for name, table in layers.items():
        database.put(f"e_{name}", numbered(table), table.geometry)
    return Case(Region(districts, capitals, NO_POINTS), layers, database)


@pytest.fixture(scope="module")
def real(database: Database, peru: Path) -> Case:
    """Peru, with a centre in every fortieth district for a capital.

    Roads drawn over themselves are drawn once: PostGIS counts them once where it cuts them, and
    twice where it does not.
    """
    names = {"IDDIST": "code", "NOMBDIST": "name", "IDPROV": "province_code"}
    districts = gpd.read_file(peru / "districts.geojson").rename(columns=names)
    districts["department_code"] = districts["code"].str[:2]
    centres = pd.read_parquet(peru / "populated_centres.parquet").iloc[::3]
    places = gpd.points_from_xy(centres["longitude"], centres["latitude"])
    centres = gpd.GeoDataFrame({"code": centres["ubigeo_inei"], "name": ""}, geometry=places)
    roads = gpd.read_file(peru / "roads_mtc_partial.gpkg").geometry.to_numpy()
    layers = {
        "mining": gpd.read_file(peru / "mining_detections.gpkg")[["geometry"]],
        "roads": gpd.GeoDataFrame(geometry=shapely.unary_union(roads[:, None], axis=1), crs=4326),
        "centres": centres[["geometry"]].set_crs(4326),
    }
    capitals = centres.set_crs(4326).drop_duplicates("code").iloc[::40]
    capitals = capitals[capitals["code"].isin(districts["code"])]
    database.put("p_districts", districts["code"].tolist(), districts.geometry)
    database.put("p_capitals", capitals["code"].tolist(), capitals.geometry)
    for name, table in layers.items():
        database.put(f"p_{name}", numbered(table), table.geometry)
    return Case(Region(districts, capitals, NO_POINTS), layers, database)


def agree(ours: pd.Series, theirs: pd.Series, rel: float, least: float) -> None:
    assert ours.index.tolist() == theirs.index.tolist()
    assert (ours > 0).sum() > 15
    assert ours.to_numpy() == pytest.approx(theirs.to_numpy(), rel=rel, abs=least)


def edges_of(shapes: Any) -> np.ndarray:
    """Of lines and of polygons' borders, shape (edges, 4)."""
    edges = []
    for part in shapely.get_parts(shapely.get_parts(np.asarray(shapes, dtype=object))):
        for line in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            xy = shapely.get_coordinates(line)
            edges.append(np.hstack([xy[:-1], xy[1:]]))
    return np.concatenate(edges)


def shortest_km(point: shapely.Point, edges: np.ndarray) -> float:
    """The shortest geodesic to an edge that is a geodesic too: no plane measures anything."""
    here = np.array([point.x, point.y])
    start, run = edges[:, :2], edges[:, 2:] - edges[:, :2]
    flat = np.array([np.cos(np.radians(point.y)), 1])
    a, along = (start - here) * flat, run * flat
    square = np.maximum((along**2).sum(axis=1), 1e-300)
    nearest = a + np.clip(-(a * along).sum(axis=1) / square, 0, 1)[:, None] * along
    found = []
    for edge in np.argsort((nearest**2).sum(axis=1))[:NEAREST_EDGES]:
        azimuth, _, length = GEOD.inv(*edges[edge])

        def metres(part: float, edge: int = edge, to: tuple = (azimuth, length)) -> float:
            lon, lat, _ = GEOD.fwd(*start[edge], to[0], part * to[1])
            return float(GEOD.inv(*here, lon, lat)[2])

        best = minimize_scalar(metres, bounds=(0, 1), method="bounded", options={"xatol": 1e-12})
        found += [best.fun, metres(0), metres(1)]
    return min(found) / 1000


def shortest(supports: pd.Series, shapes: Any) -> pd.Series:
    edges, tree = edges_of(edged(shapes)), shapely.STRtree(shapes)
    return pd.Series(
        {
            code: 0.0 if len(tree.query(point, "intersects")) else shortest_km(point, edges)
            for code, point in supports.items()
        }
    )


EXAMPLE, PERU = "example", pytest.param("real", marks=pytest.mark.peru)


@pytest.fixture
def case(request: pytest.FixtureRequest) -> Case:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def tables(case: Case, layer: str) -> dict[str, str]:
    letter = "e" if "ports" in case.layers else "p"
    return {name: f"{letter}_{name}" for name in ("districts", "capitals")} | {
        "supports": f"{letter}_capitals",
        "features": f"{letter}_{layer}",
    }


@pytest.mark.parametrize("case", [EXAMPLE, PERU], indirect=True)
def test_shares_of_area(case: Case) -> None:
    theirs = case.database.ask(SHARE, **tables(case, "mining"))
    agree(case.ours("mining", "share_of_area"), theirs, 1e-6, 1e-9)


@pytest.mark.parametrize("case", [EXAMPLE, PERU], indirect=True)
def test_length_densities(case: Case) -> None:
    """On a grid of 0.1 mm, which is what a length of a few metres may be off by."""
    layer = "rivers" if "rivers" in case.layers else "roads"
    theirs = case.database.ask(LENGTH, **tables(case, layer))
    agree(case.ours(layer, "length_density"), theirs, 1e-6, 1e-8)


@pytest.mark.parametrize("case", [EXAMPLE, PERU], indirect=True)
def test_count_densities(case: Case) -> None:
    theirs = case.database.ask(COUNT, **tables(case, "centres"))
    agree(case.ours("centres", "count_density"), theirs, 1e-9, 1e-12)


@pytest.mark.parametrize("case", [EXAMPLE], indirect=True)
def test_distances_between_points(case: Case) -> None:
    theirs = case.database.ask(DISTANCE, **tables(case, "ports"))
    agree(case.ours("ports", "distance", "capital"), theirs, 1e-9, 1e-9)


@pytest.mark.parametrize(
    ("case", "layer"),
    [(EXAMPLE, "mining"), (EXAMPLE, "rivers"), pytest.param("real", "mining", marks=PERU.marks)],
    indirect=["case"],
)
def test_distances_to_lines_and_polygons(case: Case, layer: str) -> None:
    ours = case.ours(layer, "distance", "capital")
    theirs = case.database.ask(DISTANCE, **tables(case, layer))
    agree(ours, theirs, POSTGIS_REL, POSTGIS_KM)
    capitals = case.region.capitals.set_index("code").geometry.reindex(ours.index)
    agree(
        ours, shortest(capitals, case.layers[layer].geometry.to_numpy()), SHORTEST_REL, SHORTEST_KM
    )


@pytest.mark.parametrize("case", [EXAMPLE], indirect=True)
def test_distances_from_districts(case: Case) -> None:
    ours = case.ours("ports", "distance")
    theirs = case.database.ask(DISTANCE, **tables(case, "ports") | {"supports": "e_districts"})
    agree(ours, theirs, POSTGIS_REL, 20 * POSTGIS_KM)
    ports = case.layers["ports"].geometry.to_numpy()
    expected = {}
    for code, district in case.region.districts.set_index("code").geometry.items():
        near = ports[np.argsort(shapely.distance(ports, district))[:6]]
        inside = shapely.intersects(near, district).any()
        edges = edges_of(edged(np.array([district])))
        expected[code] = 0.0 if inside else min(shortest_km(port, edges) for port in near)
    agree(ours, pd.Series(expected), SHORTEST_REL, SHORTEST_KM)
