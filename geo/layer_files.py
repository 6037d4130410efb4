"""A layer too big for memory, in a file of which only what lies near is read.

GeoParquet with its rows along the Hilbert curve and their bounds beside them: each row group lies
together, and the file's own statistics say where.
"""

from __future__ import annotations

import json
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.errors import ShapelyError

from geo.arrays import as_array
from geo.crs import Bounds
from geo.geodesy import Floats
from geo.hilbert import along_the_curve
from geo.layer import Features, Kind, Layer, Made, Years, as_columns, canonical_order, read_features
from geo.layer import dimensions as dimensions_of
from geo.surface import WGS84, Surface
from vigia.errors import GeometryError

SIDE = 16  # buckets along a side while writing; each is then put in order by itself
ROWS = 2_048  # of a row group, at most
ROWS_KEPT = 65_536  # in memory, once read
EDGES = 32  # of a box's side, where a plane bends it
KEY = b"vigia:layer"
NUMBERS = ("value", "from_year", "until_year")
CORNERS = ("xmin", "ymin", "xmax", "ymax")
SCHEMA = pa.schema(
    [
        ("code", pa.string()),
        *((name, pa.float64()) for name in NUMBERS),
        ("geometry", pa.binary()),
        ("bbox", pa.struct([(corner, pa.float64()) for corner in CORNERS])),
    ]
)
NOT_READ = (
    OSError, pa.ArrowException, ShapelyError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip
GEO = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {
        "geometry": {
            "encoding": "WKB",
            "geometry_types": [],
            "covering": {"bbox": {corner: ["bbox", corner] for corner in CORNERS}},
        }
    },
}


@dataclass(frozen=True)
class LayerFile:
    """A file written by ``write_layer_file``; to be handed on in place of a table."""

    path: Path


def write_layer_file(path: Path, frames: Iterable[gpd.GeoDataFrame], bounds: Bounds) -> LayerFile:
    """Put the rows of all frames into one file, in an order that lies together.

    Memory holds one frame, and a 256th of all rows at a time where they are spread evenly.

    Parameters
    ----------
    frames : iterable of GeoDataFrame
        code, value, from_year, until_year (each may be absent), geometry. Without a CRS they are in
        EPSG:4326. Rows without a geometry are left out.
    bounds : tuple of float
        West, south, east, north of all, in degrees, as near as is known.
    """
    about = _About()
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        buckets = _in_buckets(Path(folder), frames, bounds, about)
        half = Path(folder) / "half.parquet"
        metadata = {KEY: about.to_json(), b"geo": json.dumps(GEO).encode()}
        with pq.ParquetWriter(half, SCHEMA.with_metadata(metadata)) as writer:
            for bucket in buckets:
                table = pa.ipc.open_stream(bucket).read_all()
                order = np.argsort(along_the_curve(_corners(table), bounds), kind="stable")
                groups = -(-len(order) // ROWS)
                size = max(-(-len(order) // max(groups, 1)), 1)  # of groups that are alike
                writer.write_table(table.take(pa.array(order)), row_group_size=size)
        half.replace(path)
    return LayerFile(path)


@dataclass
class _About:
    """What is found out about a layer while its rows go by."""

    dimensions: set[int] = field(default_factory=set)
    valued: bool = False
    first: float = np.inf
    changes: set[float] = field(default_factory=set)

    def see(self, features: Features) -> None:
        years = features.years
        self.dimensions |= dimensions_of(features.shapes)
        self.valued |= bool(np.isfinite(features.value).any())
        self.first = min(self.first, years.first)
        self.changes |= set(years.changes.tolist())

    def to_json(self) -> bytes:
        first = None if np.isinf(self.first) else self.first
        said = {
            "dimensions": sorted(self.dimensions),
            "valued": self.valued,
            "first": first,
            "always": self.first == -np.inf,
            "changes": sorted(self.changes),
        }
        return json.dumps(said, sort_keys=True).encode()


def _in_buckets(
    folder: Path, frames: Iterable[gpd.GeoDataFrame], bounds: Bounds, about: _About
) -> list[Path]:
    """Rows by coarse place, each bucket a file."""
    paths = [folder / f"{number:03}.arrow" for number in range(SIDE * SIDE)]
    with ExitStack() as stack:
        writers: dict[int, Any] = {}
        for frame in frames:
            table = _as_arrow(frame, about)
            bucket = along_the_curve(_corners(table), bounds, level=SIDE.bit_length() - 1)
            for number in np.unique(bucket).tolist():
                if number not in writers:
                    stream = pa.ipc.new_stream(paths[number], SCHEMA)
                    writers[number] = stack.enter_context(stream)
                rows = pa.array(np.flatnonzero(bucket == number))
                writers[number].write_table(table.take(rows))
    return [path for path in paths if path.exists()]


def _as_arrow(frame: gpd.GeoDataFrame, about: _About) -> pa.Table:
    placed = frame if frame.crs is None else frame.to_crs(WGS84)
    geometry = as_array(placed.geometry)
    there = np.flatnonzero(~shapely.is_missing(geometry))
    features = as_columns(placed.iloc[there], geometry[there])
    about.see(features)
    corners = shapely.bounds(features.shapes)
    bbox = pa.StructArray.from_arrays(
        [pa.array(corners[:, number]) for number in range(4)], list(CORNERS)
    )
    columns = {
        "code": pa.array(features.code.tolist(), pa.string()),
        **{name: pa.array(getattr(features, name)) for name in NUMBERS},
        "geometry": pa.array(shapely.to_wkb(features.shapes).tolist(), pa.binary()),
        "bbox": bbox,
    }
    return pa.table(columns, SCHEMA)


def _corners(table: pa.Table) -> Floats:
    bbox = table["bbox"].combine_chunks()
    return np.column_stack([bbox.field(corner).to_numpy() for corner in CORNERS])


@dataclass(frozen=True)
class _Group:
    """A row group that was read: features, and their bounds on the surface."""

    features: Features
    bounds: Floats

    def near(self, bounds: Bounds | None) -> Features:
        if bounds is None:
            return self.features
        west, south, east, north = self.bounds.T
        touching = (west <= bounds[2]) & (south <= bounds[3])
        touching &= (east >= bounds[0]) & (north >= bounds[1])
        return self.features.only(touching)


class FiledLayer(Layer):
    """A layer file, of which the row groups near a place are read, and some of them kept.

    Raises
    ------
    GeometryError
        When the file is none.
    """

    kind: Kind = "features"
    in_memory = False

    def __init__(self, name: str, file: LayerFile, surface: Surface) -> None:
        self.name = name
        self._path = file.path.absolute()  # for workers that stand elsewhere
        self._surface = surface
        self._read_about()
        self._kept: OrderedDict[int, _Group] = OrderedDict()
        self._lock = Lock()

    def __getstate__(self) -> dict[str, Any]:
        """To another process goes the file's name, and not what was read of it."""
        left = {"_kept", "_lock", "_file"}
        return {name: value for name, value in self.__dict__.items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _kept=OrderedDict(), _lock=Lock())

    def _read_about(self) -> None:
        with self._no_layer_file_otherwise():
            said = json.loads(self._file.schema_arrow.metadata[KEY])
            if not self._file.schema_arrow.equals(SCHEMA):
                raise ValueError("other columns")
            first = np.inf if said["first"] is None else said["first"]
            self.dimensions = frozenset(said["dimensions"])
            self.valued = bool(said["valued"])
            self.years = Years(
                -np.inf if said["always"] else float(first), np.array(said["changes"], dtype=float)
            )

    @contextmanager
    def _no_layer_file_otherwise(self) -> Iterator[None]:
        """What a file that is none, or half of one, may lead to is told as such."""
        try:
            yield
        except NOT_READ as error:
            raise GeometryError(
                f'The layer "{self.name}" is to be read from {self._path.name}, which is no layer '
                "file.",
                hint="Write it with geo.layer_files.write_layer_file.",
            ) from error

    @cached_property
    def _file(self) -> pq.ParquetFile:
        try:
            return pq.ParquetFile(self._path)
        except FileNotFoundError as error:
            raise GeometryError(
                f'The layer "{self.name}" is to be read from {self._path}, which is not there.',
                hint="Where a cluster measures, all its workers must see the file at this path.",
            ) from error

    @cached_property
    def _extents(self) -> shapely.STRtree:
        """Of the row groups, in degrees."""
        with self._no_layer_file_otherwise():
            sides = np.array(list(self._statistics()), dtype=float).reshape(-1, 4).T
        return shapely.STRtree(shapely.box(*sides))

    def _statistics(self) -> Iterator[tuple[float, ...]]:
        metadata = self._file.metadata
        column = {metadata.schema.column(at).path: at for at in range(metadata.num_columns)}
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            low = [group.column(column[f"bbox.{c}"]).statistics.min for c in CORNERS[:2]]
            high = [group.column(column[f"bbox.{c}"]).statistics.max for c in CORNERS[2:]]
            yield (*low, *high)

    def near(self, bounds: Bounds | None) -> Features:
        features = _joined([self._group(number).near(bounds) for number in self._groups(bounds)])
        return features.only(canonical_order(features.shapes, features.value))

    def made(
        self, year: int, key: Hashable, make: Callable[[Features], Made], near: Bounds | None
    ) -> Made:
        return make(self.near(near).standing(year))

    def rows_near(self, bounds: Bounds) -> int:
        """How many are in the row groups near: so much is read."""
        metadata = self._file.metadata
        return sum(metadata.row_group(number).num_rows for number in self._groups(bounds))

    def _groups(self, bounds: Bounds | None) -> list[int]:
        with self._lock:
            extents = self._extents
        if bounds is None:
            return list(range(len(extents)))
        found: list[int] = np.sort(extents.query(self._in_degrees(bounds))).tolist()
        return found

    def _in_degrees(self, bounds: Bounds) -> shapely.Polygon:
        """A box around bounds of the surface, whose sides a plane may have bent."""
        side = max(bounds[2] - bounds[0], bounds[3] - bounds[1])
        sides = shapely.segmentize(shapely.box(*bounds), max(side / EDGES, 1e-9))
        box = shapely.total_bounds(self._surface.to_degrees(np.array([sides], dtype=object)))
        more = max(box[2] - box[0], box[3] - box[1]) / EDGES**2  # they bend between corners too
        bent: shapely.Polygon = shapely.box(*np.add(box, (-more, -more, more, more)))
        return bent

    def _group(self, number: int) -> _Group:
        with self._lock:
            if number in self._kept:
                self._kept.move_to_end(number)
                return self._kept[number]
            with self._no_layer_file_otherwise():
                table = self._file.read_row_group(number)
        features = self._laid(table)
        group = _Group(features, shapely.bounds(features.shapes))
        with self._lock:
            self._kept[number] = group
            self._forget()
        return group

    def _forget(self) -> None:
        """What was asked for longest ago: as many rows are kept however large the groups are."""
        rows = sum(len(group.features) for group in self._kept.values())
        while rows > ROWS_KEPT and len(self._kept) > 1:
            _, group = self._kept.popitem(last=False)
            rows -= len(group.features)

    def _laid(self, table: pa.Table) -> Features:
        with self._no_layer_file_otherwise():
            shapes = shapely.from_wkb(table["geometry"].to_numpy(zero_copy_only=False))
        columns = {name: table[name].to_pandas() for name in ("code", *NUMBERS)}
        frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=WGS84)
        return read_features(f'The layer "{self.name}"', frame, self._surface)


def _joined(parts: list[Features]) -> Features:
    none = np.empty(0, dtype=object)
    return Features(
        np.concatenate([none, *(part.shapes for part in parts)]),
        np.concatenate([none, *(part.code for part in parts)]),
        *(
            np.concatenate([np.empty(0), *(getattr(part, name) for part in parts)])
            for name in NUMBERS
        ),
    )
