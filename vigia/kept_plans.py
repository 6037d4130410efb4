"""Plans that are kept: the same request of the same run is made once, by whoever asks first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version

from data.jobs import PLAN_SITES
from data.plans import find_plan, save_plan
from data.records import JobRecord, PlanRecord
from data.store import Store
from data.working import patiently
from models.plan.highs import version as solver
from models.plan.steps import Progress, silent
from vigia.pipeline import digest, now
from vigia.plan_told import told
from vigia.planning import make_plan, run_of
from vigia.settings.plans import SitesForm


def sites_plan(
    store: Store, form: SitesForm, run: str | None = None, progress: Progress = silent
) -> PlanRecord:
    """The plan of sites that is asked for, from the store if it was made before.

    Parameters
    ----------
    run : str, optional
        An id, the beginning of one, or "latest"; None: the published run.
    """
    record = run_of(store, run)
    versions = {"vigia": version("vigia"), "solver": solver()}
    request = form.model_dump(mode="json")
    content = {"kind": "sites", "run": record.id, "request": request, "versions": versions}
    identity = digest(content)
    known = find_plan(store, identity)
    if known is not None:
        return known
    result = told(make_plan(store, form, record.id, progress))
    plan = PlanRecord(identity, "sites", record.id, request, result, now(), versions)
    return patiently(partial(save_plan, store, plan))


def handlers(store: Store) -> dict[str, Callable[[JobRecord, Progress], str]]:
    """Who does what waits in the queue, by kind of job."""

    def sites(job: JobRecord, progress: Progress) -> str:
        form = SitesForm.model_validate(job.request["form"])
        return sites_plan(store, form, job.request["run"], progress).id

    return {PLAN_SITES: sites}
