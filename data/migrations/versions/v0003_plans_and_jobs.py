"""Plans of runs, and the queue of jobs.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # and JSON


def upgrade() -> None:
    op.create_table(
        "plans",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("run", sa.Integer, sa.ForeignKey("runs.number"), nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("result", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("versions", TEXT, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("request", TEXT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("cancelling", sa.Boolean, nullable=False),
        sa.Column("progress", TEXT),
        sa.Column("error", TEXT),
        sa.Column("result", TEXT),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("deaths", sa.Integer, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("started_at", TEXT),
        sa.Column("ended_at", TEXT),
        sa.Column("heartbeat", TEXT),
        sa.Column("host", TEXT),
        sa.Column("pid", sa.Integer),
    )
