"""The published scores as files: CSV, GeoPackage, GeoParquet, FlatGeobuf, TopoJSON.

All carry run, target year, warnings, licence and attribution. The same run gives the same bytes:
clocks inside a file are set to the first day of the target year.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio

from data.records import OutcomeLabel, PublishedRun
from data.rules import FORMULA_STARTS
from geo.topology import topojson
from maps.files import written_whole
from maps.released import Rates, Released, release
from maps.table import as_records, score_table

Format = Literal["csv", "gpkg", "parquet", "topojson"]
Scale = Literal["area", "region", "detail"]  # those of geo.topology
DEFAULT_SCALE: Scale = "region"
STRUCTURED = ("layers", "rates", "warnings")  # of ``about``
GDAL_CLOCK = Lock()  # the whole process has one, and a service has threads
PARQUET_KEY = b"vigia"
RATES: Mapping[Rates, str] = {
    "true": "estimated cases, recorded or not",
    "recorded": "recorded cases",
    "index": "no cases: an index of experts",
    "burden": "weighted sum of the stages: a burden, not persons",
}


def export(
    published: PublishedRun,
    format: Format,  # noqa: A002
    path: Path,
    scale: Scale = DEFAULT_SCALE,
) -> None:
    """Write the scores of a published run, whole or not at all.

    Parameters
    ----------
    published : PublishedRun
        What ``data.publish.published`` gives; it passes through disclosure here.
    format : {"csv", "gpkg", "parquet", "topojson"}
        CSV has no boundaries; a GeoPackage has one layer per outcome, TopoJSON one object, with
        boundaries for the screen.
    path : Path
        Replaced if it is there.
    scale : {"area", "region", "detail"}
        How fine the boundaries of a TopoJSON are; the other formats have them whole.

    Raises
    ------
    ProjectError
        When the file cannot be written.
    GeometryError
        When boundaries are too small or too entangled to be drawn.
    """
    released = release(published)
    with written_whole(path, f".{format}") as half:
        try:
            if format == "topojson":
                write_topojson(released, half, scale)
            else:
                WRITERS[format](released, half)
        except pyogrio.errors.DataSourceError:  # GDAL's, where others raise an OSError
            raise OSError(errno.EIO, "GDAL cannot write there") from None


def about(released: Released, outcomes: Sequence[OutcomeLabel] | None = None) -> dict[str, str]:
    """What a file must say of itself: of all outcomes, or of those that are in it."""
    boundaries = released.boundaries
    told = released.outcomes if outcomes is None else outcomes
    return {
        "area": str(released.area["name"]),
        "run": released.run_id,
        "target_year": str(released.target_year),
        "licence": str(boundaries["licence"]),
        "attribution": str(boundaries["attribution"]),
        "source": str(boundaries["source"]),
        "layers": json.dumps(
            {
                layer.id: {
                    "source": layer.source,
                    "date": layer.date,
                    "shelf_life_years": layer.shelf_life_years,
                    "licence": layer.licence,
                    "attribution": layer.attribution,
                }
                for layer in released.layers
            },
            ensure_ascii=False,
        ),
        "unit": "cases per 100,000 people a year; rates says which cases",
        "rates": json.dumps({o.id: RATES[released.rates_of(o.id)] for o in told}),
        "warnings": json.dumps({o.id: released.warnings_of(o.id) for o in told}),
    }


def write_csv(scores: pd.DataFrame, said: Mapping[str, str], path: Path) -> None:
    """UTF-8 with a byte order mark, which spreadsheets need to read accents."""
    table = pd.DataFrame(scores.drop(columns="geometry"))
    table["licence"] = said["licence"]
    table["attribution"] = said["attribution"]
    for name in table.select_dtypes(include=["object", "str"]).columns:
        table[name] = table[name].map(harmless, na_action="ignore")
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def write_harmless(table: pd.DataFrame, path: Path) -> None:
    """As CSV for spreadsheets: with a byte order mark, and no cell that they would run."""
    cells = table.map(harmless)
    cells.to_csv(path, index=False, lineterminator="\r\n", encoding="utf-8-sig")


def harmless(text: object) -> object:
    """A cell that no spreadsheet runs."""
    if isinstance(text, str) and text.startswith(FORMULA_STARTS):
        return f"'{text}"
    return text


def write_gpkg(released: Released, path: Path) -> None:
    """One layer per outcome, with the metadata on the file and on every layer."""
    table, said = score_table(released), about(released)
    for outcome in released.outcomes:
        add_gpkg_layer(table[table["outcome"] == outcome.id], outcome.id, said, path)


def add_gpkg_layer(rows: gpd.GeoDataFrame, layer: str, said: Mapping[str, str], path: Path) -> None:
    """One more layer of a GeoPackage, or the first."""
    with fixed_gdal_clock(int(said["target_year"])):
        pyogrio.write_dataframe(
            rows.reset_index(drop=True),
            path,
            layer=layer,
            driver="GPKG",
            **_kind_of(rows),
            append=path.exists(),
            dataset_metadata=said,
            layer_metadata=said,
        )


def write_fgb(rows: gpd.GeoDataFrame, layer: str, said: Mapping[str, str], path: Path) -> None:
    """A FlatGeobuf; without an index of places, which cannot hold what has no boundary."""
    pyogrio.write_dataframe(
        rows.reset_index(drop=True),
        path,
        layer=layer,
        driver="FlatGeobuf",
        **_kind_of(rows),
        layer_metadata=said,
        SPATIAL_INDEX="NO" if rows.geometry.isna().any() else "YES",
    )


def _kind_of(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    """Areas are one kind, whether in parts or not; what is of several kinds stays as it is."""
    areas = rows.geom_type.dropna().isin(["Polygon", "MultiPolygon"]).all()
    if areas:
        return {"geometry_type": "MultiPolygon", "promote_to_multi": True}
    return {"geometry_type": "Unknown", "promote_to_multi": False}


@contextmanager
def fixed_gdal_clock(year: int) -> Iterator[None]:
    """GeoPackages are stamped with the time of writing; this makes it the run's."""
    with GDAL_CLOCK:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{year}-01-01T00:00:00.000Z"})
        try:
            yield
        finally:
            pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def write_parquet(scores: gpd.GeoDataFrame, said: Mapping[str, str], path: Path) -> None:
    """GeoParquet 1.1 with WKB geometry; metadata under the key ``vigia``."""
    scores.to_parquet(path, index=False, schema_version="1.1.0")
    table = pq.read_table(path)
    metadata = {**table.schema.metadata, PARQUET_KEY: json.dumps(said).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)


def write_topojson(released: Released, path: Path, scale: Scale = DEFAULT_SCALE) -> None:
    """One object per outcome, all on the same borders; metadata under the key ``vigia``."""
    table = score_table(released)
    codes = released.districts["code"].tolist()
    properties = {}
    for outcome in released.outcomes:
        rows = as_records(table[table["outcome"] == outcome.id])
        of_code = {row["code"]: row for row in rows}
        properties[outcome.id] = [of_code.get(code, {"code": code}) for code in codes]
    said = {name: _plain(name, text) for name, text in about(released).items()}
    text = topojson(released.districts, properties, scale, about={**said, "scale": scale})
    path.write_text(text, encoding="utf-8")


def _plain(name: str, text: str) -> object:
    """JSON as it is, where the other formats must keep it as text."""
    return json.loads(text) if name in STRUCTURED else text


def _whole(
    write: Callable[[gpd.GeoDataFrame, Mapping[str, str], Path], None],
) -> Callable[[Released, Path], None]:
    """A writer of tables as one of whole runs."""
    return lambda released, path: write(score_table(released), about(released), path)


WRITERS: Mapping[Format, Callable[[Released, Path], None]] = {
    "csv": _whole(write_csv),
    "gpkg": write_gpkg,
    "parquet": _whole(write_parquet),
}
