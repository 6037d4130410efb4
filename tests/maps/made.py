"""The invented run as training leaves it: with a composite, an expected flow, and an index."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from data.records import OutcomeLabel, PublishedRun
from maps.made import COMPOSITE, EXPERT_INDEX, FLOW
from tests.maps import honest, region

WEIGHTS = {"recruitment": 1.0, "exploitation": 0.5}


def with_composite(**changes: Any) -> PublishedRun:
    """A run of two corrected stages, one register as it is, and the stages' sum."""
    validation = {
        "exploitation": honest.validation(),
        "recruitment": honest.validation(),
        "misdemeanours": honest.validation(rates="recorded", reporting=None, sensitivity=[]),
        COMPOSITE: {"composite_of": WEIGHTS},
    }
    run = region.published_run(**{"validation": validation} | changes)
    run = _with(run, COMPOSITE, run.scores[run.scores["outcome"] == "recruitment"])
    flows = run.contributions[run.contributions["factor"] == region.MODELLED[0]["id"]]
    flows = flows[flows["outcome"] == "exploitation"].assign(factor=FLOW, contribution=0.9)
    return replace(run, contributions=pd.concat([run.contributions, flows], ignore_index=True))


def with_index() -> PublishedRun:
    """A run without any case: an index of experts, which has no rates."""
    validation = {
        EXPERT_INDEX: {
            **honest.validation(rates="index", reporting=None, sensitivity=[]),
            "honesty": honest.untested(),
        }
    }
    changes = {"tested": False, "beats_baseline": None, "warnings": ("expert_index",)}
    run = region.published_run(validation=validation, outcomes=(EXPERT_INDEX,), **changes)
    scores = run.scores[run.scores["outcome"] == "recruitment"].assign(
        **dict.fromkeys(("rate", "rate_low", "rate_high"), float("nan"))
    )
    bare = replace(run, scores=run.scores.iloc[:0], outcomes=())
    return _with(bare, EXPERT_INDEX, scores)


def _with(run: PublishedRun, outcome: str, scores: pd.DataFrame) -> PublishedRun:
    """The run with one more outcome, named as plainly as the store names it."""
    more = scores.assign(outcome=outcome, stage=None)
    label = OutcomeLabel(outcome, outcome, outcome, None)
    tables = [table for table in (run.scores, more) if len(table)]
    return replace(
        run,
        record=replace(run.record, outcomes=tuple(dict.fromkeys((*run.record.outcomes, outcome)))),
        scores=pd.concat(tables, ignore_index=True),
        outcomes=(*run.outcomes, label),
    )
