"""The documented parameters are the real ones."""

from __future__ import annotations

from pathlib import Path

from data.synthetic import VERSION
from data.synthetic.params import explained

DOC = (Path(__file__).parent.parent.parent / "docs" / "synthetic.md").read_text(encoding="utf-8")


def rows() -> list[tuple[str, str, str]]:
    table = DOC.split("## Parameters")[1].split("\n## ")[0]
    cells = [line.strip("|").split("|") for line in table.splitlines() if line.startswith("| `")]
    return [(name.strip(" `"), value.strip(" `"), why.strip()) for name, value, why in cells]


def test_the_table_of_parameters_is_that_of_the_code() -> None:
    assert rows() == [(name, str(default), why) for name, default, why in explained()]


def test_every_parameter_has_a_reason() -> None:
    assert all(len(why) > 5 for _, _, why in explained())


def test_the_version_is_documented() -> None:
    assert f"version {VERSION}" in DOC
