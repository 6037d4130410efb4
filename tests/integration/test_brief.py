"""``vigia brief`` as people call it."""

from __future__ import annotations

from pathlib import Path

from pypdf import PdfReader

from tests.integration.commands import answer, vigia
from vigia import pipeline
from vigia.project import load_project


def test_briefs_are_written_and_mistakes_told(tiny_published: Path, tmp_path: Path) -> None:
    code = pipeline.published(load_project(tiny_published)).districts["code"].iloc[0]
    where = ["--project", tiny_published]
    pdf, page = tmp_path / "informe.pdf", tmp_path / "brief.html"
    told = answer("brief", code, "--out", pdf, *where)
    assert told == {"file": str(pdf), "bytes": pdf.stat().st_size}
    assert len(PdfReader(pdf).pages) == 1
    vigia("brief", code, "--out", page, "--language", "en", *where)
    assert "These are estimates with doubt" in page.read_text(encoding="utf-8")
    vigia("brief", code, "--out", tmp_path / "brief.txt", *where, code=3)
    said = vigia("brief", "nowhere", "--province", "--out", page, *where, code=8)
    assert "There is no province" in said.stderr
