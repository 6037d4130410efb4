"""Plans that are kept: the same request of the same run is made once, by whoever asks first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any, Literal

from data.clock import stamp
from data.jobs import PLAN_ITINERARIES, PLAN_SITES
from data.plans import find_plan, save_plan
from data.records import JobRecord, PlanRecord
from data.store import Store
from data.working import patiently
from models.plan.highs import version as solver
from models.plan.routes_best import version as router
from models.plan.steps import Progress, silent
from vigia.itineraries import make_itineraries
from vigia.itineraries_told import told as itineraries_told
from vigia.pipeline import digest
from vigia.plan_ground import run_of
from vigia.plan_told import told as sites_told
from vigia.planning import make_plan
from vigia.settings.itineraries import ItinerariesForm
from vigia.settings.plans import SitesForm

Kind = Literal["sites", "itineraries"]


def sites_plan(
    store: Store, form: SitesForm, run: str | None = None, progress: Progress = silent
) -> PlanRecord:
    """The plan of sites that is asked for, from the store if it was made before.

    Parameters
    ----------
    run : str, optional
        An id, the beginning of one, or "latest"; None: the published run.
    """

    def make(named: str) -> dict[str, Any]:
        return sites_told(make_plan(store, form, named, progress))

    return _kept(store, "sites", form, run, solver(), make)


def itineraries_plan(
    store: Store, form: ItinerariesForm, run: str | None = None, progress: Progress = silent
) -> PlanRecord:
    """The itineraries that are asked for; as ``sites_plan``."""

    def make(named: str) -> dict[str, Any]:
        return itineraries_told(make_itineraries(store, form, named, progress))

    return _kept(store, "itineraries", form, run, router(), make)


def _kept(
    store: Store,
    kind: Kind,
    form: SitesForm | ItinerariesForm,
    run: str | None,
    solved_by: str,
    make: Callable[[str], dict[str, Any]],
) -> PlanRecord:
    record = run_of(store, run)
    versions = {"vigia": version("vigia"), "solver": solved_by}
    request = form.model_dump(mode="json")
    content = {"kind": kind, "run": record.id, "request": request, "versions": versions}
    identity = digest(content)
    known = find_plan(store, identity)
    if known is not None:
        return known
    plan = PlanRecord(identity, kind, record.id, request, make(record.id), stamp(), versions)
    return patiently(partial(save_plan, store, plan))


def handlers(store: Store) -> dict[str, Callable[[JobRecord, Progress], str]]:
    """Who does what waits in the queue, by kind of job."""

    def sites(job: JobRecord, progress: Progress) -> str:
        form = SitesForm.model_validate(job.request["form"])
        return sites_plan(store, form, job.request["run"], progress).id

    def itineraries(job: JobRecord, progress: Progress) -> str:
        form = ItinerariesForm.model_validate(job.request["form"])
        return itineraries_plan(store, form, job.request["run"], progress).id

    return {PLAN_SITES: sites, PLAN_ITINERARIES: itineraries}
