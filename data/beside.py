"""What is told beside a run's scores: services, earlier years, counts, contacts, settlements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from data.counts.releases import Release

SERVICE_TIMES = ("layer", "season", "code", "minutes")
CONTACTS = ("area_type", "area", "institution", "phone")
SETTLEMENTS = ("name", "code", "lon", "lat")


def _empty(*columns: str) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})


@dataclass(frozen=True)
class Earlier:
    """Scores of a run that was published for another year.

    Attributes
    ----------
    validation : mapping
        As in ``RunRecord``: what its rates are of.
    scores : DataFrame
        As in ``PublishedRun``.
    """

    run: str
    target_year: int
    validation: Mapping[str, Any]
    scores: pd.DataFrame


@dataclass(frozen=True)
class OtherRun:
    """A run that was published, and may stand beside the one that is shown.

    Attributes
    ----------
    published_at : str
        UTC, ISO 8601: the last time.
    rates : mapping
        By outcome, what of ``RunRecord.validation`` says what its rates are of.
    settings : mapping
        What its levels mean (``data.publish.level_settings``).
    """

    run: str
    target_year: int
    published_at: str
    rates: Mapping[str, Mapping[str, Any]]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class Beside:
    """What readers may know of a run's districts that is no score of it.

    Attributes
    ----------
    services : DataFrame
        layer, season ("high" or "low" water), code, minutes to the nearest place of the layer (NaN
        where no way is known); no row of a layer for which no ways were measured.
    earlier : tuple of Earlier
        By target year, each another one.
    others : tuple of OtherRun
        Of other years by year, then of the same year, the one published last first.
    counts : Release, optional
        What everybody is told of the counts.
    contacts : DataFrame
        area_type ("district", "province" or "department"), area (its code), institution, phone.
    settlements : DataFrame
        name, code (of the district), lon and lat (WGS 84), the largest first.
    """

    services: pd.DataFrame = field(default_factory=lambda: _empty(*SERVICE_TIMES))
    earlier: tuple[Earlier, ...] = ()
    others: tuple[OtherRun, ...] = ()
    counts: Release | None = None
    contacts: pd.DataFrame = field(default_factory=lambda: _empty(*CONTACTS))
    settlements: pd.DataFrame = field(default_factory=lambda: _empty(*SETTLEMENTS))
