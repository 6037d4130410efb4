"""Ways of the synthetic region, as they stand in its files and as any reader gets them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from data.synthetic import Region, SyntheticParams, simulate
from data.synthetic.layer_files import write_ways
from data.synthetic.plane import to_degrees
from geo.crs import choose_metric_crs
from geo.travel import Network, TravelRules, build_network

SPEEDS = {
    "KMH_BAJADA_CRECIENTE": "kmh_down_high",
    "KMH_SURCADA_CRECIENTE": "kmh_up_high",
    "KMH_BAJADA_VACIANTE": "kmh_down_low",
    "KMH_SURCADA_VACIANTE": "kmh_up_low",
}
# People neither walk nor wait there, and what does not touch does not meet.
RULES = TravelRules(
    snap_m=1.0,
    walk_limit_minutes=0.0,
    transfer_minutes=0.0,
    river_classes=("principal", "río", "quebrada"),
)


@dataclass(frozen=True)
class Synthetic:
    """A region, its ways, and where its settlements and posts are."""

    region: Region
    ways: gpd.GeoDataFrame
    settlements: np.ndarray
    posts: np.ndarray  # rows of the settlements with one in the last year counted
    outlet: gpd.GeoSeries

    def network(self, rules: TravelRules = RULES, *, drawn_lengths: bool = False) -> Network:
        ways = self.ways.assign(length_km=np.nan) if drawn_lengths else self.ways
        metric = choose_metric_crs(tuple(shapely.total_bounds(self.settlements).tolist()))
        return build_network(ways, self.outlet, None, rules, metric)

    def truth(self, season: str) -> np.ndarray:
        return np.asarray(self.region.minutes_to_post[season][:, -1])


@cache
def synthetic(seed: int, districts: int) -> Synthetic:
    region = simulate(SyntheticParams(seed=seed, districts=districts))
    params, places = region.params, region.districts.settlements
    year = params.counted_years[-1]
    posts = [kind.open_in(year) for kind in (region.posts.police, region.posts.prosecutors)]
    mouth = shapely.points(to_degrees(region.rivers.nodes[:1], params))
    return Synthetic(
        region,
        _ways(region),
        shapely.points(to_degrees(places.xy, params)),
        np.unique(np.concatenate(posts)),
        gpd.GeoSeries(mouth, crs=4326),
    )


def _ways(region: Region) -> gpd.GeoDataFrame:
    with TemporaryDirectory() as folder:
        write_ways(region, Path(folder))
        rivers = gpd.read_file(Path(folder) / "rios.gpkg").rename(columns=SPEEDS)
        roads = gpd.read_file(Path(folder) / "caminos.geojson")
    roads = roads.assign(**dict.fromkeys(SPEEDS.values(), roads["KMH"]))
    named = [
        table.rename(columns={of_class: "way_class", "LARGO_KM": "length_km"}).assign(mode=mode)
        for table, of_class, mode in ((rivers, "CLASE", "river"), (roads, "TIPO", "road"))
    ]
    kept = ["mode", "way_class", "length_km", *SPEEDS.values(), "geometry"]
    return pd.concat([table[kept] for table in named], ignore_index=True)
