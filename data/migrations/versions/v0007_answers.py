"""What was answered of a publication, as it left.

It stands as it was released, whatever ``data.tables`` says later.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "answers",
        sa.Column(
            "publication",
            sa.Integer,
            sa.ForeignKey("publications.number"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("code", TEXT, primary_key=True),
        sa.Column("scores", sa.LargeBinary, nullable=False),
        sa.Column("district", sa.LargeBinary, nullable=False),
    )
    op.create_index("ix_answers_code", "answers", ["code"])
