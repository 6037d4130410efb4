"""What was told of counts, for good, and runs that were withdrawn.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # and JSON


def upgrade() -> None:
    op.create_table(
        "releases",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", TEXT, nullable=False),
        sa.Column("audience", TEXT, nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("content", TEXT, nullable=False),
        sa.UniqueConstraint("run", "audience"),
    )
    op.create_table(
        "withdrawals",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("run", TEXT, nullable=False, unique=True),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("why", TEXT, nullable=False),
        sa.Column("by", TEXT, nullable=False),
    )
