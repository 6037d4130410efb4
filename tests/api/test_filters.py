"""Which scores a question is answered with, where training made outcomes that nobody counts."""

from __future__ import annotations

import pytest

from api.callers import Caller
from api.errors import BadQueryError
from api.filters import ScoreFilter, filtered
from data.records import PublishedRun
from maps.made import COMPOSITE, EXPERT_INDEX
from maps.released import release
from maps.table import as_records, score_table
from tests.maps.made import with_composite, with_index


def asked(run: PublishedRun, wanted: ScoreFilter) -> dict[str, bool]:
    """The outcomes of the answer, and whether each says that it is no trafficking."""
    table = filtered(score_table(release(run)), wanted, Caller())
    return {str(row["outcome"]): "not_trafficking" in row["warnings"] for row in as_records(table)}


@pytest.mark.parametrize(
    ("run", "found"),
    [
        (with_composite(), {COMPOSITE: False, "misdemeanours": True}),
        (with_index(), {EXPERT_INDEX: False}),
    ],
)
def test_no_stage_is_what_is_none_and_its_warnings_say_what_is_no_trafficking(
    run: PublishedRun, found: dict[str, bool]
) -> None:
    assert asked(run, ScoreFilter(stage="none")) == found


def test_what_training_made_is_found_by_its_name() -> None:
    assert asked(with_composite(), ScoreFilter(outcome=COMPOSITE)) == {COMPOSITE: False}
    with pytest.raises(BadQueryError, match="no outcome 'composite'"):
        asked(with_index(), ScoreFilter(outcome=COMPOSITE))


def test_an_index_has_ranks_and_no_rate() -> None:
    rows = as_records(filtered(score_table(release(with_index())), ScoreFilter(), Caller()))
    known = [row for row in rows if row["level"] != "no_data"]
    assert known
    assert {row["rate"] for row in known} == {None}
    assert all(row["rank"] is not None for row in known)
