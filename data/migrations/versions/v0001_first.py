"""The first schema.

It stands as it was released, whatever ``data.tables`` says later.


"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # and JSON
BYTES = sa.LargeBinary
GEOMETRY: Any = sa.LargeBinary().with_variant(
    Geometry("GEOMETRY", srid=4326, dimension=2, spatial_index=False), "postgresql"
)
SPATIAL = ("districts", "capitals", "points", "layer_features", "areas")


def upgrade() -> None:
    _inputs()
    _datasets()
    _made()
    _index_geometry()


def _inputs() -> None:
    op.create_table(
        "inputs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("key", TEXT, nullable=False),
        sa.Column("file", TEXT, nullable=False),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("settings_sha256", TEXT, nullable=False),
        sa.Column("years", TEXT),
        sa.Column("spatial", sa.Boolean, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("date", TEXT, nullable=False),
        sa.Column("licence", TEXT, nullable=False),
        sa.Column("attribution", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=False),
        sa.Column("report", TEXT, nullable=False),
    )
    op.create_table(
        "purged",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column("year", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", TEXT, nullable=False),
    )
    op.create_table(
        "standing",
        sa.Column("key", TEXT, primary_key=True),
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("years", TEXT, nullable=False),
    )


def _datasets() -> None:
    op.create_table(
        "districts",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("province_code", TEXT),
        sa.Column("province", TEXT),
        sa.Column("department_code", TEXT),
        sa.Column("department", TEXT),
        sa.Column("geometry", GEOMETRY),
    )
    op.create_table(
        "capitals",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("geometry", GEOMETRY),
    )
    op.create_table(
        "official_area",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("area_km2_official", sa.Double),
    )
    op.create_table(
        "points",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", TEXT),
        sa.Column("name", TEXT),
        sa.Column("people", sa.Double),
        sa.Column("geometry", GEOMETRY),
    )
    op.create_table(
        "population",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("area_type", TEXT, nullable=False),
        sa.Column("area", TEXT, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("people", sa.Double),
    )
    op.create_table(
        "layer_features",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fid", sa.Integer, nullable=False),
        sa.Column("code", TEXT),
        sa.Column("from_year", sa.Integer),
        sa.Column("until_year", sa.Integer),
        sa.Column("value", sa.Double),
        sa.Column("geometry", GEOMETRY),
    )
    op.create_table(
        "cases",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("area_type", TEXT, nullable=False),
        sa.Column("area", TEXT, nullable=False),
        sa.Column("year_from", sa.Integer, nullable=False),
        sa.Column("year_to", sa.Integer, nullable=False),
        sa.Column("detection", TEXT, nullable=False),
        sa.Column("count", sa.Double),
        sa.Column("observed", sa.Boolean, nullable=False),
    )
    op.create_table(
        "areas",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("area_type", TEXT, nullable=False),
        sa.Column("area", TEXT, nullable=False),
        sa.Column("name", TEXT),
        sa.Column("geometry", GEOMETRY),
    )
    op.create_table(
        "crosswalk",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("area_type", TEXT, nullable=False),
        sa.Column("area", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("year_from", sa.Integer),
        sa.Column("year_to", sa.Integer),
    )
    op.create_table(
        "effort",
        sa.Column(
            "input",
            sa.Integer,
            sa.ForeignKey("inputs.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("team_days", sa.Double),
        sa.Column("method", TEXT),
        sa.Column("outcome", TEXT),
        sa.Column("found", sa.Double),
    )


def _made() -> None:
    op.create_table(
        "feature_sets",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("recency", sa.Integer, nullable=False),
        sa.Column("snapshot", TEXT, nullable=False),
        sa.Column("meta", TEXT, nullable=False),
    )
    op.create_table(
        "feature_parts",
        sa.Column(
            "feature_set",
            sa.Integer,
            sa.ForeignKey("feature_sets.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", BYTES, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("recency", sa.Integer, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("target_year", sa.Integer, nullable=False),
        sa.Column("tested", sa.Boolean, nullable=False),
        sa.Column("beats_baseline", sa.Boolean),
        sa.Column("outcomes", TEXT, nullable=False),
        sa.Column("inputs", TEXT, nullable=False),
        sa.Column("settings", TEXT, nullable=False),
        sa.Column("versions", TEXT, nullable=False),
        sa.Column("validation", TEXT, nullable=False),
        sa.Column("factors", TEXT, nullable=False),
        sa.Column("warnings", TEXT, nullable=False),
    )
    op.create_table(
        "scores",
        sa.Column(
            "run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("stage", TEXT),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("rate", sa.Double),
        sa.Column("rate_low", sa.Double),
        sa.Column("rate_high", sa.Double),
        sa.Column("relative_risk", sa.Double),
        sa.Column("rr_low", sa.Double),
        sa.Column("rr_high", sa.Double),
        sa.Column("rank", sa.Double),
        sa.Column("rank_low", sa.Double),
        sa.Column("rank_high", sa.Double),
        sa.Column("score", sa.Double),
        sa.Column("p_above_mean", sa.Double),
        sa.Column("p_above_high", sa.Double),
        sa.Column("p_below_mean", sa.Double),
        sa.Column("p_above_threshold", sa.Double),
        sa.Column("level", TEXT, nullable=False),
        sa.Column("no_data_reason", TEXT, nullable=False),
        sa.Column("no_records", sa.Boolean, nullable=False),
    )
    op.create_table(
        "contributions",
        sa.Column(
            "run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("stage", TEXT),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("factor", TEXT, nullable=False),
        sa.Column("value", sa.Double),
        sa.Column("contribution", sa.Double),
    )
    op.create_table(
        "coefficients",
        sa.Column(
            "run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("outcome", TEXT, nullable=False),
        sa.Column("stage", TEXT),
        sa.Column("factor", TEXT, nullable=False),
        sa.Column("coefficient", sa.Double),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("mean", sa.Double),
        sa.Column("sd", sa.Double),
    )
    op.create_table(
        "draw_parts",
        sa.Column(
            "run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("outcome", TEXT, primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", BYTES, nullable=False),
    )
    op.create_table(
        "publications",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.number"), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("previous", sa.Integer, sa.ForeignKey("publications.number")),
        sa.Column("accepted_worse", TEXT),
        sa.Column("accepted_by", TEXT),
    )


def _index_geometry() -> None:
    """For everyone else's tools: vigia itself asks no database a spatial question."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in SPATIAL:
        op.create_index(f"ix_{table}_geometry", table, ["geometry"], postgresql_using="gist")
