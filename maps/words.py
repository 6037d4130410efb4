"""What planners read: message catalogues, and numbers and dates in the form of their country.

Spanish of Peru first; English has the same keys. Babel does the forms, so that a thousand and a
half are written as people there write them.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Literal
from zoneinfo import ZoneInfo

from babel import dates, lists, numbers

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")
LOCALES: Mapping[Language, str] = {"es": "es_PE", "en": "en_US"}
LEAST_MINUTES = 0.5  # below it nothing but "less than one minute" can be said
DAYS_FROM_HOURS = 48
# From so many minutes on, a time is told in whole steps of so many.
STEPS = ((0, 1), (60, 10), (10 * 60, 60), (10 * 24 * 60, 24 * 60))
SIGNIFICANT_BELOW = 100.0  # two significant digits below, whole numbers from there on


@dataclass(frozen=True)
class Words:
    """One language: ``words("legend.districts", n="12")``."""

    language: Language
    messages: Mapping[str, str]

    @property
    def other(self) -> Language:
        """The other language."""
        return "en" if self.language == "es" else "es"

    def __call__(self, message: str, /, **values: str) -> str:
        """The message of that key with ``values`` filled in; an unknown key is a KeyError."""
        return self.messages[message].format(**values)

    def known(self, key: str, otherwise: str) -> str:
        """``key`` where the catalogue has it, else ``otherwise``."""
        return key if key in self.messages else otherwise

    def section(self, name: str) -> dict[str, str]:
        """Messages below ``name``, by the rest of their key."""
        start = f"{name}."
        return {k.removeprefix(start): v for k, v in self.messages.items() if k.startswith(start)}

    def number(self, value: float) -> str:
        """Two significant digits, whole numbers from 100: no more than the data can bear."""
        return _number(rounded(value), LOCALES[self.language])

    def count(self, value: int) -> str:
        """A whole number."""
        return _count(value, LOCALES[self.language])

    def fixed(self, value: float, digits: int) -> str:
        """A number with so many decimals, for columns that are held against each other."""
        pattern = "0." + "0" * digits
        return numbers.format_decimal(value, format=pattern, locale=LOCALES[self.language])

    def plain(self, value: float) -> str:
        """A number that somebody chose (2, 1.5), as they wrote it."""
        return numbers.format_decimal(value, locale=LOCALES[self.language])

    def duration(self, minutes: float) -> str:
        """Hours and minutes as people tell them, no finer than travel times can bear.

        Minutes below an hour, tens of minutes below ten hours, hours below ten days, then days.
        """
        if minutes < LEAST_MINUTES:
            return self("duration.less")
        told = _told(minutes)
        hours, left = divmod(told, 60)
        if told < 60:
            return self("duration.minutes", minutes=str(told))
        if hours < DAYS_FROM_HOURS:
            key = "duration.hours_minutes" if left else "duration.hours"
            return self(key, hours=str(hours), minutes=str(left))
        days, hours = divmod(hours, 24)
        key = "duration.days_hours" if hours else "duration.days"
        return self(key, days=self.count(days), hours=str(hours))

    def series(self, items: Sequence[str]) -> str:
        """Items as a sentence has them: "1, 2 y 3"."""
        return lists.format_list(items, locale=LOCALES[self.language])

    def districts(self, count: int) -> str:
        """So many districts."""
        key = "legend.districts_one" if count == 1 else "legend.districts"
        return self(key, n=self.count(count))

    def percent(self, share: float) -> str:
        """A share (0.8) as a percentage."""
        return numbers.format_percent(share, locale=LOCALES[self.language])

    def date(self, moment_utc: str, timezone: str) -> str:
        """The day of an ISO 8601 moment, as it was in ``timezone``."""
        local = datetime.fromisoformat(moment_utc).astimezone(ZoneInfo(timezone))
        return dates.format_date(local.date(), format="long", locale=LOCALES[self.language])


@lru_cache(maxsize=len(LANGUAGES))
def words(language: Language) -> Words:
    """The catalogue of a language."""
    text = files("maps").joinpath("messages", f"{language}.toml").read_text(encoding="utf-8")
    messages = {
        f"{section}.{key}": message
        for section, entries in tomllib.loads(text).items()
        for key, message in entries.items()
    }
    return Words(language, messages)


def rounded(value: float) -> float:
    """``value`` with two significant digits; a whole number from 100."""
    if value == 0 or not math.isfinite(value):
        return value
    if abs(value) >= SIGNIFICANT_BELOW:
        return float(round(value))
    return round(value, 1 - math.floor(math.log10(abs(value))))


def _told(minutes: float) -> int:
    """Whole minutes, in steps that grow with the time."""
    step = max(step for least, step in STEPS if minutes >= least)
    return step * math.floor(minutes / step + 0.5)


@lru_cache(maxsize=50_000)
def _count(value: int, locale: str) -> str:
    return str(numbers.format_decimal(value, format="#,##0", locale=locale))


@lru_cache(maxsize=20_000)
def _number(value: float, locale: str) -> str:
    if value == 0 or abs(value) >= SIGNIFICANT_BELOW:
        pattern = "#,##0"
    else:
        pattern = "0." + "0" * max(0, 1 - math.floor(math.log10(abs(value))))
    return numbers.format_decimal(value, format=pattern.removesuffix("."), locale=locale)
