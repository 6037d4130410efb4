"""Features as files: which form is asked for, and how a table is written in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
from fastapi.responses import StreamingResponse

from api.ogc.links import outcome_of
from api.service import Serving
from maps.export import about, add_gpkg_layer, write_csv, write_fgb, write_parquet

JSON = "json"
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
NAMES = (JSON, *FORMS)
MEDIA_TYPES = {form.media_type.partition(";")[0]: name for name, form in FORMS.items()}


def form_of(f: str | None, accept: str) -> str:
    """The form of an answer: ``f``, else the first of ``accept`` that we have, else JSON."""
    if f is not None:
        return f
    wanted = [MEDIA_TYPES.get(kind, JSON) for kind in _by_preference(accept) if _ours(kind)]
    return wanted[0] if wanted else JSON


def _ours(kind: str) -> bool:
    return kind in MEDIA_TYPES or kind in ("application/geo+json", "application/json", "*/*")


def _by_preference(accept: str) -> list[str]:
    """Media types of an Accept header, the most wanted first; refused ones (q=0) left out."""
    kinds = []
    for part in accept.lower().split(","):
        kind, *options = (piece.strip() for piece in part.split(";"))
        weights = [option[2:] for option in options if option.startswith("q=")]
        try:
            weight = float(weights[0]) if weights else 1.0
        except ValueError:
            weight = 0.0
        if weight > 0:
            kinds.append((weight, kind))
    return [kind for _, kind in sorted(kinds, key=lambda one: -one[0])]


def as_file(
    table: gpd.GeoDataFrame, form: str, serving: Serving, collection: str
) -> StreamingResponse:
    """Features as a file of a form, sent as it is read from a folder that is gone afterwards.

    The file is named after collection and run, and says whose the boundaries are.
    """
    outcome = serving.released.outcome(outcome_of(serving, collection))
    said = about(serving.released, [outcome])
    folder = TemporaryDirectory(prefix="vigia-")
    try:
        path = Path(folder.name) / f"features.{form}"
        FORMS[form].write(table, collection, said, path)
        size = path.stat().st_size
    except BaseException:
        folder.cleanup()
        raise
    name = _NO_NAME.sub("_", f"{collection}_{serving.released.run_id}")
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
