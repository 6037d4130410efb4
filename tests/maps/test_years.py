from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import geopandas as gpd
import pytest
from shapely.geometry import Point

from maps.layers import standing
from maps.released import Released, release
from maps.years import drawn_layer, layer_years
from tests.maps.region import layer_credit, layer_table, layers, published_run

Ends = Sequence[int | None]


def released_with(date: str = "2024-06", factors_as_of: int | None = None) -> Released:
    """A run for 2026 with one layer, of a file of that date."""
    run = published_run()
    model = {"model": {"factors_as_of": factors_as_of}}
    record = replace(run.record, settings={**run.record.settings, **model})
    known = (layer_credit("mining", "risk", "CC0-1.0", date=date),)
    return release(replace(run, record=record, layers=known))


def mines(begins: Ends, ends: Ends) -> dict[str, gpd.GeoDataFrame]:
    places = [Point(-73 + n / 10, -8) for n in range(len(begins))]
    return {"mining": layer_table(*places, from_year=list(begins), until_year=list(ends))}


def test_the_region_has_years(released: Released) -> None:
    found = layer_years(released, layers())
    assert (found.first, found.last, found.seen) == (2015, 2025, 2025)
    assert found.ids == {"mining"}  # the others have no years


@pytest.mark.parametrize(
    ("begins", "ends", "years"),
    [
        ([2020, 2022], [None, None], (2020, 2025)),
        ([None], [2018], (2017, 2025)),  # the year before its end shows it
        ([2018, 2019], [2021, 2022], (2018, 2025)),
        ([2020, 2040], [None, 2060], None),  # it tells of years that nobody has seen
        ([2020, 2020], [None, None], None),  # as it stands now, it stood from its first year
        ([None], [2026], None),
        ([None], [None], None),
    ],
)
def test_the_slider_shows_what_changes(
    begins: Ends, ends: Ends, years: tuple[int, int] | None
) -> None:
    found = layer_years(released_with(), mines(begins, ends))
    assert ((found.first, found.last) if found.ids else None) == years
    seen = {
        tuple(standing(mines(begins, ends)["mining"], year)["fid"])
        for year in range(found.first, found.last + 1)
    }
    assert (len(seen) > 1) == bool(found.ids)


def test_a_file_newer_than_the_model_goes_on_after_it() -> None:
    known = released_with("2025-09", factors_as_of=2018)
    found = layer_years(known, mines([2019, 2025], [None, None]))
    assert (found.first, found.last, found.seen) == (2018, 2025, 2018)


def test_a_layer_that_may_not_be_drawn_moves_no_slider() -> None:
    known = released_with()
    hidden = replace(known, layers=(replace(known.layers[0], licence=""),))
    assert not layer_years(hidden, mines([2019, 2021], [None, None])).ids


def test_layers_that_do_not_change_come_without_years(released: Released) -> None:
    years = layer_years(released, layers())
    moved = drawn_layer("mining", layers()["mining"], years)["features"]
    still = drawn_layer("rivers", layers()["rivers"], years)["features"]
    assert [len(feature["properties"]) for feature in moved] == [2, 2]
    assert [feature["properties"] for feature in still] == [{}]
