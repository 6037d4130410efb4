"""The plan of a scenario beside that of today: one request, on the rates and ways of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data.store import Store
from geo.geodesy import Floats
from models.plan.best import worst_weights
from models.plan.steps import Progress, silent
from vigia.errors import PlanImpossibleError
from vigia.plan_ground import Ground
from vigia.planning import Planned, planned
from vigia.project import Project
from vigia.scenario_world import layers_changed, rebuilds, ways_changed
from vigia.scenarios import Worked
from vigia.settings.plans import SitesForm


@dataclass(frozen=True)
class PlanChange:
    """Two plans, and what each reaches.

    Attributes
    ----------
    now, now_there, there : array of shape (draws,)
        Cases that today's plan reaches today and under the scenario, with what is left of its
        sites, and those that the scenario's own plan reaches under it.
    """

    asked: SitesForm
    outcome: str
    before: Planned
    after: Planned
    now: Floats
    now_there: Floats
    there: Floats

    def sites(self) -> Iterator[tuple[str, str]]:
        """Ids of sites of either plan with what becomes of them: stays, leaves, closed or comes."""
        before, after, left = self.before.open, self.after.open, self.after.places.index
        for one in before:
            yield one, "stays" if one in after else "leaves" if one in left else "closed"
        for one in after.difference(before):
            yield one, "comes"

    @property
    def undecided(self) -> bool:
        """Whether today's plan is as near to the best under the scenario as was asked for."""
        value = worst_weights(self.now_there, self.asked.tail) @ self.now_there
        return bool(value >= (1 - self.asked.gap) * self.after.plan.bound)


def plan_twice(project: Project, worked: Worked, progress: Progress = silent) -> PlanChange | None:
    """Plan for both sides of a scenario; None where it asks for no plan.

    Raises
    ------
    MissingStepError
        When the project has no travel network.
    PlanRequestError, PlanImpossibleError
        See ``models.plan.sites.plan_sites``.
    """
    asked, scenario = worked.scenario.plan, worked.scenario
    if asked is None:
        return None
    with Store.open(project.store_url()) as store:
        ground = Ground.of(store, worked.run.record.id)
        about = (store, ground.snapshot, ground.settings, scenario)
        layers = {name: one.left for name, one in layers_changed(*about, worked.year).items()}
        other = replace(ground, layers=layers, ways=ways_changed(*about))
        outcome = ground.outcome(asked.outcome)
        (rates,) = (one for one in worked.outcomes if one.outcome == outcome)
        network = ground.network()
        before = planned(ground, network, asked, outcome, rates.before, progress)
        if rebuilds(ground.settings, scenario):
            network = other.network()
        try:
            after = planned(other, network, asked, outcome, rates.after, progress)
        except PlanImpossibleError as error:
            raise PlanImpossibleError(
                f"Under the scenario: {error.message}", hint=error.hint,
                limits=error.limits, changes=error.changes,
            ) from None  # fmt: skip
    return PlanChange(
        asked,
        outcome,
        before,
        after,
        before.reaches(before.open),
        after.reaches(before.open),
        after.reaches(after.open),
    )
