"""People who log in, and their sessions.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "people",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", TEXT, nullable=False, unique=True),
        sa.Column("role", TEXT, nullable=False),
        sa.Column("password", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("revoked_at", TEXT),
    )
    op.create_table(
        "sessions",
        sa.Column("sha256", TEXT, primary_key=True),
        sa.Column("person", sa.Integer, sa.ForeignKey("people.number"), nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("seen_at", TEXT, nullable=False),
        sa.Column("expires_at", TEXT, nullable=False),
    )
