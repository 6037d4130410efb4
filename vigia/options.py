"""Options that many commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Folder = Annotated[Path, typer.Option("--project", help="The project folder.", file_okay=False)]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="What input paths are relative to, if not the project."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer as one line of JSON.")]
Language = Annotated[
    Literal["es", "en"], typer.Option("--language", help="Of the answer: Spanish or English.")
]
HERE = Path()
