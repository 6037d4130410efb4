"""The one schema, for SQLite and PostGIS. ``migrations/`` builds it; a test holds the two together.

Text is compared byte by byte on both (collation "C"), so that both sort alike. Geometry is a real
PostGIS column there and WKB in a plain column here. Numbers of rows are given by the writer, of
which there is one at a time, and not by sequences: a backup restores them as they were.
"""

from __future__ import annotations

import json
import re
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.types import TypeEngine

TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
WKB: TypeEngine[Any] = LargeBinary().with_variant(
    Geometry("GEOMETRY", srid=4326, dimension=2, spatial_index=False), "postgresql"
)
HALVES = re.compile("[\ud800-\udfff]")


class Json(TypeDecorator[Any]):
    """JSON as text: it comes back with its keys in order and its floats to the last bit."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else as_json(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def as_json(value: Any) -> str:
    """Compact JSON, keys in the order given.

    Halves of characters, which JSON from outside can hold and UTF-8 cannot, stay escaped.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


metadata = MetaData()


def _text(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, TEXT, nullable=null)


def _int(name: str, *, null: bool = False) -> Column[Any]:
    return Column(name, Integer, nullable=null)


def _float(name: str) -> Column[Any]:
    """NULL is NaN."""
    return Column(name, Double)


def _number() -> Column[Any]:
    return Column("number", Integer, primary_key=True, autoincrement=False)


def _of(name: str, parent: str) -> Column[Any]:
    return Column(name, ForeignKey(f"{parent}.number"), primary_key=True, autoincrement=False)


def _row(name: str = "row") -> Column[Any]:
    """Place of a row within its input or run."""
    return Column(name, Integer, primary_key=True, autoincrement=False)


def _spatial(name: str, *columns: Column[Any]) -> Table:
    """A table of an input's rows with geometry; the index is for everyone else's tools."""
    table = Table(name, metadata, _of("input", "inputs"), _row(), *columns, Column("geometry", WKB))
    Index(f"ix_{name}_geometry", table.c.geometry, postgresql_using="gist").ddl_if("postgresql")
    return table


def _plain(name: str, *columns: Column[Any]) -> Table:
    return Table(name, metadata, _of("input", "inputs"), _row(), *columns)


# What was ingested: every version of every file, and which versions stand now.

inputs = Table(
    "inputs",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),  # hash of key, file and settings
    _text("key"),
    _text("file"),
    _text("sha256"),
    _text("settings_sha256"),
    Column("years", Json),  # NULL: knows no year
    Column("spatial", Boolean, nullable=False),
    _text("source"),
    _text("date"),
    _text("licence"),
    _text("attribution"),
    Column("note", Json, nullable=False),
    Column("report", Json, nullable=False),
)

# Years of a source that were removed for good: no file brings them back under the same key.
purged = Table(
    "purged",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    _text("at"),
)

standing = Table(
    "standing",
    metadata,
    Column("key", TEXT, primary_key=True),
    _of("input", "inputs"),
    Column("years", Json, nullable=False),  # []: all it has
)

districts = _spatial(
    "districts",
    _text("code"),
    _text("name", null=True),
    _text("province_code", null=True),
    _text("province", null=True),
    _text("department_code", null=True),
    _text("department", null=True),
)
capitals = _spatial("capitals", _text("code"), _text("name", null=True))
official_area = _plain("official_area", _text("code"), _float("area_km2_official"))
points = _spatial("points", _text("code", null=True), _text("name", null=True), _float("people"))
population = _plain("population", _text("area_type"), _text("area"), _int("year"), _float("people"))
layer_features = _spatial(
    "layer_features",
    _int("fid"),
    _text("code", null=True),
    _int("from_year", null=True),
    _int("until_year", null=True),
    _float("value"),
)
# A raster is a feature without geometry, whose cells are here: strips of rows from the north.
rasters = Table(
    "rasters",
    metadata,
    _of("input", "inputs"),
    _int("band"),
    _text("dtype"),
    *(_int(name) for name in ("height", "width", "strip_rows")),
    *(
        Column(name, Double, nullable=False)
        for name in ("west", "north", "cell_width", "cell_height")
    ),
    _text("crs"),
)
raster_parts = Table(
    "raster_parts",
    metadata,
    _of("input", "inputs"),
    _row("part"),
    Column("content", LargeBinary, nullable=False),
)
ways = _spatial(
    "ways",
    _int("fid"),
    _text("mode"),
    _text("way_class", null=True),
    *(_float(name) for name in ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low")),
    _float("length_km"),
    Column("crossings", Boolean, nullable=False),
)
cases = _plain(
    "cases",
    _text("outcome"),
    _text("area_type"),
    _text("area"),
    _int("year_from"),
    _int("year_to"),
    _text("detection"),
    _float("count"),
    Column("observed", Boolean, nullable=False),
)
areas = _spatial("areas", _text("area_type"), _text("area"), _text("name", null=True))
crosswalk = _plain(
    "crosswalk",
    _text("area_type"),
    _text("area"),
    _text("code"),
    _int("year_from", null=True),
    _int("year_to", null=True),
)
effort = _plain(
    "effort",
    _text("code"),
    Column("date", Date, nullable=False),
    _float("team_days"),
    _text("method", null=True),
    _text("outcome", null=True),
    _float("found"),
)

# What was made of it. ``recency`` says which was asked for last; nothing else ever changes.

feature_sets = Table(
    "feature_sets",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    _int("recency"),
    Column("snapshot", Json, nullable=False),
    Column("meta", Json, nullable=False),
)
feature_parts = Table(
    "feature_parts",
    metadata,
    _of("feature_set", "feature_sets"),
    _row("part"),
    Column("content", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    _int("recency"),
    _text("created_at"),
    Column("seed", BigInteger, nullable=False),
    _int("target_year"),
    Column("tested", Boolean, nullable=False),
    Column("beats_baseline", Boolean),
    *(
        Column(name, Json, nullable=False)
        for name in (
            "outcomes",
            "inputs",
            "settings",
            "versions",
            "validation",
            "factors",
            "warnings",
        )
    ),
)


def _of_run(name: str, *columns: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        _of("run", "runs"),
        _row(),
        _text("outcome"),
        _text("stage", null=True),
        *columns,
    )


scores = _of_run(
    "scores",
    _text("code"),
    *(
        _float(name)
        for name in (
            "rate",
            "rate_low",
            "rate_high",
            "relative_risk",
            "rr_low",
            "rr_high",
            "rank",
            "rank_low",
            "rank_high",
            "score",
            "p_above_mean",
            "p_above_high",
            "p_below_mean",
            "p_above_threshold",
        )
    ),
    _text("level"),
    _text("no_data_reason"),
    Column("no_records", Boolean, nullable=False),
)
contributions = _of_run(
    "contributions", _text("code"), _text("factor"), _float("value"), _float("contribution")
)
coefficients = _of_run(
    "coefficients",
    _text("factor"),
    *(_float(name) for name in ("coefficient", "low", "high", "mean", "sd")),
)
draw_parts = Table(
    "draw_parts",
    metadata,
    _of("run", "runs"),
    Column("outcome", TEXT, primary_key=True),
    _row("part"),
    Column("content", LargeBinary, nullable=False),
)

# The last row is the run that is served; ``previous`` is where a rollback goes.

publications = Table(
    "publications",
    metadata,
    _number(),
    Column("run", ForeignKey("runs.number"), nullable=False),
    _text("at"),
    Column("previous", ForeignKey("publications.number")),
    _text("accepted_worse", null=True),
    _text("accepted_by", null=True),
)

# What was answered of a publication, as it left, deflated: nothing makes it anew.

answers = Table(
    "answers",
    metadata,
    _of("publication", "publications"),
    Column("code", TEXT, primary_key=True),
    Column("scores", LargeBinary, nullable=False),
    Column("district", LargeBinary, nullable=False),
    Index("ix_answers_code", "code"),
)

# Plans of a run, written once and whole; ``result`` is what a planner may see, and no more.

plans = Table(
    "plans",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    _text("kind"),
    Column("run", ForeignKey("runs.number"), nullable=False),
    Column("request", Json, nullable=False),
    Column("result", Json, nullable=False),
    _text("created_at"),
    Column("versions", Json, nullable=False),
)

# What is to be done, in its order. ``attempts`` tells a worker's hold of a job from an earlier one.

jobs = Table(
    "jobs",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    _text("kind"),
    Column("request", Json, nullable=False),
    _text("state"),
    Column("cancelling", Boolean, nullable=False),
    Column("progress", Json),
    Column("error", Json),
    _text("result", null=True),
    _int("attempts"),
    _int("deaths"),
    _text("created_at"),
    _text("started_at", null=True),
    _text("ended_at", null=True),
    _text("heartbeat", null=True),
    _text("host", null=True),
    _int("pid", null=True),
)

# Who may ask over HTTP. Of a secret only its hash is here; ``prefix`` is its public beginning.

keys = Table(
    "keys",
    metadata,
    _number(),
    Column("prefix", TEXT, nullable=False, unique=True),
    _text("sha256"),
    _text("name"),
    _text("role"),
    Column("collections", Json, nullable=False),  # []: all
    Column("stages", Json, nullable=False),  # []: all
    _text("resolution"),
    _int("per_minute"),
    _text("created_at"),
    _text("expires_at"),
    _text("revoked_at", null=True),
    _text("replaced_by", null=True),
)

# People who log in

people = Table(
    "people",
    metadata,
    _number(),
    Column("name", TEXT, nullable=False, unique=True),
    _text("role"),
    _text("password"),  # argon2id, with its salt and costs
    _text("created_at"),
    _text("revoked_at", null=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", TEXT, primary_key=True),
    Column("person", Integer, ForeignKey("people.number"), nullable=False),
    _text("created_at"),
    _text("seen_at"),
    _text("expires_at"),
)

# What was told of counts, already suppressed. It outlives its run: whoever has it has it for ever.

releases = Table(
    "releases",
    metadata,
    _number(),
    _text("run"),
    _text("audience"),
    _text("at"),
    Column("content", Json, nullable=False),
    UniqueConstraint("run", "audience"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    _number(),
    Column("run", TEXT, nullable=False, unique=True),
    _text("at"),
    _text("why"),
    _text("by"),
)

# Who is called when another run is published. The secret signs, so that it cannot be a hash.

webhooks = Table(
    "webhooks",
    metadata,
    _number(),
    Column("id", TEXT, nullable=False, unique=True),
    _text("url"),
    _text("secret"),
    _text("created_at"),
    _text("delivered_at", null=True),
    _text("failing_since", null=True),
    _text("ended_at", null=True),
    _text("ended_why", null=True),
)

# What is still to be delivered; what was is deleted.

deliveries = Table(
    "deliveries",
    metadata,
    _number(),
    Column("webhook", ForeignKey("webhooks.number"), nullable=False),
    _text("message"),
    _text("body"),
    _int("attempts"),
    _text("next_at"),
)
