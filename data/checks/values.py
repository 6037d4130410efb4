"""Text to numbers, years and dates; what cannot be read is told apart from what is missing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "nd", "s/d"})
FIRST_YEAR, LAST_YEAR = 1900, 2200
_PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_EITHER = re.compile(r"[+-]?[0-9]{1,3},[0-9]{3}")  # a decimal comma or a thousand: nobody can tell
_DOTS_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+")
_COMMAS_DOT = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+\.[0-9]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def as_text(series: pd.Series) -> pd.Series:
    """Values as trimmed text; "" is missing. Whole floats lose their ``.0``: codes stay codes."""
    if pd.api.types.is_bool_dtype(series):
        words = ["" if pd.isna(v) else "true" if v else "false" for v in series]
        return pd.Series(words, index=series.index, dtype="str")
    if pd.api.types.is_float_dtype(series):
        values = series.to_numpy(dtype=float, na_value=np.nan)
        return pd.Series([_float(v) for v in values.tolist()], index=series.index, dtype="str")
    if pd.api.types.is_datetime64_any_dtype(series):
        days = series.dt.strftime("%Y-%m-%d").fillna("")
        return pd.Series(days, index=series.index, dtype="str")
    return series.astype("object").where(series.notna(), "").astype("str").str.strip()


def _float(value: float) -> str:
    if np.isnan(value):
        return ""
    return str(int(value)) if value.is_integer() else repr(value)


def has_control(texts: pd.Series) -> pd.Series:
    """Which texts hold control characters."""
    return texts.str.contains(_CONTROL)


def without_control(texts: pd.Series) -> pd.Series:
    """Texts without control characters."""
    return texts.str.replace(_CONTROL, "", regex=True).str.strip()


@dataclass(frozen=True)
class Numbers:
    """Numbers read from text.

    Attributes
    ----------
    values : Series of float
        NaN where missing or bad.
    missing, bad : Series of bool
        Nothing there; something that is no number.
    decimal_comma : bool
        Whether commas were read as decimal points.
    """

    values: pd.Series
    missing: pd.Series
    bad: pd.Series
    decimal_comma: bool


def numbers(texts: pd.Series) -> Numbers:
    """Read numbers; decimal commas where the column leaves no doubt that they are such."""
    missing = texts.str.lower().isin(MISSING)
    commas = texts.str.contains(",", regex=False) & ~missing
    decimal = bool(commas.any()) and _decimal_commas(texts[~missing])
    plain = texts
    if decimal:
        plain = texts.str.replace(".", "", regex=False).where(commas, texts)
        plain = plain.str.replace(",", ".", regex=False)
    elif commas.any():
        grouped = texts.str.fullmatch(_COMMAS_DOT)
        plain = texts.where(~grouped, texts.str.replace(",", "", regex=False))
    good = plain.str.fullmatch(_PLAIN) & ~missing
    values = plain.where(good).astype("float64")
    bad = ~missing & ~np.isfinite(values)
    return Numbers(values.where(~bad), missing, bad, decimal)


def _decimal_commas(texts: pd.Series) -> bool:
    commas = texts[texts.str.contains(",", regex=False)]
    plain = texts[~texts.str.contains(",", regex=False)]
    if plain.str.contains(".", regex=False).any():
        return False
    clear = commas.str.fullmatch(_DOTS_COMMA) | (
        commas.str.fullmatch(_COMMA) & ~commas.str.fullmatch(_EITHER)
    )
    return bool(clear.any() and (clear | commas.str.fullmatch(_EITHER)).all())


def years(texts: pd.Series) -> Numbers:
    """Whole years between 1900 and 2200."""
    read = numbers(texts)
    odd = read.values.notna() & (
        (read.values % 1 != 0) | ~read.values.between(FIRST_YEAR, LAST_YEAR)
    )
    return Numbers(read.values.where(~odd), read.missing, read.bad | odd, read.decimal_comma)


def dates(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Days (ISO, or day/month/year), and which texts are neither."""
    missing = texts.str.lower().isin(MISSING)
    iso = pd.to_datetime(texts.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    local = pd.to_datetime(texts, format="%d/%m/%Y", errors="coerce")
    days = iso.fillna(local)
    return days, days.isna() & ~missing


def usual(values: pd.Series) -> object:
    """The most frequent value, of equally frequent ones the first in order; None of none."""
    known = values.dropna()
    return known.mode().iloc[0] if len(known) else None


def plain_name(text: str) -> str:
    """A name without accents, case and punctuation, to compare by."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c if c.isalnum() else " " for c in letters if not unicodedata.combining(c))
    return " ".join(kept.split())


def plain_names(texts: pd.Series) -> pd.Series:
    """``plain_name`` of each."""
    known = {text: plain_name(text) for text in texts.unique()}
    return texts.map(known).astype("str")
