"""What the command line shows: progress, tables, errors; text for people, JSON for machines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vigia.errors import VigiaError

if TYPE_CHECKING:
    from data.records import Finding, InputReport

SHOW_AFTER_SECONDS = 1.0
LINE_SECONDS = 0.5
ROWS_SHOWN = {"error": 8, "warning": 1, "info": 1}  # of each code; the file has them all


class Terminal:
    """Answers go to standard output, everything else to standard error."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.out = Console(highlight=False, soft_wrap=True)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True)

    def answer(self, text: str, content: Any) -> None:
        """The result of a command: ``text`` for people, ``content`` for machines."""
        if self.as_json:
            sys.stdout.write(json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n")
        else:
            self.out.print(escape(text))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table for people; nothing in JSON mode, where ``answer`` has it all."""
        if self.as_json:
            return
        table = Table(title=escape(title), title_justify="left")
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*(escape(str(cell)) for cell in row))
        self.out.print(table)

    @staticmethod
    def pretty(content: Any) -> str:
        """Nested content as indented JSON, which is also easy on the eye."""
        return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)

    def failure(self, error: VigiaError) -> None:
        """What went wrong and what to do, without a traceback."""
        if self.as_json:
            content = {"error": type(error).__name__, "message": error.message, "hint": error.hint}
            sys.stdout.write(json.dumps(content, ensure_ascii=False, sort_keys=True) + "\n")
            return
        self.err.print(f"[bold red]Error:[/] {escape(error.message)}")
        if error.hint:
            self.err.print(escape(error.hint))

    @contextmanager
    def progress(self, *, lines: bool = False) -> Iterator[_Bars]:
        """Bars for whatever takes more than a second, where a person watches; or JSON lines."""
        if lines:
            yield _Lines(self.err)
            return
        watched = self.err.is_terminal and not self.as_json
        bars = _Bars(self.err) if watched else _NoBars(self.err)
        try:
            yield bars
        finally:
            bars.stop()

    def reports(self, reports: Sequence[InputReport]) -> None:
        """The ingest report, file by file: every row accounted for, then what was found."""
        if self.as_json:
            return
        refused = any(report.refused for report in reports)
        for report in reports:
            self._report(report, "read, not stored" if refused else "stored")

    def _report(self, report: InputReport, fate: str) -> None:
        state = "refused" if report.refused else "unchanged" if report.unchanged else fate
        rows = (
            f"{report.rows_read} rows: {report.kept} kept, {report.repaired} repaired, "
            f"{report.merged} merged, {report.rejected} rejected"
        )
        self.out.print(f"[bold]{escape(report.key)}[/] {escape(report.file)}: {state}; {rows}")
        if report.changes and not report.unchanged:
            parts = ", ".join(f"{n} {what}" for what, n in report.changes.items())
            self.out.print(f"    against what was stored: {escape(parts)}")
        for severity, shown in ROWS_SHOWN.items():
            by_code: dict[str, list[Finding]] = {}
            for finding in report.findings:
                if finding.severity == severity:
                    by_code.setdefault(finding.code, []).append(finding)
            for alike in by_code.values():
                self._findings(alike, shown)

    def _findings(self, alike: Sequence[Finding], shown: int) -> None:
        """The first findings of one code, and how many rows there are beside."""
        for finding in alike[:shown]:
            self.out.print(f"    {_line(finding)}")
        more = sum(finding.count for finding in alike[shown:])
        if more:
            self.out.print(f"    … and {more} more {alike[0].code}, in var/ingest-report.json")


_COLOURS = {"error": "red", "warning": "yellow", "info": "dim"}


def _line(finding: Finding) -> str:
    place = f"row {finding.row}, " if finding.row is not None else ""
    place += f"column {finding.column}, " if finding.column else ""
    colour = _COLOURS[finding.severity]
    return f"[{colour}]{escape(finding.code)}[/] {escape(place)}{escape(finding.message)}"


class _Bars:
    """A progress callback: ``bars(label, done, total)``."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._tasks: dict[str, Any] = {}
        self._began = time.monotonic()

    def __call__(self, label: str, done: int, total: int) -> None:
        if label not in self._tasks:
            self._tasks[label] = self._progress.add_task(escape(label), total=total)
        waited = time.monotonic() - self._began > SHOW_AFTER_SECONDS
        if waited and not self._progress.live.is_started:
            self._progress.start()
        self._progress.update(self._tasks[label], completed=done, total=total)

    def stop(self) -> None:
        if self._progress.live.is_started:
            self._progress.stop()


class _NoBars(_Bars):
    def __call__(self, label: str, done: int, total: int) -> None:
        """Nobody watches."""


class _Lines(_Bars):
    """A line for each step, and for one that is called often two a second."""

    def __call__(self, label: str, done: int, total: int) -> None:
        now = time.monotonic()
        if label in self._tasks and done < total and now < self._tasks[label]:
            return
        self._tasks[label] = now + LINE_SECONDS
        said = json.dumps({"label": label, "done": done, "total": total})
        sys.stderr.write(said + "\n")
        sys.stderr.flush()


def written(out: Path) -> dict[str, object]:
    """A file that was written, as ``--json`` tells of it."""
    return {"file": str(out), "bytes": out.stat().st_size}
