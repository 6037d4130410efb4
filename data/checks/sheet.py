"""A file's columns as the checks see them: as text, with what is missing told apart."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from data.checks import values
from data.checks.ledger import Ledger, Severity
from data.finding_codes import Code
from data.records import Fate
from data.sources.raw import Raw, RefusedError
from vigia.settings import FileInput, Scalar

Frame = pd.DataFrame
PARTS = re.compile(r"[,;|\t]")


class Sheet:
    """The rows of one file, with the ledger that accounts for them."""

    def __init__(self, raw: Raw, spec: FileInput, ledger: Ledger) -> None:
        self.raw = raw
        self.spec = spec
        self.ledger = ledger
        self._texts: dict[str, pd.Series] = {}
        self._numbers: dict[str, values.Numbers] = {}

    @property
    def index(self) -> pd.Index:
        return self.raw.frame.index

    def table(self) -> Frame:
        """A table of all rows without a column yet."""
        return pd.DataFrame(index=self.index)

    def require(self, columns: Iterable[str | None]) -> None:
        """Refuse the file when a column that the project file names is not there, or there twice.

        Raises
        ------
        RefusedError
            For the last of them, after all others were told.
        """
        there = [str(name) for name in self.raw.frame.columns]
        missing = [name for name in dict.fromkeys(columns) if name is not None]
        problems = [self._problem(name, there) for name in missing if there.count(name) != 1]
        for problem in problems[:-1]:
            self.ledger.tell(problem.code, "error", problem.message, column=problem.column)
        if problems:
            raise problems[-1]

    @staticmethod
    def _problem(name: str, there: list[str]) -> RefusedError:
        if name in there:
            return RefusedError("duplicate_column", "Two columns have this name.", column=name)
        names = [one for one in there if not _holds_a_number(one)]
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(names) or 'none'}."
        if len(names) < len(there):
            hint += " Numbers stand among the names, not shown here: is the line of names missing?"
        return RefusedError("missing_column", f"There is no column {name!r}. {hint}", column=name)

    def text(self, column: str) -> pd.Series:
        """A column as trimmed text; "" is missing. Control characters are taken out, and told."""
        if column not in self._texts:
            texts = values.as_text(self.raw.frame[column])
            dirty = values.has_control(texts)
            if dirty.any():
                self.ledger.rows(
                    "control_characters",
                    "warning",
                    "Control characters were taken out of a text.",
                    texts.index[dirty],
                    column=column,
                    fate="repaired",
                )
                texts = values.without_control(texts)
            self._texts[column] = texts
        return self._texts[column]

    def optional_text(self, table: Frame, column: str | None) -> pd.Series:
        """Text per row of ``table``, with None for missing; all None without a column."""
        if column is None:
            return pd.Series(None, index=table.index, dtype="object")
        texts = self.text(column)[table.index].astype("object")
        return texts.where(texts != "", None)

    def numbers(self, column: str) -> values.Numbers:
        """A column as numbers; decimal commas are told."""
        if column not in self._numbers:
            read = values.numbers(self.text(column))
            self._numbers[column] = read
            if read.decimal_comma:
                self.ledger.tell(
                    "decimal_comma", "info", "Commas were read as decimal points.", column=column
                )
        return self._numbers[column]

    def years(self, column: str) -> values.Numbers:
        """A column as years."""
        return values.years(self.text(column))

    def quantity(self, table: Frame, column: str | None, name: str = "") -> pd.Series:
        """A number per row of ``table``, NaN where none; told where missing, refused where bad."""
        if column is None:
            return pd.Series(np.nan, index=table.index)
        read = self.numbers(column)
        rows = table.index
        self.tell(
            rows[read.bad[rows]],
            "not_a_number",
            "The value is not a number; correct it or leave it empty.",
            column=column,
            severity="error",
        )
        self.tell(
            rows[read.missing[rows]],
            "missing_value",
            f"No {name or 'value'} is given: it stays unknown.",
            column=column,
        )
        return read.values[rows]

    def tell(
        self,
        rows: pd.Index,
        code: Code,
        message: str | pd.Series,
        *,
        column: str | None = None,
        severity: Severity = "warning",
        fate: Fate | None = None,
    ) -> None:
        """A finding on each of ``rows``."""
        self.ledger.rows(code, severity, message, rows, column=column, fate=fate)

    def drop(
        self,
        table: Frame,
        mask: pd.Series,
        code: Code,
        message: str | pd.Series,
        *,
        column: str | None = None,
        severity: Severity = "warning",
        fate: Fate = "rejected",
    ) -> Frame:
        """``table`` without the rows of ``mask``, which are told and accounted for."""
        out = mask.reindex(table.index, fill_value=False).astype(bool)
        self.tell(table.index[out], code, message, column=column, severity=severity, fate=fate)
        return table[~out]

    def keep(self, table: Frame) -> Frame:
        """Only rows that fit any of the project file's ``keep``; the others are left aside."""
        if not self.spec.keep:
            return table
        fits = pd.Series(False, index=self.index)
        for wanted in self.spec.keep:
            fits |= self._fits(wanted)
        left_out = table.index[~fits[table.index]]
        self.ledger.together(
            "left_out_by_keep",
            "info",
            f"{len(left_out)} rows fit nothing under keep in vigia.toml.",
            left_out,
            fate="rejected",
        )
        return table.drop(index=left_out)

    def _fits(self, wanted: dict[str, Scalar]) -> pd.Series:
        fits = pd.Series(True, index=self.index)
        for column, value in wanted.items():
            texts = self.text(column)
            if isinstance(value, bool):
                fits &= texts.str.lower().isin(("true", "1") if value else ("false", "0"))
            elif isinstance(value, str):
                fits &= texts == value
            else:
                fits &= values.numbers(texts).values == value
        return fits


def _holds_a_number(name: str) -> bool:
    """Whether what stands as a column's name may be values of a file without a line of names."""
    parts = pd.Series(PARTS.split(name), dtype="str").str.strip()
    return bool(values.numbers(parts).values.notna().any())
