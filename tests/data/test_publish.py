"""One switch forward, one back; a signature where the model did not win."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from data.publish import drawable_layers, publication_id, publish, published, rollback
from data.store import Store
from tests.data import example
from tests.data.inputs import districts, input_table, layer
from vigia.errors import MissingStepError, NotFoundError, PublicationRefusedError

WHY = {"accept_worse": "Nothing better is there.", "by": "A. Analyst"}


def save(store: Store, name: str, **changes: Any) -> str:
    example.save_run(store, example.run_record(store, id=name, **changes))
    return name


def test_a_run_is_served_with_what_it_rests_on(store_url: str) -> None:
    with Store.open(store_url) as store:
        assert (published(store), publication_id(store)) == (None, None)
        example.fill(store)
        store.ingest([input_table("districts", districts(2), content="newer")])
        store.ingest([input_table("layers/rivers", layer((5, 5)), content="newer")])
        run = published(store)
        assert run is not None
        assert len(run.districts) == 4
        assert run.districts.columns.tolist()[-1] == "geometry"
        assert [credit.id for credit in run.layers] == ["rivers", "poverty", "hidden", "unlicensed"]
        assert [(o.id, o.label, o.stage) for o in run.outcomes] == [("trafficking", "T", "transit")]
        assert run.scores["code"].tolist() == run.districts["code"].tolist()
        drawn = drawable_layers(store, run)
        assert list(drawn) == ["rivers"]  # the others have no geometry, no licence, or no wish
        assert len(drawn["rivers"]) == 2


def test_a_stock_gives_way_to_the_next_year(store_url: str) -> None:
    pictures = layer((0, 0), (1, 1), (2, 2), from_year=[2019, 2021, 2021])
    with Store.open(store_url) as store:
        store.ingest(
            [input_table("districts", districts()), input_table("layers/rivers", pictures)]
        )
        for series, ends in (("increments", [pd.NA] * 3), ("stock", [2021, pd.NA, pd.NA])):
            settings = example.run_record(store).settings
            sections = {"layers": [example.credit("rivers", series=series)]}
            publish(store, save(store, series, settings={**settings, **sections}), at="2026-01-01")
            run = published(store)
            assert run is not None
            drawn = drawable_layers(store, run)["rivers"]
            assert drawn["until_year"].tolist() == ends
            assert drawn["until_year"].dtype == "Int64"


def test_there_and_back(store_url: str) -> None:
    with Store.open(store_url) as store:
        for name in "abc":
            publish(store, save(store, name), at=f"2026-01-0{'abc'.index(name) + 1}")
        states = {run.id: run.status for run in store.runs()}
        assert states == {"a": "retired", "b": "retired", "c": "published"}
        assert rollback(store, at="2026-02-01").id == "b"
        assert rollback(store, at="2026-02-02").id == "a"
        assert store.run("a").status == "published"
        with pytest.raises(MissingStepError, match="nothing to go back to"):
            rollback(store, at="2026-02-03")
        run = published(store)
        assert run is not None
        assert (run.record.id, run.published_at) == ("a", "2026-02-02")
        publish(store, "c", at="2026-03-01")
        assert rollback(store, at="2026-03-02").id == "a"


def test_publishing_what_is_served_changes_nothing(store_url: str) -> None:
    with Store.open(store_url) as store:
        with pytest.raises(MissingStepError):
            rollback(store, at="2026-01-01")
        publish(store, save(store, "a"), at="2026-01-01")
        before = publication_id(store)
        assert publish(store, "a", at="2026-01-02").id == "a"
        assert publication_id(store) == before
        with pytest.raises(NotFoundError):
            publish(store, "z", at="2026-01-02")


@pytest.mark.parametrize("state", [(False, None), (True, False), (True, None), (False, True)])
@pytest.mark.parametrize("missing", ["accept_worse", "by", "both", "blank"])
def test_a_run_that_did_not_win_needs_a_signature(
    store_url: str, state: tuple[bool, bool | None], missing: str
) -> None:
    given: dict[str, str | None] = dict(WHY)
    if missing == "blank":
        given["by"] = " \t"
    for name in ("accept_worse", "by"):
        if missing in (name, "both"):
            given[name] = None
    with Store.open(store_url) as store:
        save(store, "a", tested=state[0], beats_baseline=state[1])
        with pytest.raises(PublicationRefusedError, match=r"--accept-worse .* --by"):
            publish(store, "a", at="2026-01-01", **given)
        assert published(store) is None
        record = publish(store, "a", at="2026-01-01", **WHY)
        assert (record.accepted_worse, record.accepted_by) == tuple(WHY.values())


@pytest.mark.parametrize("state", [(False, None), (True, True)])
def test_no_signature_publishes_a_quick_run(
    store_url: str, state: tuple[bool, bool | None]
) -> None:
    with Store.open(store_url) as store:
        save(store, "a", tested=state[0], beats_baseline=state[1], warnings=("one", "quick_run"))
        for signature in ({}, WHY):
            with pytest.raises(PublicationRefusedError, match="quick one.*no signature") as refused:
                publish(store, "a", at="2026-01-01", **signature)
            assert "without --quick" in str(refused.value.hint)
        assert (published(store), store.run("a").status) == (None, "draft")


def test_outcomes_that_no_section_counts_are_named_by_their_id(store_url: str) -> None:
    with Store.open(store_url) as store:
        outcomes = ("composite", "expert_index", "trafficking")
        publish(store, save(store, "a", outcomes=outcomes), at="2026-01-01")
        run = published(store)
        assert run is not None
        assert [(o.id, o.label, o.label_en, o.stage) for o in run.outcomes] == [
            ("composite", "composite", "composite", None),
            ("expert_index", "expert_index", "expert_index", None),
            ("trafficking", "T", "T", "transit"),
        ]


def test_a_signature_stays_with_its_run_and_is_kept_only_where_needed(store_url: str) -> None:
    with Store.open(store_url) as store:
        publish(store, save(store, "worse", beats_baseline=False), at="2026-01-01", **WHY)
        record = publish(store, save(store, "better"), at="2026-01-02", **WHY)
        assert (record.accepted_worse, record.accepted_by) == (None, None)
        assert rollback(store, at="2026-01-03").accepted_by == "A. Analyst"
        publish(store, "better", at="2026-01-04")
        assert publish(store, "worse", at="2026-01-05").accepted_by == "A. Analyst"
