"""The flow of a whole project, held to the simulator's own, which shares no code with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import spearmanr

from data.store import Store
from tests.truth.region import Truth, load_truth
from vigia import pipeline
from vigia.flowing import district_gravity
from vigia.measuring import what_is_measured
from vigia.new_project import write_example
from vigia.project import Project, load_project


@dataclass(frozen=True)
class Example:
    project: Project
    store: Store
    truth: Truth

    def cases(self, stage: str) -> np.ndarray:
        """True expected cases of the target year, in the order of codes."""
        return self.truth.of(stage, self.truth.target_year)["expected"].to_numpy()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Example]:
    folder = tmp_path_factory.mktemp("flows") / "project"
    write_example(folder, districts=60, seed=3)
    project = load_project(folder)
    pipeline.ingest(project)
    with pipeline.open_store(project) as store:
        yield Example(project, store, load_truth(folder))


def correlation(example: Example, exits: str | None) -> float:
    """Between the flow of true rates and the simulator's, in ranks."""
    snapshot = example.store.snapshot()
    gravity = district_gravity(example.project.settings, example.store, snapshot, exits)
    assert gravity is not None
    flow = gravity.passing(example.cases("recruitment"), example.cases("exploitation"))
    factors = example.truth.factors
    last = factors[factors["year"] == example.truth.target_year].set_index("code").sort_index()
    return float(spearmanr(flow, last["flow"]).statistic)


def test_flows_of_true_rates_are_the_simulators(example: Example) -> None:
    """There only some settlements draw people, and who passes is counted at the busiest one."""
    assert correlation(example, None) > 0.7
    assert correlation(example, "border_crossings") > 0.8


def test_the_project_says_how_fast_the_pull_falls_and_both_seasons_count(example: Example) -> None:
    settings, snapshot = example.project.settings, example.store.snapshot()
    model = settings.model.model_copy(update={"gravity_hours": 5.0})
    gravity = district_gravity(
        settings.model_copy(update={"model": model}), example.store, snapshot
    )
    assert gravity is not None
    assert gravity.hours == 5
    high, low = (float(one.minutes.mean()) for one in gravity.seasons)
    assert low > high


def test_without_ways_there_is_no_flow(example: Example) -> None:
    settings = example.project.settings.model_copy(update={"travel": None})
    assert district_gravity(settings, example.store, example.store.snapshot()) is None


def test_a_flow_asks_for_no_factor_that_travels(example: Example) -> None:
    settings, snapshot = example.project.settings, example.store.snapshot()
    bare = [layer.model_copy(update={"factors": ()}) for layer in settings.layers]
    walked = settings.model_copy(update={"layers": tuple(bare)})
    assert what_is_measured(walked, example.store, snapshot).network is None
    assert district_gravity(walked, example.store, snapshot) is not None
