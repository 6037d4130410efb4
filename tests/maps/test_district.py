from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.beside import CONTACTS, SERVICE_TIMES, Beside, Earlier
from data.counts.recorded import Period
from data.counts.releases import Release, Told
from data.counts.trees import WHOLE, Tree
from data.records import PublishedRun
from maps.district import DistrictFacts, Districts
from maps.facts import rows_of
from maps.levels import LEVELS, NO_DATA
from maps.released import Released, release
from maps.words import Language, words
from tests.maps.made import with_index
from tests.maps.region import IMG, NO_BOUNDARY, scores
from tests.maps.region import NO_DATA as EMPTY

SPANISH = words("es")
OUTCOME = "recruitment"


def codes(run: PublishedRun) -> list[str]:
    return sorted(run.districts["code"])


def with_services(run: PublishedRun, **kinds: str) -> PublishedRun:
    """The run with layers of services: ``police="police"`` marks the layer of that id."""
    return replace(run, layers=tuple(replace(one, service=kinds.get(one.id)) for one in run.layers))


def times(run: PublishedRun, layer: str, high: float, low: float) -> pd.DataFrame:
    rows = [(layer, "high", code, high) for code in codes(run)]
    rows += [(layer, "low", code, low) for code in codes(run)]
    return pd.DataFrame(rows, columns=SERVICE_TIMES)


def contacts(*rows: tuple[Any, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=CONTACTS)


def facts(
    run: PublishedRun, beside: Beside | None = None, *, number: int = 0, language: Language = "es"
) -> DistrictFacts:
    released = release(run, beside)
    return Districts(released, words(language)).of(codes(run)[number], OUTCOME)


@pytest.mark.parametrize("language", ["es", "en"])
def test_it_says_what_the_rows_of_the_map_say(released: Released, language: Language) -> None:
    said = words(language)
    districts = Districts(released, said)
    for row, code in zip(rows_of(released, OUTCOME, said), released.districts["code"], strict=True):
        told = districts.of(code, OUTCOME)
        assert told.level == LEVELS[row[0]]
        assert told.reason == row[3]
        assert told.no_records == bool(row[2])
        assert len(told.factors) == len(row[4])
        if row[1] is not None:
            assert [figure.value.split(" ")[0] for figure in told.figures] == [
                row[1][0], row[1][7], row[1][3],
            ]  # fmt: skip


def test_pictures_have_the_proportions_of_the_numbers(released: Released) -> None:
    districts = Districts(released, SPANISH)
    table = released.scores_of(OUTCOME)
    ranked = int((table["level"] != NO_DATA).sum())
    for code, score in table[table["level"] != NO_DATA].iterrows():
        rate, rank, _ = districts.of(str(code), OUTCOME).figures
        assert rate.picture is not None
        assert rate.picture.at / rate.picture.high == pytest.approx(
            score["rate"] / score["rate_high"]
        )
        assert rate.picture.low / rate.picture.at == pytest.approx(
            score["rate_low"] / score["rate"]
        )
        assert rate.picture.mean is not None
        assert rate.picture.at / rate.picture.mean == pytest.approx(score["relative_risk"])
        assert 0 < rate.picture.high <= 1
        assert rank.picture is not None
        assert rank.picture.at == pytest.approx(min(1, (score["rank"] - 1) / (ranked - 1)))


def test_a_district_without_data_has_no_figure_and_says_why(run: PublishedRun) -> None:
    told = facts(run, number=EMPTY)
    assert (told.level, told.figures, told.factors) == (NO_DATA, (), ())
    assert told.reason
    assert told.unknown[0] == told.reason


def test_an_index_has_a_rank_and_no_rate() -> None:
    released = release(with_index())
    told = Districts(released, SPANISH).of(released.districts["code"].iloc[0], "expert_index")
    assert told.figures[0].name == SPANISH("detail.rank")
    assert told.trend == ()


def test_a_service_without_a_layer_is_not_said_to_be_far(run: PublishedRun) -> None:
    told = facts(run)
    assert {one.text for one in told.services} == {"no hay capa"}
    assert "no hay capa" in told.unknown[-1]


def test_travel_times_are_told_by_season(run: PublishedRun) -> None:
    marked = with_services(run, police="police", frontier="health", mining="prosecutor")
    both = pd.concat([times(run, "police", 200, 500), times(run, "frontier", 30, 30)])
    by_kind = {one.kind: one for one in facts(marked, Beside(services=both)).services}
    assert by_kind["police"].label == "Comisarías"
    assert by_kind["police"].text == "3 h 20 min con aguas altas; 8 h 20 min con aguas bajas"
    assert by_kind["health"].text == "30 min, todo el año"
    assert by_kind["prosecutor"].text == "no se midió el tiempo de viaje"
    assert by_kind["women"].text == "no hay capa"


def test_it_is_said_from_where_ways_are_measured(run: PublishedRun) -> None:
    marked = with_services(run, police="police")
    measured = Beside(services=times(run, "police", 90, 90))

    def with_points(points: dict[str, str] | None) -> PublishedRun:
        settings = dict(run.record.settings) | {"population": {"points": points}}
        return replace(marked, record=replace(marked.record, settings=settings))

    capitals, peopled = with_points(None), with_points({"path": "points.csv"})
    assert facts(capitals, measured).services_note == SPANISH("detail.services_note_capital")
    assert facts(peopled, measured).services_note == SPANISH("detail.services_note")
    assert facts(peopled).services_note == ""


def test_where_no_way_is_known_nothing_is_said_to_be_near(run: PublishedRun) -> None:
    marked = with_services(run, police="police")
    shut = Beside(services=times(run, "police", 90, np.nan))
    text = {one.kind: one.text for one in facts(marked, shut).services}["police"]
    assert text == "1 h 30 min con aguas altas; sin ruta conocida con aguas bajas"


def earlier(run: PublishedRun, year: int, seed: int, **changes: Any) -> Earlier:
    return Earlier(f"{year:016}", year, changes.get("validation", {}), scores(codes(run), seed))


def test_a_trend_has_the_rates_that_were_published_and_no_other(run: PublishedRun) -> None:
    before = (earlier(run, 2024, 5), earlier(run, 2025, 6))
    told = facts(run, Beside(earlier=before))
    assert [one.year for one in told.trend] == ["2024", "2025", "2026"]
    assert told.trend[-1].rate == told.figures[0].value
    code = codes(run)[0]
    for one, fact in zip(before, told.trend, strict=False):
        table = one.scores
        row = table[(table["outcome"] == OUTCOME) & (table["code"] == code)].iloc[0]
        assert fact.rate == SPANISH.number(float(f"{row['rate']:.2g}"))
        assert fact.picture is not None
        assert fact.picture.at / fact.picture.high == pytest.approx(
            row["rate"] / row["rate_high"], rel=0.1
        )
    assert SPANISH("detail.one_year") not in told.unknown


def test_years_that_cannot_be_compared_make_no_trend(run: PublishedRun) -> None:
    other = earlier(run, 2024, 5, validation={OUTCOME: {"rates": "true"}})
    told = facts(run, Beside(earlier=(other,)))
    assert told.trend == ()
    assert SPANISH("detail.one_year") in told.unknown


def test_a_year_without_a_score_is_told_as_that(run: PublishedRun) -> None:
    told = facts(run, Beside(earlier=(earlier(run, 2025, 5),)), number=EMPTY)
    assert {(one.rate, one.low, one.high, one.picture) for one in told.trend} == {
        ("", "", "", None)
    }


def counts(run: PublishedRun, told: dict[str, int]) -> Release:
    parents = {f"district:{code}": WHOLE for code in codes(run)}
    table = Told(OUTCOME, Period(2021, 2021), "t", 11, told)
    return Release({"t": Tree(parents)}, (table,))


def test_only_counts_that_everybody_is_told_are_told(run: PublishedRun) -> None:
    first, second = codes(run)[:2]
    released = Beside(counts=counts(run, {f"district:{first}": 1234}))
    assert facts(run, released, number=0).cases == ("1,234 casos registrados en 2021",)
    assert facts(run, released, number=1).cases == (SPANISH("detail.cases_all_withheld"),)
    assert facts(run).cases == (SPANISH("detail.no_cases_told"),)
    assert second != first


def test_who_answers_is_told_from_near_to_far(run: PublishedRun) -> None:
    code = codes(run)[0]
    table = contacts(
        ("department", code[:2], "Dirección", None),
        ("district", code, IMG, "555-0101"),
        ("province", code[:4], "Subprefectura", "555-0102"),
        ("province", "9999", "Otra", "555-0103"),
    )
    told = facts(run, Beside(contacts=table))
    assert [(one.institution, one.phone, one.level) for one in told.responsible] == [
        (IMG, "555-0101", "district"),
        ("Subprefectura", "555-0102", "province"),
        ("Dirección", "", "department"),
    ]
    assert SPANISH("detail.no_contact") not in told.unknown
    other = facts(run, Beside(contacts=table), number=NO_BOUNDARY + 12)
    assert SPANISH("detail.no_contact") in other.unknown


def test_an_untested_model_is_among_what_is_not_known(run: PublishedRun) -> None:
    untested = replace(run, record=replace(run.record, tested=False, beats_baseline=None))
    assert SPANISH("banner.untested") in facts(untested).unknown
    assert SPANISH("banner.untested") not in facts(run).unknown
