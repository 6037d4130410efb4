"""The rivers are a tree: one outlet, no circle, water only gathers, one main stem."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from data.synthetic import Region
from data.synthetic.flows import hops


def check_rivers(region: Region) -> None:
    rivers = region.rivers
    assert rivers.downstream[0] == -1
    assert (rivers.downstream[1:] >= 0).all()
    node = np.arange(len(rivers.nodes))
    for _ in range(len(rivers.nodes)):
        if (node == 0).all():
            break
        node = np.where(node > 0, rivers.downstream[node], 0)
    assert (node == 0).all()  # from everywhere to the outlet
    below = rivers.downstream[1:]
    gathered = np.bincount(below, rivers.catchment_km2[1:], len(rivers.nodes))
    assert (rivers.catchment_km2 > gathered).all()
    starts = shapely.get_coordinates(shapely.get_point(rivers.lines, 0))
    ends = shapely.get_coordinates(shapely.get_point(rivers.lines, -1))
    np.testing.assert_allclose(starts, rivers.nodes[1:], atol=1e-6)
    np.testing.assert_allclose(ends, rivers.nodes[below], atol=1e-6)


def test_the_rivers_of_the_demo(region: Region) -> None:
    check_rivers(region)


def test_each_river_is_one_way_with_one_mouth(region: Region) -> None:
    rivers = region.rivers
    below = np.append(-1, rivers.river[rivers.downstream[1:]])
    for number in range(int(rivers.river.max()) + 1):
        mine = rivers.river == number
        mouths = mine & (below != number)
        assert mouths.sum() == 1
        inside = np.flatnonzero(mine & ~mouths)
        assert len(np.unique(rivers.downstream[inside])) == len(inside)  # it never splits


def test_the_main_stem_crosses_the_region(region: Region) -> None:
    rivers = region.rivers
    main = rivers.river == 0
    assert main[0]
    span = np.ptp(rivers.nodes[:, 0])
    assert np.ptp(rivers.nodes[main, 0]) > 0.4 * span
    assert rivers.nodes[0, 0] > rivers.nodes[:, 0].max() - 0.1 * span  # the outlet is in the east
    # Tributaries: as a tree of catchments drains, so few rivers are big and many are small.
    assert int(rivers.river.max()) > 20


def test_rivers_bend(region: Region) -> None:
    rivers = region.rivers
    chord = np.linalg.norm(rivers.nodes[1:] - rivers.nodes[rivers.downstream[1:]], axis=1)
    sinuosity = shapely.length(rivers.lines) / chord
    assert 1.1 < np.median(sinuosity) < 1.8


def test_the_file_says_what_is_below(region: Region, written: Path) -> None:
    file = gpd.read_file(written / "datos" / "rios.gpkg").set_index("TRAMO")
    assert len(file) == len(region.rivers.lines)
    below = file["TRAMO_ABAJO"]
    assert below[~below.isin(file.index)].eq(0).all()
    upper = below[below > 0]
    ends = file.geometry[upper.index].map(lambda line: line.coords[-1])
    starts = file.geometry[upper].map(lambda line: line.coords[0])
    assert ends.tolist() == starts.tolist()
    assert (file["KMH_SURCADA_VACIANTE"] < file["KMH_SURCADA_CRECIENTE"]).all()
    assert (file["KMH_SURCADA_CRECIENTE"] < file["KMH_BAJADA_CRECIENTE"]).all()


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=60))
def test_steps_to_the_root_counted_one_by_one(picks: list[float]) -> None:
    onward = np.array([-9999, *(int(pick * (n + 1)) for n, pick in enumerate(picks))])
    for node, steps in enumerate(hops(onward)):
        count = 0
        while onward[node] >= 0:
            node, count = int(onward[node]), count + 1  # noqa: PLW2901
        assert count == steps
