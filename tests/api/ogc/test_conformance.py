"""Every class that is declared is in the table of docs/ogc.md, beside tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

from api.ogc.routes import CONFORMANCE

HERE = Path(__file__).parent
TABLE = (
    (HERE.parents[2] / "docs" / "ogc.md").read_text(encoding="utf-8").split("## What is tested")[1]
)
ROW = re.compile(r"^\| `([a-z0-9-]+): ([a-z0-9-]+)` \| (.+) \| (.+) \|$", re.MULTILINE)


def test_every_declared_class_is_in_the_table_and_no_other() -> None:
    declared = {re.sub(r".*/spec/([^/]+)/1.0/conf/", r"\1: ", one) for one in CONFORMANCE}
    told = {f"{standard}: {name}" for standard, name, _, _ in ROW.findall(TABLE)}
    assert told == declared


def test_every_test_that_is_named_is_there() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", written, re.MULTILINE))
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert len(named) > 30
    assert named <= there
    for *_, tests in ROW.findall(TABLE):
        assert re.search("`test_", tests)
