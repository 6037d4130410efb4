"""Invented names: unique where they must be, and none of a real district."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from data.synthetic import Region
from data.synthetic.names import DISTRICT_FORMS, STEMS, district_names, stems
from data.synthetic.params import MOST


def plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def test_there_are_names_for_the_biggest_region() -> None:
    assert len(DISTRICT_FORMS) * STEMS >= MOST
    names = district_names(MOST, np.random.default_rng(1))
    assert len({plain(name) for name in names}) == MOST


def test_capitals_bear_the_name_of_their_district(region: Region) -> None:
    districts = region.districts
    assert np.array_equal(districts.settlement_name[districts.capital], districts.name)


@pytest.mark.peru
def test_no_name_is_that_of_a_real_place(peru: Path) -> None:
    """Of all names that can ever be made, so for every seed."""
    real = pd.read_csv(peru / "district_attributes.csv", dtype=str)
    known = {plain(n) for c in ("district", "province", "department") for n in real[c].dropna()}
    assert len(known) > 1500
    every = {plain(stem) for stem in stems(STEMS, np.random.default_rng(1))}
    assert len(every) == STEMS
    made = {plain(form.format(stem)) for form in DISTRICT_FORMS for stem in every}
    assert not made & known
