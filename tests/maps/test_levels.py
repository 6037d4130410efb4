"""Levels are told apart by everybody, and certainty is what the published probabilities say."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from maps.levels import COLOURS, LEVELS, MUTED, NO_DATA, certainty, certainty_text, legend, surest
from maps.words import words

SPANISH = words("es")
PUBLISH = {"high_multiple": 1.5, "very_high_multiple": 3.0, "probability": 0.9}
ORDER = ("low", "medium", "high", "very_high")
# Machado, Oliveira & Fernandes 2009, IEEE TVCG 15(6): what is left of colours, on linear RGB.
SEEN_BY = {
    "all": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
TO_XYZ = np.array([[0.4125, 0.3576, 0.1804], [0.2127, 0.7152, 0.0722], [0.0193, 0.1192, 0.9503]])


def linear(colour: str) -> np.ndarray:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return np.array([c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels])


def luminance(colour: str) -> float:
    return float(TO_XYZ[1] @ linear(colour))


def difference(one: str, other: str, eyes: str) -> float:
    """Distance in CIELAB as some eyes see it; 2.3 is just noticed."""
    seen = [np.clip(np.array(SEEN_BY[eyes]) @ linear(colour), 0, 1) for colour in (one, other)]
    white = TO_XYZ @ np.ones(3)
    x, y, z = np.moveaxis(
        np.array([np.cbrt(np.maximum(TO_XYZ @ rgb / white, 0.0089)) for rgb in seen]), 1, 0
    )
    lab = np.array([116 * y, 500 * (x - y), 200 * (y - z)])
    return float(np.linalg.norm(lab[:, 0] - lab[:, 1]))


@pytest.mark.parametrize("colours", [COLOURS, {**COLOURS, **MUTED}], ids=["vivid", "pale"])
def test_levels_are_told_apart_without_colour(colours: dict[str, str]) -> None:
    """WCAG contrast of at least 1.4 between neighbours, always darker for more risk."""
    light = [luminance(colours[level]) for level in ORDER]
    contrast = [(a + 0.05) / (b + 0.05) for a, b in pairwise(light)]
    assert min(contrast) > 1.4


@pytest.mark.parametrize("level", MUTED)
def test_what_is_less_sure_keeps_its_lightness(level: str) -> None:
    """So it stays in its place of the order, and is taken for no other level."""
    assert luminance(MUTED[level]) == pytest.approx(luminance(COLOURS[level]), rel=0.06)


@pytest.mark.parametrize("eyes", SEEN_BY)
def test_no_two_colours_of_the_map_are_alike(eyes: str) -> None:
    every = [*(COLOURS[level] for level in ORDER), *MUTED.values()]
    alike = [(a, b) for n, a in enumerate(every) for b in every[:n] if difference(a, b, eyes) < 4]
    assert not alike


def scores(**columns: list[object]) -> pd.DataFrame:
    given = {"p_above_high": np.nan, "p_above_mean": np.nan, "p_below_mean": np.nan}
    return pd.DataFrame({"level": columns.pop("level"), **(given | columns)})


def test_certainty_is_the_probability_of_what_the_level_says() -> None:
    table = scores(
        level=["very_high", "very_high", "high", "low", "medium", "no_data"],
        p_above_high=[0.96, 0.90, 0.10, 0.0, 0.2, np.nan],
        p_above_mean=[0.99, 0.99, 0.97, 0.01, 0.99, np.nan],
        p_below_mean=[0.01, 0.01, 0.03, 0.92, 0.01, np.nan],
    )
    assert certainty(table, PUBLISH) == [2, 1, 2, 1, 0, 0]


def test_a_probability_that_is_missing_makes_nothing_surer() -> None:
    assert certainty(scores(level=["very_high", "high", "low", "no_data"]), PUBLISH) == [1, 1, 1, 0]


@pytest.mark.parametrize(("least", "expected"), [(0.8, 0.95), (0.95, 0.975), (0.99, 0.995)])
def test_the_surest_are_surer_than_a_level_needs(least: float, expected: float) -> None:
    assert surest({"probability": least}) == pytest.approx(expected)


def test_vivid_and_pale_are_explained() -> None:
    said = certainty_text(SPANISH, PUBLISH)
    assert "95%" in said
    assert "90%" in said


def test_the_legend_begins_with_what_is_not_known() -> None:
    publish = {"high_multiple": 1.5, "very_high_multiple": 3.0, "probability": 0.9}
    entries = legend(SPANISH, publish)
    assert [entry["id"] for entry in entries] == list(LEVELS)
    assert entries[0]["id"] == NO_DATA
    assert "90%" in entries[1]["explain"]
    assert "3 veces" in entries[1]["explain"]
    assert "1.5 veces" in entries[2]["explain"]
    one = legend(SPANISH, publish | {"high_multiple": 1.0})
    assert "veces" not in one[2]["explain"]
