"""Ways to services, kept with a run, and who answers for a district.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contacts",
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
        sa.Column("institution", TEXT, nullable=False),
        sa.Column("phone", TEXT),
    )
    op.create_table(
        "service_times",
        sa.Column(
            "run", sa.Integer, sa.ForeignKey("runs.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("row", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("layer", TEXT, nullable=False),
        sa.Column("season", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("minutes", sa.Double),
    )
