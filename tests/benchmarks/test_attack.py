"""Who attacks published rates finds counts that they give away, and none that they do not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.attack import EXACT, HEADINGS, LABELS, NEIGHBOURS, PUBLISHED, attacked, table
from geo.geodesy import Floats


@pytest.fixture(scope="module")
def found() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    people = rng.uniform(2_000, 60_000, 120)
    near = rng.gamma(2.0, 5.0, len(people))
    counts: Floats = rng.poisson(near * people / 1e5).astype(float)
    place = pd.DataFrame({"people": people, "near": near})
    return attacked(
        place,
        {
            PUBLISHED: pd.DataFrame({"rate": rng.permutation(counts / people)}),
            EXACT: pd.DataFrame({"rate": counts / people, "cases": counts}),
        },
        counts,
    )


def test_a_rate_that_is_the_count_gives_it_away(found: pd.DataFrame) -> None:
    assert found.loc[EXACT, "exact"] > 0.9
    assert found.loc[EXACT, "nearer"] > 0.8
    assert found.loc[EXACT, "error"] < found.loc[NEIGHBOURS, "error"] / 4


def test_rates_of_other_places_help_nobody(found: pd.DataFrame) -> None:
    told, beside = found.loc[PUBLISHED], found.loc[NEIGHBOURS]
    assert told["exact"] < beside["exact"] + 0.1
    assert told["nearer"] < 0.6
    assert told["nearer"] + told["farther"] <= 1


def test_the_table_has_the_means_of_all_regions(found: pd.DataFrame) -> None:
    two = {"a": {"transit": found.to_dict("index")}, "b": {"transit": (found * 0).to_dict("index")}}
    lines = table(two).splitlines()
    assert len(lines) == 2 + len(LABELS)
    cells = [cell.strip() for cell in lines[-1].strip("|").split("|")]
    assert cells[0] == LABELS[EXACT]
    assert len(cells) == 1 + len(HEADINGS)
    assert cells[1] == f"{found.loc[EXACT, 'exact'] / 2:.0%}".replace("%", " %")
