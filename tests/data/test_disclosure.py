"""Nothing leaves that is not known to be safe: whatever is added to a run stays inside."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from data.disclosure import (
    CONTRIBUTIONS,
    SCORES,
    release_contributions,
    release_run,
    release_scores,
)
from models.scores import NUMBERS
from tests import tiny_project
from tests.maps import region
from vigia.errors import PublicationRefusedError
from vigia.project import parse_settings
from vigia.settings import ProjectSettings

CODES = region.districts()["code"].tolist()
HIDDEN = "must-not-leave"
COUNTS = ("count", "cases", "observed", "reported", "discovered", "cases_reached", "y")


@pytest.mark.parametrize("name", COUNTS)
def test_a_column_that_is_not_listed_never_gets_through(name: str) -> None:
    scores = region.scores(CODES).assign(**{name: 7})
    contributions = region.contributions(CODES).assign(**{name: 7})
    assert tuple(release_scores(scores).columns) == SCORES
    assert tuple(release_contributions(contributions).columns) == CONTRIBUTIONS


@given(st.text(min_size=1, max_size=12).filter(lambda name: name not in SCORES))
@tried(deadline=None)
def test_nor_does_any_other(name: str) -> None:
    scores = region.scores(CODES)
    scores.insert(0, name, 7)
    assert tuple(release_scores(scores).columns) == SCORES


def test_what_is_listed_comes_out_as_it_was() -> None:
    scores, contributions = region.scores(CODES), region.contributions(CODES)
    pd.testing.assert_frame_equal(release_scores(scores), scores[list(SCORES)])
    released = release_contributions(contributions)
    pd.testing.assert_frame_equal(released, contributions[list(CONTRIBUTIONS)])
    assert set(NUMBERS) < set(SCORES)
    released["value"] = 0.0  # a copy: the run is not changed through it
    assert contributions["value"].any()


def test_a_listed_column_of_another_kind_is_refused() -> None:
    scores = region.scores(CODES)
    with pytest.raises(PublicationRefusedError, match="rate"):
        release_scores(scores.drop(columns="rate"))
    with pytest.raises(PublicationRefusedError, match="level"):
        release_scores(scores.assign(level=3))
    with pytest.raises(PublicationRefusedError, match="rate"):
        release_scores(scores.assign(rate="3 cases"))


def settings() -> dict[str, Any]:
    return parse_settings(tiny_project.SETTINGS).model_dump(mode="json")


def poisoned(content: Any) -> Any:
    """The same with something that must not leave in every mapping, at every depth."""
    if isinstance(content, dict):
        inner = {key: poisoned(value) for key, value in content.items()}
        return inner | dict.fromkeys(COUNTS, HIDDEN)
    if isinstance(content, list | tuple):
        return [poisoned(value) for value in content]
    return content


def test_no_count_and_no_secret_leaves_with_a_run() -> None:
    whole = settings()
    whole["store"]["path"] = whole["cases"][0]["path"] = whole["layers"][0]["path"] = HIDDEN
    record = region.record(
        settings=whole,
        inputs={"cases/a": [{"input_id": "x", "file": f"/home/{HIDDEN}/f.csv", "years": [2020]}]},
        validation={
            "recruitment": {
                "split": "last_year",
                "held_out_rows": 12,
                "metrics": {"model": {"log_score": -1.5, "hit_rate_people_10": 3 / 28}},
                "difference": None,
            }
        },
    )
    for name in ("settings", "validation", "factors"):
        record = replace(record, **{name: poisoned(getattr(record, name))})
    record = replace(record, inputs={"cases/a": poisoned(record.inputs["cases/a"])})
    released = release_run(record)
    text = json.dumps(released, allow_nan=False)
    assert HIDDEN not in text
    assert not set(keys(released)) & set(COUNTS)
    assert released["inputs"]["cases/a"][0]["file"] == "f.csv"
    validation = released["validation"]["recruitment"]
    # 3/28 in full would say that 28 cases, or a multiple, were held out.
    assert validation["metrics"]["model"] == {"log_score": -1.5, "hit_rate_people_10": 0.11}
    assert (validation["held_out_rows"], validation["difference"]) == (12, None)
    assert released["settings"]["model"]["refits"] == 20
    assert released["settings"]["layers"][0]["factors"][0]["measure"] == "distance"


def test_a_value_that_hides_something_is_emptied() -> None:
    released = release_run(replace(region.record(), seed={"count": 3}))  # type: ignore[arg-type]
    assert released["seed"] is None


def test_every_field_of_a_record_is_decided_upon() -> None:
    assert set(release_run(region.record())) == set(vars(region.record()))
    released = release_run(region.record(settings=settings()))["settings"]
    assert set(ProjectSettings.model_fields) - set(released) == {
        "areas",
        "crosswalks",
        "cases",
        "effort",
        "store",
    }


def keys(content: Any) -> list[str]:
    if isinstance(content, dict):
        return [*content, *(key for value in content.values() for key in keys(value))]
    if isinstance(content, list):
        return [key for value in content for key in keys(value)]
    return []
