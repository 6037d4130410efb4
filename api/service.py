"""The published run in memory, and the switch to the next one."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Self

import geopandas as gpd

from api.callers import Keyring
from api.factors import factors_by_id
from data import publish
from data.records import RunRecord
from data.store import Store
from maps.page import Page, served_page
from maps.plan_page import plan_page
from maps.released import Released, release
from maps.table import score_table
from maps.words import Language
from vigia.errors import MissingStepError, NotFoundError, StoreError
from vigia.project import Project

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
log = logging.getLogger("vigia.api")
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
    """

    store_url: str
    hosts: tuple[str, ...] = LOOPBACK
    public: bool = False
    access_folder: Path | None = None

    @classmethod
    def of(cls, project: Project, *, public: bool = False) -> Self:
        """The settings of a project."""
        return cls(project.store_url(), public=public, access_folder=project.var / "access")


class Serving:
    """One published run, ready to be answered from. Pages are made when first asked for."""

    def __init__(
        self, publication: object, released: Released, layers: Mapping[str, gpd.GeoDataFrame]
    ) -> None:
        self.publication = publication
        self.released = released
        self.layers = MappingProxyType(dict(layers))
        self.scores = score_table(released)
        self.factors = factors_by_id(released.facts["factors"])
        self.etag = _etag(released.run_id, str(publication), version("vigia"))
        self._pages: dict[Language, Page] = {}
        self._plan_pages: dict[Language, Page] = {}
        self._writing = Lock()

    def page(self, language: Language) -> Page:
        """The map in a language."""
        with self._writing:
            if language not in self._pages:
                self._pages[language] = served_page(self.released, self.layers, language)
            return self._pages[language]

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
        self._serving: Serving | None = None
        self._kept: list[Serving] = []  # the newest last
        self._switching = Lock()

    def close(self) -> None:
        """Let go of the store."""
        self._store.close()

    def current(self) -> Serving:
        """The published run.

        A store that is out of reach leaves the last one served.

        Raises
        ------
        MissingStepError
            When no run has been published yet.
        StoreError
            When the store is out of reach and no run is in memory.
        """
        with self._switching:
            try:
                self._switch()
            except StoreError:
                if self._serving is None:
                    raise
                log.warning("The store is out of reach; the last published run is served.")
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

    def check(self) -> Serving:
        """As ``current``, but a store out of reach is an error: what /ready asks."""
        with self._switching:
            publish.publication_id(self._store)
        return self.current()

    def runs(self) -> list[RunRecord]:
        """Runs that are or were published; drafts are nobody's business yet."""
        return [run for run in self._store.runs() if run.status != "draft"]

    @property
    def store(self) -> Store:
        """For what is asked of the queue and of plans."""
        return self._store

    def _switch(self) -> None:
        publication = publish.publication_id(self._store)
        if self._serving is not None and self._serving.publication == publication:
            return
        run = publish.published(self._store)
        if run is None:
            self._serving = None
            return
        layers = publish.drawable_layers(self._store, run)
        self._serving = Serving(publication, release(run), layers)
        others = [one for one in self._kept if one.released.run_id != run.record.id]
        self._kept = [*others, self._serving][-RUNS_KEPT:]


def _etag(*parts: str) -> str:
    """A weak tag: the bytes may be compressed on the way, what they say is the same."""
    return f'W/"{hashlib.sha256("|".join(parts).encode()).hexdigest()[:20]}"'
