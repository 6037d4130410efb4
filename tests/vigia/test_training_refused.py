"""Counts that cannot be placed, and projects that nobody can mean: told, or refused."""

from __future__ import annotations

import pytest

from tests.vigia.four_districts import MINING, A, case, known, only, parts, project
from vigia.errors import MissingStepError, ModelError
from vigia.training_table import outcome_tables

WALK = [
    {"area_type": "judicial", "area": "north", "code": "010101", "year_from": 2020, "year_to": None}
]
WIDE = case("north", 2018, 9.0, year_to=2021, area_type="judicial")


def test_a_total_is_never_put_on_some_of_its_years() -> None:
    """The crosswalk begins in 2020: nothing says where the cases of 2018 and 2019 were."""
    table = only(project(A), known(WIDE, case("010102", 2020, 1.0), crosswalks=WALK))
    assert parts(table) == {}
    assert table.totals == ()
    assert table.warnings == ("totals_without_districts_left_out",)


def test_counts_that_nowhere_can_be_placed_are_refused() -> None:
    with pytest.raises(ModelError, match="Bring a crosswalk"):
        outcome_tables(project(A), known(WIDE, crosswalks=WALK))


def test_two_outcomes_of_one_stage_are_refused() -> None:
    other = 'id = "b"\noutcome = "forced_labour"\nstage = "transit"'
    cases = [case("010101", 2021, 1.0), case("010101", 2021, 2.0, dataset="b")]
    with pytest.raises(ModelError, match="both of the stage transit"):
        outcome_tables(project(A, other), known(*cases))
    chosen = project(A, other, model='outcomes = ["trafficking"]\n')
    assert only(chosen, known(*cases)).outcome == "trafficking"


@pytest.mark.parametrize("outcomes", ['["trafiking"]', '["trafficking", "trafiking"]'])
def test_an_outcome_that_nothing_counts_is_refused(outcomes: str) -> None:
    settings = project(A, model=f"outcomes = {outcomes}\ntarget_year = 2022\n", layers=MINING)
    with pytest.raises(MissingStepError, match="'trafiking'.*there are trafficking"):
        outcome_tables(settings, known(case("010101", 2021, 1.0)))


def test_discovered_cases_of_the_fitted_register_are_told_of() -> None:
    found = case("010102", 2021, 3.0, detection="discovered")
    table = only(project(A), known(case("010101", 2021, 4.0), found))
    assert table.warnings == ("discovered_cases_left_out",)
