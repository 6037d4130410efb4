"""Results that are written down as they come, with the commit they are of, and resumed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "benchmarks" / "results"


WRITTEN = (":!benchmarks/results", ":!docs", ":!README.md", ":!README.es.md")  # by the runs


def commit() -> str:
    """The commit that is measured; ``+`` when the code differs from it."""
    head = _git("rev-parse", "--short", "HEAD")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *WRITTEN)
    return f"{head}+" if changed else head


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Results:
    """A JSON file of results by name; those of another commit are not gone on with."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        self.path = (folder or FOLDER) / f"{name}.json"
        stamp = commit()
        known = json.loads(self.path.read_text()) if self.path.exists() else {}
        self.commit = stamp
        self.of: dict[str, Any] = known["results"] if known.get("commit") == stamp else {}

    def save(self) -> None:
        """Write all there is, whole or not at all."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_suffix(".half")
        content = {"commit": self.commit, "results": self.of}
        half.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n")
        half.replace(self.path)


def write_between(path: Path, marks: tuple[str, str], middle: str) -> None:
    """Put ``middle`` between two marks of a text file."""
    text = path.read_text(encoding="utf-8")
    before, rest = text.split(marks[0])
    after = rest.split(marks[1])[1]
    path.write_text(f"{before}{marks[0]}\n{middle}\n{marks[1]}{after}", encoding="utf-8")
