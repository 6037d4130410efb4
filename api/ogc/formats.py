"""Features as files: which form is asked for, and how a table is written in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
from fastapi.responses import StreamingResponse

from maps.export import add_gpkg_layer, write_csv, write_fgb, write_parquet

CHUNK = 2**16
_NO_NAME = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True)
class Form:
    """A form of file; ``write`` takes the table, its name, what it says of itself, and the path."""

    media_type: str
    write: Callable[[gpd.GeoDataFrame, str, Mapping[str, str], Path], None]


def _csv(table: gpd.GeoDataFrame, _: str, said: Mapping[str, str], path: Path) -> None:
    write_csv(table, said, path)


def _parquet(table: gpd.GeoDataFrame, _: str, said: Mapping[str, str], path: Path) -> None:
    write_parquet(table, said, path)


FORMS: Mapping[str, Form] = {
    "csv": Form("text/csv; charset=utf-8", _csv),
    "gpkg": Form("application/geopackage+sqlite3", add_gpkg_layer),
    "parquet": Form("application/vnd.apache.parquet", _parquet),
    "fgb": Form("application/flatgeobuf", write_fgb),
}


def as_file(
    table: gpd.GeoDataFrame, form: str, said: Mapping[str, str], collection: str
) -> StreamingResponse:
    """Features as a file of a form, sent as it is read from a folder that is gone afterwards.

    The file is named after collection and run; ``said`` is what it says of itself.
    """
    folder = TemporaryDirectory(prefix="vigia-")
    try:
        path = Path(folder.name) / f"features.{form}"
        FORMS[form].write(table, collection, said, path)
        size = path.stat().st_size
    except BaseException:
        folder.cleanup()
        raise
    name = _NO_NAME.sub("_", f"{collection}_{said['run']}")
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.{form}"',
        "Content-Length": str(size),
        "Vary": "Accept",
    }
    return StreamingResponse(
        _read(path, folder), media_type=FORMS[form].media_type, headers=headers
    )


def _read(path: Path, folder: TemporaryDirectory[str]) -> Iterator[bytes]:
    with folder, path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def with_links(answer: StreamingResponse, links: list[dict[str, str]]) -> StreamingResponse:
    """The next page of what is too long for one file, where a file has no place for it."""
    more = [f'<{one["href"]}>; rel="next"' for one in links if one["rel"] == "next"]
    if more:
        answer.headers["Link"] = more[0]
    return answer
