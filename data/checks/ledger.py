"""What became of every row of one file, and what was seen in it."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
import pandas as pd

from data.finding_codes import Code
from data.records import Fate, Finding, InputReport

Severity = Literal["info", "warning", "error"]
ROWS_SHOWN = 50  # single rows per code; the rest are told as one finding with their count
FATES: tuple[Fate, ...] = ("kept", "repaired", "merged", "rejected")  # later ones outweigh


class Ledger:
    """Fates and findings of one file. Rows are positions from 0 here, and from 1 in findings."""

    def __init__(self) -> None:
        self.fates = np.zeros(0, dtype=np.int8)
        self.findings: list[Finding] = []
        self._shown: Counter[Code] = Counter()

    def open(self, rows: int) -> None:
        """As many rows as the file has, all of them kept so far."""
        self.fates = np.zeros(rows, dtype=np.int8)

    def tell(
        self,
        code: Code,
        severity: Severity,
        message: str,
        *,
        column: str | None = None,
        count: int = 1,
        row: int | None = None,
    ) -> None:
        """A finding on the file as a whole, or one that stands for ``count`` rows."""
        self.findings.append(Finding(code, severity, message, row, column, None, count))

    def rows(
        self,
        code: Code,
        severity: Severity,
        message: str | pd.Series,
        rows: pd.Index,
        *,
        column: str | None = None,
        fate: Fate | None = None,
    ) -> None:
        """A finding on each of ``rows``; ``message`` is a sentence, or one for each row."""
        if not len(rows):
            return
        if fate is not None:
            self.give(rows, fate)
        shown = rows[: max(0, ROWS_SHOWN - self._shown[code])]
        self._shown[code] += len(shown)
        for row in shown:
            text = message if isinstance(message, str) else str(message[row])
            self.findings.append(Finding(code, severity, text, int(row) + 1, column, fate))
        if hidden := len(rows) - len(shown):
            text = message if isinstance(message, str) else "Not all rows are listed one by one."
            self.findings.append(
                Finding(code, severity, f"{hidden} more rows: {text}", None, column, fate, hidden)
            )

    def block(
        self,
        code: Code,
        severity: Severity,
        message: str,
        rows: pd.Index,
        *,
        fate: Fate | None = None,
    ) -> None:
        """One finding on rows that follow each other, told at the first of them."""
        if fate is not None:
            self.give(rows, fate)
        first = int(rows[0]) + 1
        self.findings.append(Finding(code, severity, message, first, None, fate, len(rows)))

    def together(
        self, code: Code, severity: Severity, message: str, rows: pd.Index, *, fate: Fate
    ) -> None:
        """One finding on all of ``rows``, which need not be listed."""
        if len(rows):
            self.give(rows, fate)
            self.findings.append(Finding(code, severity, message, None, None, fate, len(rows)))

    def give(self, rows: pd.Index, fate: Fate) -> None:
        """A fate to rows that were told of already."""
        np.maximum.at(self.fates, rows.to_numpy(), FATES.index(fate))

    def refused(self) -> bool:
        """Whether anything seen so far refuses the file."""
        return any(finding.severity == "error" for finding in self.findings)

    def report(self, key: str, file: str, sha256: str) -> InputReport:
        """The account of the file."""
        counts = np.bincount(self.fates, minlength=len(FATES))
        kept, repaired, merged, rejected = (int(n) for n in counts)
        return InputReport(
            key=key,
            file=file,
            sha256=sha256,
            rows_read=len(self.fates),
            kept=kept,
            repaired=repaired,
            merged=merged,
            rejected=rejected,
            findings=tuple(self.findings),
        )
