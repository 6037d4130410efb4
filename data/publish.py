"""Which run is served: one switch forward, one back, and what readers get of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any

import geopandas as gpd

from data import answers, publications, webhooks, withdrawn
from data.answers import Freeze
from data.artefacts import run_number
from data.beside import Beside, Earlier, OtherRun
from data.counts import ledger
from data.counts.releases import AUDIENCES, Audience, Release
from data.disclosure import may_be_served, release_run
from data.records import LayerCredit, OutcomeLabel, PublishedRun, RunRecord
from data.settlements import settlements
from data.snapshot import Snapshot
from data.store import Store
from data.versions import contact_versions
from geo.stock import as_stock
from vigia.errors import MissingStepError, PublicationRefusedError
from vigia.settings import CountsSettings

DISTRICT_COLUMNS = (
    "code",
    "name",
    "province_code",
    "province",
    "department_code",
    "department",
    "geometry",
)
YEARS_BEFORE = 4  # so many are told of at most: one file holds all districts
OTHERS_OF_YEAR = 3
RATES = ("rates", "composite_of")  # of ``validation``: what rates are of
LEVELS = ("high_multiple", "very_high_multiple", "probability")  # of ``[publish]``
QUICK = "quick_run"  # the warning of a run with fewer tests


def publish(
    store: Store,
    run_id: str,
    *,
    at: str,
    accept_worse: str | None = None,
    by: str | None = None,
    rules: CountsSettings | None = None,
    freeze: Freeze | None = None,
) -> RunRecord:
    """Serve a run from now on, and settle what is told of its counts; one that is served stays so.

    Parameters
    ----------
    at : str
        UTC, ISO 8601.
    accept_worse, by : str, optional
        Why a run that is untested, or lost to a baseline, is published all the same, and who signs.
    rules : CountsSettings, optional
        Of the project, or the defaults.
    freeze : callable, optional
        Makes of the run what is answered of it; that is kept as it is, to be asked for by day.

    Raises
    ------
    PublicationRefusedError
        When such a run has no signature; of a quick run, and of one that was withdrawn, always; or
        when counts that are not told could be worked out from what was told before.
    NotFoundError
        When there is no such run.
    """
    record = store.run(run_id)
    if QUICK in record.warnings:
        raise PublicationRefusedError(
            f"Run {record.id} is a quick one: most of its tests were left out. It is for looking "
            "at, and no signature publishes it.",
            hint="Run vigia train without --quick, and publish that run.",
        )
    signature: dict[str, str] = {}
    if not (record.tested and record.beats_baseline is True):
        signature = _signed(record, (accept_worse or "").strip(), (by or "").strip())
    counts = ledger.counts_of(store, record, rules or CountsSettings())
    with store.writing() as connection:
        withdrawn.refuse(connection, record.id)
        ledger.release(connection, record.id, counts, at=at)
        served = publications.last(connection)
        if served is None or served.run_id != record.id:
            added = publications.switch(
                connection,
                run_number(connection, record.id),
                at=at,
                previous=None if served is None else served.number,
                **signature,
            )
            if freeze is not None:
                answers.keep(connection, added, freeze(as_published(store, record.id, at=at)))
            before = None if served is None else served.run_id
            webhooks.announce(connection, record.id, at=at, before=before)
    return store.run(record.id)


def _signed(record: RunRecord, why: str, by: str) -> dict[str, str]:
    if record.accepted_worse and not (why or by):
        return {}  # signed for when it was published before
    if not (why and by):
        state = "lost to a baseline on held-out data" if record.tested else "could not be tested"
        raise PublicationRefusedError(
            f"Run {record.id} {state}, so it is not published without a signature.",
            hint='Say why and who answers for it: --accept-worse "WHY" --by NAME.',
        )
    return {"accepted_worse": why, "accepted_by": by}


def rollback(store: Store, *, at: str, freeze: Freeze | None = None) -> RunRecord:
    """Serve the run that was published before the present one; again, the one before that.

    Raises
    ------
    MissingStepError
        When there is none.
    """
    with store.writing() as connection:
        served = publications.last(connection)
        if served is None or served.previous is None:
            raise MissingStepError(
                "No run was published before this one, so there is nothing to go back to.",
                hint="vigia runs lists the runs that could be published.",
            )
        before = publications.at_number(connection, served.previous)
        back = publications.id_of(connection, before.run)
        withdrawn.refuse(connection, back)
        added = publications.switch(connection, before.run, at=at, previous=before.previous)
        if freeze is not None:
            answers.keep(connection, added, freeze(as_published(store, back, at=at)))
        webhooks.announce(connection, back, at=at, before=served.run_id)
    return store.run(back)


def withdraw(store: Store, run_id: str, *, at: str, why: str, by: str) -> RunRecord:
    """Never serve a run again, not as it was on an earlier day either.

    Raises
    ------
    PublicationRefusedError
        When it is served now, or nobody says why and answers for it.
    """
    record = store.run(run_id)
    if not (why.strip() and by.strip()):
        raise PublicationRefusedError(
            "A run is not withdrawn without a reason.", hint='Say --withdraw "WHY" --by NAME.'
        )
    with store.writing() as connection:
        served = publications.last(connection)
        if served is not None and served.run_id == record.id:
            raise PublicationRefusedError(
                f"Run {record.id} is served now.",
                hint="Publish another one, or go back with --rollback; then withdraw this one.",
            )
        withdrawn.add(connection, record.id, at=at, why=why.strip(), by=by.strip())
        answers.forget(connection, record.id)
    return record


def publication_id(store: Store) -> str | None:
    """Names what is served; cheap enough to ask before every answer. None before the first.

    It is another one after each switch, release of counts, withdrawal, and table of contacts.
    """
    with store.reading() as connection:
        served = publications.last(connection)
        more: tuple[object, ...] = ledger.last_number(connection), withdrawn.last_number(connection)
        more += tuple(contact_versions(connection))
    return None if served is None else f"{served.number} {served.run_id} {served.at} {more}"


def released_counts(store: Store, run_id: str) -> dict[Audience, Release]:
    """What is told of the counts of a run to each audience; nothing of an earlier version's."""
    with store.reading() as connection:
        found = {one: ledger.released(connection, run_id, one) for one in AUDIENCES}
    return {audience: release for audience, release in found.items() if release is not None}


def withdrawn_runs(store: Store) -> frozenset[str]:
    """Ids of runs that are never served again."""
    with store.reading() as connection:
        return withdrawn.all_of(connection)


def served_run(store: Store) -> RunRecord | None:
    """The run that is served, by itself; None before the first."""
    with store.reading() as connection:
        served = publications.last(connection)
    return None if served is None else store.run(served.run_id)


def published(store: Store) -> PublishedRun | None:
    """The run that is served, with everything readers may know of it."""
    with store.reading() as connection:
        served = publications.last(connection)
    return None if served is None else as_published(store, served.run_id, at=served.at)


def as_published(store: Store, run_id: str, *, at: str = "") -> PublishedRun:
    """A run as readers would know it, were it served since ``at``: to look at it beside another.

    Raises
    ------
    NotFoundError
        When there is no such run.
    """
    record = store.run(run_id)
    districts = store.districts(Snapshot.from_json(record.inputs))
    return PublishedRun(
        record=record,
        published_at=at,
        districts=districts[list(DISTRICT_COLUMNS)],
        scores=store.scores(record.id),
        contributions=store.contributions(record.id).drop(columns="stage"),
        outcomes=tuple(_label(record, outcome) for outcome in record.outcomes),
        layers=tuple(_credit(layer) for layer in record.settings["layers"]),
    )


def beside(store: Store, record: RunRecord, contacts: Collection[str] = ()) -> Beside:
    """What is told beside the scores of a run.

    Parameters
    ----------
    contacts : collection of str
        Ids of the project's sections of ``[[contacts]]``; those taken out of it are told no more.
    """
    now = store.snapshot().entries
    shown = _shown(store)
    of_project = {f"contacts/{one}" for one in contacts}
    return Beside(
        services=store.service_times(record.id),
        earlier=_earlier(store, record, [run for run, _ in shown]),
        others=_others(record, shown),
        counts=released_counts(store, record.id).get("public"),
        contacts=store.contacts(Snapshot({key: now[key] for key in now if key in of_project})),
        settlements=settlements(store, record),
    )


def _shown(store: Store) -> list[tuple[RunRecord, str]]:
    """Runs that were published and not withdrawn, and when; the one published last comes last."""
    gone = withdrawn_runs(store)
    with store.reading() as connection:
        times = publications.last_times(connection)
    runs = {run.id: run for run in store.runs() if run.id not in gone}
    return [(runs[one], at) for one, at in times.items() if one in runs]


def _others(record: RunRecord, shown: list[tuple[RunRecord, str]]) -> tuple[OtherRun, ...]:
    """The run published last for each other year, and the last ones of this year."""
    year, last_first = record.target_year, shown[::-1]
    years = {run.target_year: (run, at) for run, at in shown if run.target_year != year}
    same = [one for one in last_first if one[0].target_year == year and one[0].id != record.id]
    told = [years[other] for other in sorted(years)[-YEARS_BEFORE:]] + same[:OTHERS_OF_YEAR]
    return tuple(_other(run, at) for run, at in told)


def _other(run: RunRecord, at: str) -> OtherRun:
    told = release_run(run)["validation"]
    rates = {
        outcome: {key: value for key, value in (told.get(outcome) or {}).items() if key in RATES}
        for outcome in run.outcomes
    }
    return OtherRun(run.id, run.target_year, at, rates, level_settings(run.settings))


def level_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a run without which its levels are not those of another."""
    levels = {name: settings["publish"].get(name) for name in LEVELS}
    return levels | {"synthetic": settings["area"].get("synthetic")}


def _earlier(store: Store, record: RunRecord, shown: Sequence[RunRecord]) -> tuple[Earlier, ...]:
    """The run that was published last for each earlier year."""
    last = {run.target_year: run for run in shown}
    years = sorted(year for year in last if year < record.target_year)[-YEARS_BEFORE:]
    return tuple(
        Earlier(last[year].id, year, last[year].validation, store.scores(last[year].id))
        for year in years
    )


def _label(record: RunRecord, outcome: str) -> OutcomeLabel:
    """What the project file called an outcome when the run was trained.

    One that no section counts (a composite, an experts' index) is told by its id: it is no stage,
    and what it is called is for those who show it.
    """
    sections = (one for one in record.settings["cases"] if one["outcome"] == outcome)
    section = next(sections, None)
    if section is None:
        return OutcomeLabel(outcome, outcome, outcome, None)
    return OutcomeLabel(outcome, section["label"], section["label_en"], section["stage"])


def _credit(layer: dict[str, Any]) -> LayerCredit:
    # A run of an earlier version knows nothing of keys that came later.
    kept = {one.name: layer[one.name] for one in fields(LayerCredit) if one.name in layer}
    return LayerCredit(**kept | {"note": tuple(layer["note"])})


def way_key(way: str) -> str:
    """What rivers or roads are called among layers: no layer's id has such a form."""
    return f"travel.ways/{way}"


def drawable_layers(store: Store, run: PublishedRun) -> dict[str, gpd.GeoDataFrame]:
    """Layers and ways that the run may show, as its inputs were: licensed, and with geometry."""
    snapshot = Snapshot.from_json(run.record.inputs)
    sections = run.record.settings["layers"]
    stocks = {one["id"] for one in sections if one.get("series") == "stock"}
    found = {}
    for credit in run.layers:
        if not (credit.draw and may_be_served(credit.licence)):
            continue
        table = store.layer(snapshot, credit.id)
        if isinstance(table, gpd.GeoDataFrame) and table.geometry.notna().any():
            found[credit.id] = _with_ends(table) if credit.id in stocks else table
    travel = run.record.settings.get("travel") or {"ways": ()}
    for way in travel["ways"]:
        lines = store.ways(snapshot, way["id"])
        if may_be_served(way["licence"]) and lines.geometry.notna().any():
            found[way_key(way["id"])] = lines
    return found


def _with_ends(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A layer whose every year is the whole picture, with the year in which it gives way."""
    ended = as_stock(table)
    return ended.assign(until_year=ended["until_year"].astype("Int64"))
