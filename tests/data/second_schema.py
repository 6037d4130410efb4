"""A line of schemas with one more revision than there is: what the next release will be like."""

from __future__ import annotations

import shutil
from pathlib import Path

from data.schema import PACKAGED, Migrations

SCRIPT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("runs", sa.Column("remark", sa.Text))
    op.execute("UPDATE runs SET remark = 'of before'")
    op.create_table("remarks", sa.Column("number", sa.Integer, primary_key=True))
    {more}
"""


def with_another_revision(folder: Path, more: str = "") -> Migrations:
    """The migrations there are, and one after them."""
    shutil.copytree(PACKAGED, folder, ignore=shutil.ignore_patterns("__pycache__"))
    script = SCRIPT.format(head=Migrations().head, more=more)
    (folder / "versions" / "v9999_next.py").write_text(script, encoding="utf-8")
    return Migrations(folder)
