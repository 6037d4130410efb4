"""The published run in memory, and the switch to the next one."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any, Self

import geopandas as gpd

from api.callers import Keyring
from api.proxy import NO_PROXY, ProxySettings
from api.sessions import Sessions
from api.told import Told
from data import publish, training_log
from data.beside import OtherRun
from data.counts.releases import Audience, Release
from data.records import RunRecord
from data.store import Store
from maps.page import NOTHING_ONLINE, Page, offline_page, served_page
from maps.payload import Shapes, shapes_of
from maps.plan_page import plan_page
from maps.released import Released, release
from maps.tiles import Grid
from maps.words import Language
from maps.years import LayerYears, layer_years
from vigia.errors import MissingStepError, NotFoundError, StoreError, VigiaError
from vigia.project import Project
from vigia.settings import MapSettings

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
log = logging.getLogger("vigia.api")
LOOK_SECONDS = 0.5  # for so long another published run may wait
SECONDS_TO_CLOSE = 5.0
SILENT_SECONDS = 5.0  # a store that has not answered for so long is out of reach
RUNS_KEPT = 3  # a client that pages through one run ends it, though others are published


class RunGoneError(NotFoundError):
    """A run that pages can no longer be had of."""


@dataclass(frozen=True)
class ServiceSettings:
    """What the service needs to know of a project, and of where it is reached.

    Attributes
    ----------
    store_url : str
        SQLAlchemy address of the store.
    hosts : tuple of str
        Names by which it may be called; a page elsewhere that points a name of its own here is
        refused.
    public : bool
        Whether it answers those who have no key.
    access_folder : Path or None
        Where it is written down who asked what; None for nowhere.
    access_days : int
        For how many days that is kept.
    trainings_folder : Path or None
        Where workers write down how trainings go.
    contacts : tuple of str
        Ids of the tables of contacts that are told.
    proxy : ProxySettings
        What is believed of a proxy before the service; nothing by default.
    look_seconds : float
        How often the store is asked, beside all requests, whether another run was published;
        0 asks it before every answer.
    online : MapSettings
        What the map shows beside the run.
    """

    store_url: str
    hosts: tuple[str, ...] = LOOPBACK
    public: bool = False
    access_folder: Path | None = None
    access_days: int = 730
    trainings_folder: Path | None = None
    contacts: tuple[str, ...] = ()
    proxy: ProxySettings = NO_PROXY
    look_seconds: float = 0.0
    online: MapSettings = NOTHING_ONLINE

    @classmethod
    def of(cls, project: Project, *, public: bool = False) -> Self:
        """The settings of a project."""
        serve = project.settings.serve
        return cls(
            project.store_url(),
            hosts=(*LOOPBACK, *serve.hosts),
            public=public,
            access_folder=project.var / "access",
            access_days=serve.access_days,
            trainings_folder=project.var / training_log.FOLDER,
            contacts=tuple(one.id for one in project.settings.contacts),
            proxy=ProxySettings.of(serve),
            look_seconds=LOOK_SECONDS,
            online=project.settings.map,
        )


class Serving(Told):
    """One published run, ready to be answered from. Pages are made when first asked for."""

    def __init__(
        self,
        publication: str,
        released: Released,
        layers: Mapping[str, gpd.GeoDataFrame],
        counts: Mapping[Audience, Release],
        online: MapSettings,
    ) -> None:
        super().__init__(released)
        self.publication = publication
        self.counts = counts
        self.layers = MappingProxyType(dict(layers))
        self.grid = Grid(released.districts)
        self._online = online
        self._pages: dict[Language, Page] = {}
        self._plan_pages: dict[Language, Page] = {}
        self._made: dict[str, Any] = {}
        self._writing, self._making = Lock(), Lock()

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What others make of this run: made when first asked for, gone with it."""
        with self._making:
            if name not in self._made:
                self._made[name] = make()
            return self._made[name]

    def page(self, language: Language) -> Page:
        """The map in a language."""
        with self._writing:
            if language not in self._pages:
                self._pages[language] = served_page(
                    self.released, self.layers, language, self.shapes, self._online
                )
            return self._pages[language]

    @property
    def shapes(self) -> Shapes:
        """The districts as the map draws them."""
        made: Shapes = self.once("map_shapes", lambda: shapes_of(self.released))
        return made

    @property
    def layer_years(self) -> LayerYears:
        """The years that the map can show of its layers."""
        made: LayerYears = self.once("layer_years", lambda: layer_years(self.released, self.layers))
        return made

    def plan_page(self, language: Language) -> Page:
        """The planning page in a language."""
        with self._writing:
            if language not in self._plan_pages:
                self._plan_pages[language] = plan_page(self.released, self.layers, language)
            return self._plan_pages[language]


class Service:
    """Holds the store open and the published run in memory; swaps it when another is published."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._store = Store.open(settings.store_url)
        self.keyring = Keyring(self._store)
        self.sessions = Sessions(self._store, lambda: self.degraded)
        self._serving: Serving | None = None
        self._kept: list[Serving] = []  # the newest last
        self._switching = Lock()
        self.trainings_folder = settings.trainings_folder
        self._contacts = settings.contacts
        self._look_seconds = settings.look_seconds
        self._online = settings.online
        self._watcher: Thread | None = None
        self._closing = Event()
        self._reached = True
        self._looked = time.monotonic()

    def watch(self) -> None:
        """From now on look at the store in a thread: no reader waits for one that is away."""
        if self._look_seconds > 0:
            self._watcher = Thread(target=self._watch, name="vigia-watch", daemon=True)
            self._watcher.start()

    def close(self) -> None:
        """Let go of the store."""
        self._closing.set()
        if self._watcher is not None:
            self._watcher.join(SECONDS_TO_CLOSE)
        self._store.close()

    @property
    def watching(self) -> bool:
        """Whether what is held is what is published, but for ``LOOK_SECONDS``."""
        return self._watcher is not None

    @property
    def held(self) -> Serving | None:
        """The run in memory."""
        return self._serving

    def current(self) -> Serving:
        """The published run.

        A store that is out of reach leaves the last one served, and one that is looked at
        beside is not waited for.

        Raises
        ------
        MissingStepError
            When no run has been published yet.
        StoreError
            When the store is out of reach and no run is in memory.
        """
        if self._serving is None or not self.watching:
            self._look()
        if self._serving is None:
            raise MissingStepError("No run has been published yet.")
        return self._serving

    def kept(self, run_id: str) -> Serving:
        """The published run, or one of those published just before it.

        Raises
        ------
        RunGoneError
            When it is none of them.
        """
        self.current()
        for serving in reversed(self._kept):
            if serving.released.run_id == run_id:
                return serving
        raise RunGoneError(f"Run {run_id!r} is no longer served.", hint="Begin at the first page.")

    def other(self, serving: Serving, run_id: str) -> Released:
        """A run that may stand beside one that is served.

        Raises
        ------
        RunGoneError
            When it is not among those, or was withdrawn since.
        """
        self._refuse_others(run_id, serving.released.beside.others)
        return release(publish.as_published(self._store, run_id))

    def year_page(self, serving: Serving, run_id: str, language: Language) -> Page:
        """The map of a run that was published for another year.

        Raises
        ------
        RunGoneError
            As ``other``.
        """
        now = serving.released
        years = [one for one in now.beside.others if one.target_year != now.target_year]
        self._refuse_others(run_id, years)
        run = publish.as_published(self._store, run_id)
        beside = publish.beside(self._store, run.record, self._contacts)
        layers = publish.drawable_layers(self._store, run)
        return offline_page(
            release(run, beside), layers, language, current=now, online=self._online
        )

    def _refuse_others(self, run_id: str, told: Sequence[OtherRun]) -> None:
        if run_id not in {one.run for one in told} - publish.withdrawn_runs(self._store):
            raise RunGoneError(f"Run {run_id!r} is not shown here.", hint="Load the map again.")

    @property
    def degraded(self) -> bool:
        """Whether the store was out of reach when it was looked at last, or does not answer."""
        silent = self.watching and time.monotonic() - self._looked > SILENT_SECONDS
        return silent or not self._reached

    def runs(self, *, drafts: bool = False) -> list[RunRecord]:
        """Runs that are or were published, and not withdrawn; drafts for who may see them."""
        gone = publish.withdrawn_runs(self._store)
        found = [run for run in self._store.runs() if run.id not in gone]
        return [run for run in found if drafts or run.status != "draft"]

    @property
    def store(self) -> Store:
        """For what is asked of the queue and of plans."""
        return self._store

    def _watch(self) -> None:
        while not self._closing.wait(self._look_seconds):
            try:
                self._look()
                self.keyring.refresh()
            except StoreError:
                log.warning("The store is out of reach, and nothing is in memory.")
            except VigiaError as error:  # a run that cannot be read: the one before goes on
                log.error("The published run cannot be served: %s", type(error).__name__)  # noqa: TRY400

    def _look(self) -> None:
        with self._switching:
            try:
                self._switch()
            except StoreError:
                if self._serving is None:
                    raise
                if self._reached:
                    log.warning("The store is out of reach; the last published run is served.")
                self._reached = False
            else:
                self._reached = True
            self._looked = time.monotonic()

    def _switch(self) -> None:
        publication = publish.publication_id(self._store)
        if self._serving is not None and self._serving.publication == publication:
            return
        run = publish.published(self._store)
        if publication is None or run is None:
            self._serving = None
            return
        layers = publish.drawable_layers(self._store, run)
        counts = publish.released_counts(self._store, run.record.id)
        beside = publish.beside(self._store, run.record, self._contacts)
        self._serving = Serving(publication, release(run, beside), layers, counts, self._online)
        gone = {run.record.id, *publish.withdrawn_runs(self._store)}
        others = [one for one in self._kept if one.released.run_id not in gone]
        self._kept = [*others, self._serving][-RUNS_KEPT:]
