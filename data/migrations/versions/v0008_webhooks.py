"""Who is called when another run is published, and what is still to be delivered.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", TEXT, nullable=False, unique=True),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("secret", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("delivered_at", TEXT),
        sa.Column("failing_since", TEXT),
        sa.Column("ended_at", TEXT),
        sa.Column("ended_why", TEXT),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("webhook", sa.Integer, sa.ForeignKey("webhooks.number"), nullable=False),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("body", TEXT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", TEXT, nullable=False),
    )
