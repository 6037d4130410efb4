"""Ways that one travels along, and rasters.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
GEOMETRY: Any = sa.LargeBinary().with_variant(
    Geometry("GEOMETRY", srid=4326, dimension=2, spatial_index=False), "postgresql"
)


def upgrade() -> None:
    _ways()
    _rasters()


def _of_input() -> sa.Column[Any]:
    return sa.Column(
        "input", sa.Integer, sa.ForeignKey("inputs.number"), primary_key=True, autoincrement=False
    )


def _ways() -> None:
    op.create_table(
        "ways",
        _of_input(),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("fid", sa.Integer, nullable=False),
        sa.Column("mode", TEXT, nullable=False),
        sa.Column("way_class", TEXT),
        sa.Column("kmh_down_high", sa.Double),
        sa.Column("kmh_up_high", sa.Double),
        sa.Column("kmh_down_low", sa.Double),
        sa.Column("kmh_up_low", sa.Double),
        sa.Column("length_km", sa.Double),
        sa.Column("crossings", sa.Boolean, nullable=False),
        sa.Column("geometry", GEOMETRY),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_ways_geometry", "ways", ["geometry"], postgresql_using="gist")


def _rasters() -> None:
    op.create_table(
        "rasters",
        _of_input(),
        sa.Column("band", sa.Integer, nullable=False),
        sa.Column("dtype", TEXT, nullable=False),
        sa.Column("height", sa.Integer, nullable=False),
        sa.Column("width", sa.Integer, nullable=False),
        sa.Column("strip_rows", sa.Integer, nullable=False),
        sa.Column("west", sa.Double, nullable=False),
        sa.Column("north", sa.Double, nullable=False),
        sa.Column("cell_width", sa.Double, nullable=False),
        sa.Column("cell_height", sa.Double, nullable=False),
        sa.Column("crs", TEXT, nullable=False),
    )
    op.create_table(
        "raster_parts",
        _of_input(),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
