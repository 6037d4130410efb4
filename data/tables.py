"""What is ingested, and what is made of it. ``migrations/`` builds it; a test holds them together.

What serving needs beside it is in ``data.service_tables``.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
)

from data.columns import TEXT, WKB, Json, integer, metadata, number, of, real, row, text


def _spatial(name: str, *columns: Column[Any]) -> Table:
    """A table of an input's rows with geometry; the index is for everyone else's tools."""
    table = Table(name, metadata, of("input", "inputs"), row(), *columns, Column("geometry", WKB))
    Index(f"ix_{name}_geometry", table.c.geometry, postgresql_using="gist").ddl_if("postgresql")
    return table


def _plain(name: str, *columns: Column[Any]) -> Table:
    return Table(name, metadata, of("input", "inputs"), row(), *columns)


# What was ingested: every version of every file, and which versions stand now.

inputs = Table(
    "inputs",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),  # hash of key, file and settings
    text("key"),
    text("file"),
    text("sha256"),
    text("settings_sha256"),
    Column("years", Json),  # NULL: knows no year
    Column("spatial", Boolean, nullable=False),
    text("source"),
    text("date"),
    text("licence"),
    text("attribution"),
    Column("note", Json, nullable=False),
    Column("report", Json, nullable=False),
)

# Years of a source that were removed for good: no file brings them back under the same key.
purged = Table(
    "purged",
    metadata,
    Column("key", TEXT, primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    text("at"),
)

standing = Table(
    "standing",
    metadata,
    Column("key", TEXT, primary_key=True),
    of("input", "inputs"),
    Column("years", Json, nullable=False),  # []: all it has
)

districts = _spatial(
    "districts",
    text("code"),
    text("name", null=True),
    text("province_code", null=True),
    text("province", null=True),
    text("department_code", null=True),
    text("department", null=True),
)
capitals = _spatial("capitals", text("code"), text("name", null=True))
official_area = _plain("official_area", text("code"), real("area_km2_official"))
points = _spatial("points", text("code", null=True), text("name", null=True), real("people"))
population = _plain("population", text("area_type"), text("area"), integer("year"), real("people"))
layer_features = _spatial(
    "layer_features",
    integer("fid"),
    text("code", null=True),
    integer("from_year", null=True),
    integer("until_year", null=True),
    real("value"),
)
# A raster is a feature without geometry, whose cells are here: strips of rows from the north.
rasters = Table(
    "rasters",
    metadata,
    of("input", "inputs"),
    integer("band"),
    text("dtype"),
    *(integer(name) for name in ("height", "width", "strip_rows")),
    *(
        Column(name, Double, nullable=False)
        for name in ("west", "north", "cell_width", "cell_height")
    ),
    text("crs"),
)
raster_parts = Table(
    "raster_parts",
    metadata,
    of("input", "inputs"),
    row("part"),
    Column("content", LargeBinary, nullable=False),
)
ways = _spatial(
    "ways",
    integer("fid"),
    text("mode"),
    text("way_class", null=True),
    *(real(name) for name in ("kmh_down_high", "kmh_up_high", "kmh_down_low", "kmh_up_low")),
    real("length_km"),
    Column("crossings", Boolean, nullable=False),
)
cases = _plain(
    "cases",
    text("outcome"),
    text("area_type"),
    text("area"),
    integer("year_from"),
    integer("year_to"),
    text("detection"),
    real("count"),
    Column("observed", Boolean, nullable=False),
)
areas = _spatial("areas", text("area_type"), text("area"), text("name", null=True))
crosswalk = _plain(
    "crosswalk",
    text("area_type"),
    text("area"),
    text("code"),
    integer("year_from", null=True),
    integer("year_to", null=True),
)
effort = _plain(
    "effort",
    text("code"),
    Column("date", Date, nullable=False),
    real("team_days"),
    text("method", null=True),
    text("outcome", null=True),
    real("found"),
)

contacts = _plain(
    "contacts", text("area_type"), text("area"), text("institution"), text("phone", null=True)
)

# What was made of it. ``recency`` says which was asked for last; nothing else ever changes.

feature_sets = Table(
    "feature_sets",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),
    integer("recency"),
    Column("snapshot", Json, nullable=False),
    Column("meta", Json, nullable=False),
)
feature_parts = Table(
    "feature_parts",
    metadata,
    of("feature_set", "feature_sets"),
    row("part"),
    Column("content", LargeBinary, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),
    integer("recency"),
    text("created_at"),
    Column("seed", BigInteger, nullable=False),
    integer("target_year"),
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
        of("run", "runs"),
        row(),
        text("outcome"),
        text("stage", null=True),
        *columns,
    )


scores = _of_run(
    "scores",
    text("code"),
    *(
        real(name)
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
    text("level"),
    text("no_data_reason"),
    Column("no_records", Boolean, nullable=False),
)
contributions = _of_run(
    "contributions", text("code"), text("factor"), real("value"), real("contribution")
)
coefficients = _of_run(
    "coefficients",
    text("factor"),
    *(real(name) for name in ("coefficient", "low", "high", "mean", "sd")),
)
# Minutes to the nearest place of a layer that is a service.
service_times = Table(
    "service_times",
    metadata,
    of("run", "runs"),
    row(),
    text("layer"),
    text("season"),
    text("code"),
    real("minutes"),
)
draw_parts = Table(
    "draw_parts",
    metadata,
    of("run", "runs"),
    Column("outcome", TEXT, primary_key=True),
    row("part"),
    Column("content", LargeBinary, nullable=False),
)

# The last row is the run that is served; ``previous`` is where a rollback goes.

publications = Table(
    "publications",
    metadata,
    number(),
    Column("run", ForeignKey("runs.number"), nullable=False),
    text("at"),
    Column("previous", ForeignKey("publications.number")),
    text("accepted_worse", null=True),
    text("accepted_by", null=True),
)
