"""docs/ingest.md is held to the code: every finding, its severity, every canonical column."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from data.finding_codes import Code
from data.kinds import KINDS
from data.sources import parquet, text
from tests.ingest.reading import DOCUMENTED, ROOT

DOCS = (ROOT / "docs" / "ingest.md").read_text(encoding="utf-8")


def test_every_code_is_documented_and_no_other() -> None:
    assert list(DOCUMENTED) == sorted(get_args(Code))


@pytest.mark.parametrize("kind", KINDS)
def test_every_canonical_column_is_documented(kind: str) -> None:
    (row,) = re.findall(rf"^\| `{kind}(?:/ID)?` \| (.*) \|$", DOCS, flags=re.MULTILINE)
    columns = {c.name for c in KINDS[kind].table.columns} - {"input", "row"}
    if kind == "districts":
        columns -= {"area_km2_official"}  # joined from official_area
    named = set(re.findall(r"`(\w+)`", row))
    if kind == "population":
        named -= {"district", "province"}  # what area_type says
    assert columns <= named
    assert named <= columns


def test_every_suffix_is_documented() -> None:
    for suffix in (*text.SUFFIXES, *parquet.SUFFIXES):
        assert f"`{suffix}`" in DOCS
