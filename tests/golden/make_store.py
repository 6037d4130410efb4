"""Keeps an example of a store of the present schema, for every later version to be upgraded from.

    python -m tests.golden.make_store

Run it once for every new migration, before the release. What is kept is never written anew: it
stands for what users have.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from data.backup import copy_store
from data.schema import Migrations
from data.store import Store
from tests.data import example

STORES = Path(__file__).parent / "stores"


def kept(revision: str) -> tuple[Path, Path]:
    """The backup of the example, and what is read from it."""
    return STORES / f"{revision}.zip", STORES / f"{revision}.json"


def main() -> None:
    line = Migrations()
    backup, told = kept(line.head)
    if backup.exists():
        raise SystemExit(f"{backup.name} is kept already: an example is never written anew.")
    STORES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        Store.open(f"sqlite:///{folder}/store.sqlite") as store,
    ):
        example.fill(store)
        copy_store(store.engine, backup, line)
        text = json.dumps(example.contents(store), indent=1, ensure_ascii=False)
    told.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
