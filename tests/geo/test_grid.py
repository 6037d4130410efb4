"""The grid that compiled code looks things up in: each in one cell, none of them missed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo import grid
from geo.grid import FARTHEST_M, cells_near, first_at_least, grid_of, require_radius
from vigia.errors import GeometryError

RADIUS_M = 50_000.0


def boxes(count: int, seed: int = 1) -> np.ndarray:
    """Of all sizes, from points to half a country."""
    draw = np.random.default_rng(seed)
    corner = draw.normal(0, 3e5, (count, 2))
    size = np.exp(draw.uniform(-3, 13, (count, 2))) * draw.integers(0, 2, (count, 1))
    return np.hstack([corner, corner + size])


def away2(place: np.ndarray, these: np.ndarray, farthest: bool) -> np.ndarray:
    """Squared distance to the nearest or farthest place of each box."""
    low, high = these[:, :2] - place, place - these[:, 2:]
    gaps = np.maximum(np.abs(low), np.abs(high)) if farthest else np.maximum(low, high).clip(0)
    return (gaps**2).sum(axis=1)


def test_every_thing_is_in_one_cell_and_in_its_bounds() -> None:
    things = boxes(2000)
    made = grid_of(things, RADIUS_M)
    assert sorted(made.order) == list(range(len(things)))
    assert (np.diff(made.keys) > 0).all()
    assert (np.diff(made.begins) > 0).all()
    cell = np.repeat(np.arange(len(made.keys)), np.diff(made.begins))
    placed, around = things[made.order], made.bounds[cell]
    assert (placed[:, :2] >= around[:, :2]).all()
    assert (placed[:, 2:] <= around[:, 2:]).all()
    assert len(made.levels) > 4
    for number in range(len(made.keys)):  # as given, within a cell
        assert (np.diff(made.order[cell == number]) > 0).all()


@pytest.mark.parametrize("radius_m", [100.0, RADIUS_M, 2e6])
def test_cells_near_a_place_hold_all_that_touches_its_disc(radius_m: float) -> None:
    things = boxes(1000)
    made = grid_of(things, radius_m)
    found = np.empty(len(made.keys), dtype=np.int64)
    cell = np.repeat(np.arange(len(made.keys)), np.diff(made.begins))
    seen = 0
    for place in boxes(60, seed=2)[:, :2]:
        near = found[: cells_near(*place, radius_m, made, found)].copy()
        which = np.where(near < 0, -1 - near, near)
        whole = which[near >= 0]
        assert (np.diff(made.keys[which]) > 0).all()  # in the grid's order, each once
        touched = away2(place, things[made.order], farthest=False) <= radius_m**2
        inside = away2(place, things[made.order], farthest=True) <= radius_m**2
        assert set(cell[touched]) <= set(which)
        assert inside[np.isin(cell, whole)].all()
        seen += touched.sum()
    assert seen > 0


def test_where_a_thing_lies_hangs_on_it_alone() -> None:
    things = boxes(500)
    some = grid_of(things[:100], RADIUS_M)
    keys_of = dict(zip(some.order, np.repeat(some.keys, np.diff(some.begins)), strict=True))
    everything = grid_of(things, RADIUS_M)
    keys = np.repeat(everything.keys, np.diff(everything.begins))
    for thing, key in zip(everything.order, keys, strict=True):
        assert keys_of.get(thing, key) == key


def test_what_has_no_place_is_left_out() -> None:
    nowhere = [np.nan, np.inf, -np.inf, FARTHEST_M, -FARTHEST_M]
    rows = np.zeros((2 * len(nowhere) + 1, 4))
    rows[: len(nowhere), 0] = nowhere
    rows[len(nowhere) : -1, 3] = nowhere
    assert grid_of(rows, RADIUS_M).order.tolist() == [len(rows) - 1]


def test_no_things_make_no_cells() -> None:
    made = grid_of(np.empty((0, 4)), RADIUS_M)
    assert len(made.keys) == 0
    assert made.begins.tolist() == [0]
    assert cells_near(0.0, 0.0, RADIUS_M, made, np.empty(0, dtype=np.int64)) == 0


@pytest.mark.parametrize("radius_m", [10.0, 1e7])
def test_keys_have_room_for_the_farthest_things(radius_m: float) -> None:
    end = FARTHEST_M - 1
    corners = np.array([[x, y, x, y] for x in (-end, end) for y in (-end, end)])
    everywhere = np.array([[-end, -end, end, end]])
    made = grid_of(np.vstack([corners, everywhere]), radius_m)
    assert (made.keys >= 0).all()
    assert len(made.keys) == 5
    found = np.empty(5, dtype=np.int64)
    for x, y, _, _ in corners:
        near = found[: cells_near(x, y, radius_m, made, found)]
        assert len(near) == 2  # the corner itself, and what is everywhere


@given(st.lists(st.integers(-50, 50)).map(sorted), st.integers(-60, 60))
@settings(deadline=None)  # the first call compiles
def test_the_first_that_is_not_less(keys: list[int], key: int) -> None:
    found = first_at_least(np.array(keys, dtype=np.int64), key)
    assert found == np.searchsorted(keys, key)


@pytest.mark.parametrize("radius_m", [0.0, -5.0, 9.9, 1.1e7, np.nan, np.inf])
def test_a_radius_that_is_none_is_refused(radius_m: float) -> None:
    with pytest.raises(GeometryError, match=r"cannot be searched in\. Write a radius_km"):
        require_radius(radius_m)


def test_compiled_code_is_kept_by_the_version_of_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change in a file that another's code calls must not leave the old code in use."""
    assert grid._version(Path(grid.__file__).parent) in cells_near.__qualname__
    here, other = tmp_path / "here", tmp_path / "other"
    for folder in (here, other):
        folder.mkdir()
        for name, text in (("a.py", "@njit"), ("b.py", "njit = 1"), ("c.py", "nothing")):
            (folder / name).write_text(text)
    monkeypatch.setattr(grid, "__file__", str(here / "a.py"))
    version = grid._version.__wrapped__
    before = version(other)
    (other / "c.py").write_text("nothing of it is compiled")
    assert version(other) == before
    for number, folder in enumerate((here, other), start=2):
        (folder / "b.py").write_text(f"njit = {number}")
        assert version(other) != before
        before = version(other)


def test_code_that_can_be_kept_nowhere_is_compiled_all_the_same() -> None:
    """Numba keeps no code that has no file."""
    names: dict[str, Any] = {}
    exec("def double(number): return 2 * number", names)  # noqa: S102
    double = grid.njit(names["double"])
    assert double(4.0) == 8
    assert double.signatures
