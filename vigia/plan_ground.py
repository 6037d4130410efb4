"""What plans of a project stand on: a run, its inputs as they were, and the travel network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from data.publish import as_published, served_run
from data.records import RunRecord
from data.snapshot import Snapshot
from data.store import Store
from geo.geodesy import Floats
from geo.locate import locate
from geo.neighbours import places_of
from geo.travel.network import Network
from maps.made import COMPOSITE
from maps.released import Released, release
from models.plan.demand import Demand, demand_of
from vigia.errors import MissingStepError, PlanRequestError
from vigia.measuring import metric_of, network_of
from vigia.scenarios import settings_of
from vigia.settings import ProjectSettings
from vigia.training_table import people_of

CAPITALS = "capitals"


@dataclass(frozen=True)
class Ground:
    """Everything that is known of a run's project when something is planned by it.

    Attributes
    ----------
    record : RunRecord
    released : Released
        The run after disclosure.
    districts : GeoDataFrame
        By code, from 0 on.
    layers, ways : mapping of str to GeoDataFrame
        What takes the place of stored ones, by id.
    """

    store: Store
    record: RunRecord
    settings: ProjectSettings
    snapshot: Snapshot
    released: Released
    districts: gpd.GeoDataFrame
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    ways: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, store: Store, run: str | None) -> Ground:
        """Of the run that is named, else of the published one."""
        record = run_of(store, run)
        snapshot = Snapshot.from_json(record.inputs)
        districts = store.districts(snapshot).sort_values("code", kind="stable", ignore_index=True)
        released = release(as_published(store, record.id))
        return cls(store, record, settings_of(record), snapshot, released, districts)

    def network(self) -> Network:
        """The travel network; a MissingStepError where the project has none."""
        settings, districts = self.settings, self.districts
        ports = None if settings.travel is None else self.layers.get(settings.travel.ports or "")
        found = network_of(
            settings, self.store, self.snapshot, districts, metric_of(settings, districts),
            ways=self.ways, ports=ports,
        )  # fmt: skip
        if found is None:
            raise MissingStepError(
                "The project has no travel network, so nothing says who is in reach.",
                hint="Add [travel] with rivers and roads to vigia.toml, and run vigia ingest "
                "again.",
            )
        return found

    def outcome(self, asked: str) -> str:
        """The outcome that is meant, by its name or its stage; one that has rates."""
        released = self.released
        names = [one.id for one in released.outcomes]
        meant = [one.id for one in released.outcomes if asked in (one.id, one.stage)]
        if asked == COMPOSITE and len(names) == 1:
            meant = names
        if not meant:
            raise PlanRequestError(
                f"Run {released.run_id} has no outcome {asked!r}.",
                hint=f"Choose one of {', '.join(names)}.",
            )
        if released.rates_of(meant[0]) == "index":
            raise PlanRequestError(
                f"Run {released.run_id} has an index of experts and no rates, so no cases.",
                hint="Bring counts of cases and train again.",
            )
        return meant[0]

    def demand(
        self, outcome: str, years: float, rates: Floats | None = None
    ) -> tuple[Demand, gpd.GeoSeries, tuple[str, ...]]:
        """Cases where people live, the points where that is, and districts without data.

        A district without population points has one, its capital or a point inside it. ``rates``,
        of shape (draws, districts), take the place of those of the run.
        """
        store, snapshot, districts = self.store, self.snapshot, self.districts
        codes = districts["code"].tolist()
        people = people_of(store.population(snapshot), codes, self.record.target_year)
        rates = store.draws(self.record.id, outcome) if rates is None else rates
        known = np.isfinite(rates).all(axis=0) & people.notna().to_numpy()
        points = store.points(snapshot)[["code", "people", "geometry"]]
        alone = places_of(districts, store.capitals(snapshot))
        alone = alone[~alone.index.isin(points["code"]) & alone.notna()]
        rest = gpd.GeoDataFrame(
            {"code": alone.index, "people": 1.0}, geometry=alone.to_numpy(), crs="EPSG:4326"
        )
        points = gpd.GeoDataFrame(pd.concat([points, rest], ignore_index=True))
        points = points[points["code"].isin(codes)].reset_index(drop=True)
        demand = demand_of(
            rates,
            people.to_numpy(dtype=float),
            pd.Index(codes).get_indexer(points["code"]),
            points["people"].fillna(0.0),
            years=years,
        )
        unknown = tuple(code for code, is_known in zip(codes, known, strict=True) if not is_known)
        return demand, points.geometry, unknown

    def places(self, layer: str) -> gpd.GeoDataFrame:
        """Places by id, with name, district, department and geometry."""
        of = self.districts.set_index("code")
        if layer == CAPITALS:
            found = (
                self.store.capitals(self.snapshot).set_index("code", drop=False).rename_axis("id")
            )
            found = found[found["code"].isin(of.index) & found.geometry.notna()]
            names = found["name"].where(found["name"].notna(), found["code"])
        else:
            found = self._points(layer)
            found = found.assign(code=locate(found.geometry, self.districts))
            found = found[found["code"].notna()]
            of_district = of["name"].where(of["name"].notna(), of.index).reindex(found["code"])
            numbers = found["fid"].astype(str).to_numpy()
            names = pd.Series([f"{name} {n}" for name, n in zip(of_district, numbers, strict=True)])
        department = of["department"].where(of["department"].notna(), of["department_code"])
        return gpd.GeoDataFrame(
            {
                "name": names.to_numpy(dtype=object),
                "code": found["code"].to_numpy(dtype=object),
                "department": department.reindex(found["code"]).to_numpy(dtype=object),
                "existing": False,
            },
            geometry=found.geometry.to_numpy(),
            index=found.index.astype(str),
            crs="EPSG:4326",
        )

    def _points(self, layer: str) -> gpd.GeoDataFrame:
        known = {one.id for one in self.settings.layers if one.kind == "geometry"}
        if layer not in known:
            raise PlanRequestError(
                f"There is no layer {layer!r} of places.",
                hint=f"Choose capitals or one of {', '.join(sorted(known))}.",
            )
        stored = self.layers.get(layer)
        table = gpd.GeoDataFrame(
            self.store.layer(self.snapshot, layer) if stored is None else stored
        )
        year = self.record.target_year
        over = (table["from_year"] > year) | (table["until_year"] <= year)
        is_point = table.geometry.notna() & (table.geometry.geom_type == "Point")
        points = table[is_point & ~over.fillna(False)]
        if points.empty:
            raise PlanRequestError(
                f"The layer {layer!r} has no points in {year}.",
                hint="Choose a layer of points, or capitals.",
            )
        return points.set_index(layer + ":" + points["fid"].astype(str))


def run_of(store: Store, run: str | None) -> RunRecord:
    """The run that is named, else the published one."""
    if run is not None:
        return store.run(run)
    served = served_run(store)
    if served is None:
        raise MissingStepError(
            "No run has been published yet, so there is nothing to plan by.",
            hint="Run vigia train and vigia publish latest, or name a run.",
        )
    return served
