"""Files of the access log, one a day: deleting those of long ago."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

DAY_FILE = re.compile(r"(\d{4}-\d{2}-\d{2})\.jsonl")


def delete_before(folder: Path, day: date) -> list[str]:
    """Delete the files of days before ``day``; their names. Whatever else is there stays."""
    first = f"{day.isoformat()}.jsonl"
    found = folder.glob("*.jsonl")  # of a folder that is not there, nothing
    names = sorted(path.name for path in found if DAY_FILE.fullmatch(path.name))
    gone = [name for name in names if name < first]
    for name in gone:
        (folder / name).unlink(missing_ok=True)  # another worker may have done it
    return gone
