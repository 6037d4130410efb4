"""The store: inputs in every version, what was made of them, and what is served; on two databases.

A ``Store`` is one address. Every call is a transaction of its own: it happened, or it did not.
Reads give canonical tables (docs/ingest.md), sorted byte by byte, the same from both databases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, select

from data import artefacts
from data.artefacts import FeatureSet
from data.engine import open_engine, place, reading, sqlite_path, store_url, writing
from data.kinds import KINDS
from data.rasters import read_rasters
from data.records import InputReport, InputTable, RunRecord
from data.schema import Migrations
from data.snapshot import Entry, Snapshot
from data.tables import inputs
from data.versions import current_snapshot, read_entries, take_in
from geo.raster_grid import Raster
from vigia.errors import NotFoundError, StoreError

__all__ = ["FeatureSet", "Snapshot", "Store"]
LATEST = "latest"


class Store:
    """An open store. Use it as a context manager, or close it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str, migrations: Migrations | None = None) -> Self:
        """The store at an address, made when there is none.

        Parameters
        ----------
        url : str
            ``sqlite:///PATH`` or ``postgresql://...``.
        migrations : Migrations, optional
            The line of schemas; the one that comes with this version.

        Raises
        ------
        StoreError
            When it is out of reach, of another version, or no store.
        """
        engine = prepared_engine(url)
        try:
            _bring_to_life(engine, migrations or Migrations())
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction in which the store stands still."""
        return reading(self.engine)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that is kept whole or not at all; one at a time."""
        return writing(self.engine)

    # Inputs

    def ingest(self, items: Sequence[InputTable]) -> tuple[InputReport, ...]:
        """Take inputs in, all or none; reports in their order, with what changed.

        A newer version takes over the years it speaks of. Older ones stay readable through the
        snapshots that name them.
        """
        with self.writing() as connection:
            return take_in(connection, items)

    def snapshot(self) -> Snapshot:
        """Which version of every input answers now."""
        with self.reading() as connection:
            return current_snapshot(connection)

    def districts(self, snapshot: Snapshot) -> gpd.GeoDataFrame:
        """Code, name, parents, ``area_km2_official`` (NaN where nobody said) and geometry."""
        with self.reading() as connection:
            table = _of_kind(connection, snapshot, "districts")
            official = _of_kind(connection, snapshot, "official_area")
        known = official.set_index("code")["area_km2_official"]
        before_geometry = len(table.columns) - 1
        table.insert(before_geometry, known.name, table["code"].map(known).astype(float))
        return table

    def capitals(self, snapshot: Snapshot) -> gpd.GeoDataFrame:
        """Code, name and point of each district's capital."""
        return self._read(snapshot, "capitals")

    def points(self, snapshot: Snapshot) -> gpd.GeoDataFrame:
        """Population points: code, name, people, point."""
        return self._read(snapshot, "points")

    def population(self, snapshot: Snapshot) -> pd.DataFrame:
        """People by area_type, area and year."""
        return pd.DataFrame(self._read(snapshot, "population"))

    def layer(self, snapshot: Snapshot, layer_id: str) -> pd.DataFrame:
        """Features of one layer, in the order of their files; without geometry for attributes."""
        with self.reading() as connection:
            entries = snapshot.of(f"layers/{layer_id}")
            return read_entries(connection, KINDS["layers"], entries)

    def rasters(self, snapshot: Snapshot, layer_id: str) -> list[Raster]:
        """Grids of one layer, by the year from which they hold; none of any other layer."""
        with self.reading() as connection:
            return read_rasters(connection, snapshot.of(f"layers/{layer_id}"))

    def ways(self, snapshot: Snapshot, ways_id: str) -> gpd.GeoDataFrame:
        """Lines of one [[travel.ways]], in the order of their files.

        Columns fid, mode, way_class, kmh_down_high, kmh_up_high, kmh_down_low, kmh_up_low,
        length_km, crossings and geometry (EPSG:4326); what is not known is missing.
        """
        with self.reading() as connection:
            entries = snapshot.of(f"travel.ways/{ways_id}")
            return read_entries(connection, KINDS["travel.ways"], entries)

    def cases(self, snapshot: Snapshot) -> pd.DataFrame:
        """Case counts of all registers; ``dataset`` is the id of their [[cases]] section.

        Never add registers to each other, and let none of it out but through ``data.disclosure``.
        """
        return pd.DataFrame(self._read(snapshot, "cases", named=True))

    def areas(self, snapshot: Snapshot) -> gpd.GeoDataFrame:
        """Reporting areas: area_type, area, name, geometry."""
        return self._read(snapshot, "areas")

    def crosswalks(self, snapshot: Snapshot) -> pd.DataFrame:
        """Which districts reporting areas are made of, and when."""
        return pd.DataFrame(self._read(snapshot, "crosswalks"))

    def effort(self, snapshot: Snapshot) -> pd.DataFrame:
        """Raids and visits."""
        return pd.DataFrame(self._read(snapshot, "effort"))

    def contacts(self, snapshot: Snapshot) -> pd.DataFrame:
        """Which institutions answer for districts, provinces and departments."""
        return pd.DataFrame(self._read(snapshot, "contacts"))

    def _read(self, snapshot: Snapshot, kind: str, *, named: bool = False) -> Any:
        with self.reading() as connection:
            return _of_kind(connection, snapshot, kind, named=named)

    def provenance(self, snapshot: Snapshot) -> dict[str, list[dict[str, Any]]]:
        """Dataset key -> input_id, file, sha256 and years of every version that answers."""
        with self.reading() as connection:
            rows = connection.execute(select(inputs.c.id, inputs.c.file, inputs.c.sha256))
            known = {row.id: row for row in rows}
        return {
            key: [_provenance(known[entry.input_id], entry) for entry in entries]
            for key, entries in snapshot.entries.items()
        }

    def layer_date(self, snapshot: Snapshot, layer_id: str) -> str:
        """Of the newest version of a layer that answers: year, month or day.

        Raises
        ------
        NotFoundError
            When there is no such layer.
        """
        ids = [entry.input_id for entry in snapshot.of(f"layers/{layer_id}")]
        with self.reading() as connection:
            dates = connection.execute(select(inputs.c.date).where(inputs.c.id.in_(ids))).scalars()
            newest: str | None = max(dates, default=None)
        if newest is None:
            raise NotFoundError(f"There is no layer {layer_id!r}.", hint="Run vigia ingest.")
        return newest

    # What was made of them

    def save_features(
        self, identity: str, snapshot: Snapshot, table: pd.DataFrame, meta: Mapping[str, Any]
    ) -> FeatureSet:
        """Keep a feature table (index code, year) under its hash, and make it the latest."""
        features = FeatureSet(identity, snapshot, table, meta)
        with self.writing() as connection:
            artefacts.save_features(connection, features)
        return features

    def latest_features(self) -> FeatureSet | None:
        """The feature table that was asked for last."""
        with self.reading() as connection:
            return artefacts.read_features(connection)

    def find_run(self, identity: str) -> RunRecord | None:
        """The run of exactly that id, which was asked for again and so is the latest."""
        with self.reading() as connection:
            known = {run.id: run for run in artefacts.read_runs(connection)}
        if identity in known:
            with self.writing() as connection:
                artefacts.mark_run(connection, identity)
        return known.get(identity)

    def save_run(
        self,
        record: RunRecord,
        *,
        scores: pd.DataFrame,
        contributions: pd.DataFrame,
        coefficients: pd.DataFrame,
        draws: Mapping[str, NDArray[np.float64]],
        coefficient_draws: Mapping[str, NDArray[np.float64]] | None = None,
        service_times: pd.DataFrame | None = None,
    ) -> None:
        """Keep a run for good.

        Of each outcome, draws are of shape (draws, districts by code), and coefficient_draws, in
        the same order, of shape (draws, factors).
        """
        beside = {one + artefacts.COEFFICIENTS: of for one, of in (coefficient_draws or {}).items()}
        frames = {"scores": scores, "contributions": contributions, "coefficients": coefficients}
        if service_times is not None:
            frames["service_times"] = service_times
        with self.writing() as connection:
            artefacts.save_run(connection, record, frames, {**draws, **beside})

    def runs(self) -> tuple[RunRecord, ...]:
        """All runs, the one asked for last first."""
        with self.reading() as connection:
            return artefacts.read_runs(connection)

    def run(self, name: str) -> RunRecord:
        """A run by its id, an unambiguous beginning of it, or "latest".

        Raises
        ------
        NotFoundError
            When there is none, or more than one.
        """
        known = self.runs()
        if name == LATEST and known:
            return known[0]
        found = [run for run in known if name and run.id.startswith(name)]
        exact = [run for run in found if run.id == name]
        if len(exact or found) == 1:
            return (exact or found)[0]
        if not found:
            raise NotFoundError(
                f"There is no such run: {name!r}." if known else "There is no such run yet.",
                hint="vigia runs lists them." if known else "Run vigia train first.",
            )
        ids = ", ".join(sorted(run.id for run in found))
        raise NotFoundError(
            f"There is no such run: {name!r} is the beginning of several ({ids}).",
            hint="Give more of it.",
        )

    def scores(self, run_id: str) -> pd.DataFrame:
        """Scores of a run by outcome and code."""
        return self._run_table(run_id, "scores")

    def contributions(self, run_id: str) -> pd.DataFrame:
        """What each factor adds to the log rate, by outcome and code."""
        return self._run_table(run_id, "contributions")

    def coefficients(self, run_id: str) -> pd.DataFrame:
        """Coefficients of a run by outcome."""
        return self._run_table(run_id, "coefficients")

    def service_times(self, run_id: str) -> pd.DataFrame:
        """Minutes to the nearest place of each layer that is a service, by season and code."""
        with self.reading() as connection:
            return artefacts.read_service_times(connection, run_id)

    def draws(self, run_id: str, outcome: str) -> NDArray[np.float64]:
        """Draws of an outcome, of shape (draws, districts), districts in the order of scores."""
        with self.reading() as connection:
            return artefacts.read_draws(connection, run_id, outcome)

    def coefficient_draws(self, run_id: str, outcome: str) -> NDArray[np.float64]:
        """Coefficients of an outcome's draws in their order, of shape (draws, factors)."""
        with self.reading() as connection:
            return artefacts.read_coefficient_draws(connection, run_id, outcome)

    def _run_table(self, run_id: str, name: str) -> pd.DataFrame:
        with self.reading() as connection:
            return artefacts.read_run_table(connection, run_id, name)


def prepared_engine(url: str) -> Engine:
    """An engine whose SQLite file is there, if only an empty one.

    Raises
    ------
    StoreError
        When the address is none, or the file's folder is missing or may not be written to.
    """
    address = store_url(url)
    path = sqlite_path(address)
    try:
        if path and not path.exists():
            path.touch()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "that is no name of a file"
        raise StoreError(
            f"The store {str(path)[:200]!r} cannot be made: {reason}.",
            hint="Check that its folder exists and may be written to.",
        ) from None
    return open_engine(address)


def _bring_to_life(engine: Engine, migrations: Migrations) -> None:
    with reading(engine) as connection:
        state = migrations.state(connection)
    if state == "new":
        with writing(engine) as connection:
            migrations.create(connection)
    elif state == "behind":
        raise StoreError(
            f"The store {place(engine.url)} was made by an earlier version of vigia.",
            hint="Run vigia upgrade; it keeps a copy first.",
        )
    elif state == "newer":
        raise StoreError(
            f"The store {place(engine.url)} was made by a newer version of vigia.",
            hint="Install a newer vigia.",
        )


def _of_kind(
    connection: Connection, snapshot: Snapshot, kind: str, *, named: bool = False
) -> pd.DataFrame:
    """Tables of all keys of a kind in one, sorted; ``named`` adds the id of their section."""
    keys = snapshot.keys_of(kind) or [kind]
    frames = []
    for key in keys:
        table = read_entries(connection, KINDS[kind], snapshot.of(key))
        if named:
            table["dataset"] = pd.Series(key.partition("/")[2], index=table.index, dtype="str")
        frames.append(table)
    if len(frames) == 1:
        return frames[0]
    stacked = pd.concat(frames, ignore_index=True)
    return stacked.sort_values(list(KINDS[kind].order), kind="stable", ignore_index=True)


def _provenance(known: Any, entry: Entry) -> dict[str, Any]:
    return {
        "input_id": entry.input_id,
        "file": known.file,
        "sha256": known.sha256,
        "years": list(entry.years),
    }
