"""How a factor looks to a model: skewed ones as logarithms, held at what was seen."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from models.shapes import Shapes

SKEWED = np.array([0.0, 1.0, 2.0, 2.0, 3.0, 4.0, 200.0])
EVEN = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])
ROWS = pd.DataFrame({"mine": SKEWED, "height": EVEN})
ALIKE = np.ones(len(ROWS))


def test_a_long_upper_tail_counts_as_a_logarithm_and_others_as_they_are() -> None:
    shapes = Shapes.of(ROWS, ["mine", "height"], ALIKE)
    found = shapes.applied(ROWS)
    np.testing.assert_allclose(found[:, 0], np.log1p(SKEWED / 2.5))  # half of the positive ones
    np.testing.assert_array_equal(found[:, 1], EVEN)


def test_what_is_missing_is_filled_with_the_mean_of_people_where_asked() -> None:
    people = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 4.0])
    rows = pd.concat([ROWS, pd.DataFrame({"mine": [np.nan], "height": [np.nan]})])
    shapes = Shapes.of(rows, ["mine", "height"], np.append(people, 100.0))
    assert np.isnan(shapes.applied(rows)[-1]).all()
    filled = shapes.applied(rows, filled=True)[-1]
    np.testing.assert_allclose(filled[1], np.average(EVEN, weights=people))
    np.testing.assert_allclose(filled[0], np.average(np.log1p(SKEWED / 2.5), weights=people))


def test_beyond_what_was_seen_no_line_is_drawn_on() -> None:
    shapes = Shapes.of(ROWS, ["mine", "height"], ALIKE)
    far = pd.DataFrame({"mine": [1e6], "height": [-50.0]})
    edge = pd.DataFrame({"mine": [200.0], "height": [-3.0]})
    np.testing.assert_array_equal(shapes.applied(far), shapes.applied(edge))
    assert shapes.applied(far, held=False)[0, 1] == -50.0
    assert shapes.beyond(far) == ["mine", "height"]
    assert shapes.beyond(edge) == []
    np.testing.assert_array_equal(
        shapes.of_some(["height"]).applied(far), shapes.applied(far)[:, 1:]
    )


@given(st.floats(1e-3, 1e6))
def test_the_unit_of_a_logarithm_does_not_matter(unit: float) -> None:
    one = Shapes.of(ROWS, ["mine"], ALIKE).applied(ROWS)
    scaled = ROWS.assign(mine=ROWS["mine"] * unit)
    np.testing.assert_allclose(Shapes.of(scaled, ["mine"], ALIKE).applied(scaled), one, rtol=1e-9)


def test_rows_stay_as_they_were() -> None:
    before = ROWS.copy()
    Shapes.of(ROWS, ["mine", "height"], ALIKE).applied(ROWS, filled=True)
    pd.testing.assert_frame_equal(ROWS, before)
