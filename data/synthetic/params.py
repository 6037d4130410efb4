"""Every number that the simulator is free to choose, each with its reason.

docs/synthetic.md repeats the table, and a test holds the two together. Changing a default changes
the example region: raise ``data.synthetic.VERSION`` with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any

from vigia.errors import ProjectError

BIASES = ("none", "moderate", "strong")
STAGES = ("recruitment", "transit", "exploitation")
SEASONS = ("high", "low")
FEWEST, MOST = 20, 30_000  # two digits each must do for departments, provinces and districts


def _is(default: Any, why: str) -> Any:
    return field(default=default, metadata={"why": why})


@dataclass(frozen=True)
class SyntheticParams:
    """What the fictional region is like. Every field is explained in its ``why``."""

    # Size and shape
    seed: int = _is(1, "of everything random; each part draws from a stream of its own")
    districts: int = _is(160, "Loreto, Ucayali, Madre de Dios and San Martín have 163")
    bias: str = _is("moderate", "how reporting falls with travel time: none, moderate or strong")
    district_area_km2: float = _is(
        2700.0, "the five Amazonian departments of Peru: 2,673 on average"
    )
    region_max_km2: float = _is(6e6, "the Amazon basin: beyond it districts shrink instead")
    districts_per_province: float = _is(10.7, "160 districts in 15 provinces; Peru has 9.7")
    centre_lon: float = _is(-71.5, "where such rivers are; no real place is meant")
    centre_lat: float = _is(-7.0, "as above")
    border_wobble: float = _is(0.55, "how far borders may stray, of the room that is theirs")

    # Rivers
    river_cells_per_district: float = _is(12.0, "a catchment about every 15 km")
    river_source_cells: int = _is(5, "catchments that make a river: about 1,100 km²")
    river_merging: float = _is(0.45, "how strongly water seeks water; gives one main stem")
    meander: float = _is(0.13, "width of the bends, of the distance between two catchments")

    # Settlements, people, roads
    settlements_per_district: float = _is(
        10.0, "the five departments have 38, most of a few houses"
    )
    towns_per_province: float = _is(1.3, "the province's capital, and some beside it")
    on_roads: float = _is(0.3, "share of hamlets on roads; the others stand on rivers")
    town_pull_km: float = _is(45.0, "hamlets thin out with distance from towns")
    people_per_district: float = _is(14_000.0, "the five departments: 3.4 million in 247 districts")
    zipf: float = _is(1.02, "rank-size rule: near 1 for cities almost everywhere")
    growth_mean: float = _is(0.012, "yearly (assumed)")
    growth_sd: float = _is(0.008, "between districts")
    road_reach: float = _is(0.55, "share of the width, from the west, where towns have roads")
    feeder_km: float = _is(28.0, "mean length of the tracks that leave a town")
    poverty_mean: float = _is(34.0, "%; the five departments: 34 in 2018")
    poverty_sd: float = _is(13.0, "%; the same: 14.5")

    # Travel
    boat_down_kmh: float = _is(
        18.0, "high water, downstream: loaded boat, outboard motor (assumed)"
    )
    boat_up_kmh: float = _is(11.0, "the same boat against a current of 3-4 km/h (assumed)")
    low_water_slowing: float = _is(
        0.75, "share of the speed left on big rivers then: sandbanks (assumed)"
    )
    low_water_small: float = _is(0.35, "share left on the smallest (assumed)")
    small_river_km2: float = _is(12_000.0, "catchment from which a river counts as big (assumed)")
    road_kmh: float = _is(32.0, "unpaved, with rain (assumed)")

    # Posts and sites
    police_per_district: float = _is(
        0.7, "178 stations in the 247 districts of the five departments"
    )
    prosecutors_per_province: float = _is(1.15, "the seat of each province, a few more")
    women_centres_per_province: float = _is(2.2, "CEM: one for about five districts (assumed)")
    health_posts_per_district: float = _is(
        3.0, "the one state office that most hamlets reach (assumed)"
    )
    ports_per_district: float = _is(0.5, "landing places with regular boats (assumed)")
    sites_per_district: float = _is(1.5, "places where a team can sleep: capital, and some others")
    opened_later: float = _is(0.15, "share of police posts opened during the years counted")
    crossings_per_1000_km: float = _is(6.0, "of foreign border: few, on rivers and roads (assumed)")

    # Mining
    fronts_per_district: float = _is(0.14, "22 over 16 years: detections cluster in few places")
    front_life_years: float = _is(7.0, "mean; raids and spent gravel end them (assumed)")
    front_step_km: float = _is(5.0, "yearly move along the river: dredges follow gravel (assumed)")
    patch_years: int = _is(3, "a worked patch counts as active this long (assumed)")
    patch_radius_km: float = _is(
        1.3, "median; one stands for some 20 of Amazon Mining Watch, of 0.3 km"
    )

    # Years
    first_year: int = _is(2018, "of the counts")
    years: int = _is(8, "of counts")

    # True rates
    recruitment_per_100k: float = _is(
        14.0, "person-weighted mean a year, recorded or not (assumed)"
    )
    transit_per_100k: float = _is(9.0, "as above")
    exploitation_per_100k: float = _is(18.0, "as above; some hundred records a year in all")
    poverty_effect: float = _is(0.55, "on log recruitment, of one sd of poverty")
    port_effect: float = _is(1.1, "on log recruitment, of living at a port against far from one")
    port_reach_km: float = _is(25.0, "where the port's effect has fallen to 37 %")
    mining_effect: float = _is(2.6, "on log exploitation, of living at a front against far away")
    mining_reach_km: float = _is(40.0, "where the front's effect has fallen to 37 %")
    town_effect: float = _is(0.8, "on log exploitation, of living in a town against far away")
    town_reach_km: float = _is(30.0, "where the town's effect has fallen to 37 %")
    flow_effect: float = _is(0.6, "on log transit, of one sd of the log flow that passes")
    border_effect: float = _is(1.2, "on log transit, of living at a crossing against far away")
    border_reach_km: float = _is(60.0, "where the crossing's effect has fallen to 37 %")
    field_sd: float = _is(0.45, "of the spatial field: what no factor explains")
    field_shared: float = _is(0.4, "share of the field's variance that the stages have in common")
    field_smoothness: float = _is(3.0, "neighbourly pull of the field; about two districts wide")
    year_sd: float = _is(0.08, "of the year effects")
    moved_share: float = _is(0.6, "share of the recruited who are taken elsewhere")
    gravity_hours: float = _is(
        14.0, "travel time over which the pull of a destination falls to 37 %"
    )
    border_pull: float = _is(1.0, "a crossing attracts as much as the mean hub of exploitation")
    hubs_max: int = _is(40, "destinations of the flow: districts with most exploitation")

    # Reporting
    level_mean: float = _is(0.2, "prior mean of the logit of being recorded beside a post")
    level_sd: float = _is(0.2, "prior sd of it")
    slope_moderate: float = _is(0.8, "prior mean of the fall per log hour, moderate bias")
    slope_strong: float = _is(1.6, "the same, strong bias; none has no fall")
    slope_sd: float = _is(0.1, "prior sd of the fall, where there is one")
    stage_level_sd: float = _is(0.15, "stages are recorded somewhat differently")
    flat_hours: float = _is(3.0, "without bias all are recorded as if this far, at moderate slope")
    province_only: float = _is(0.08, "share of recorded cases known by province alone")
    department_only: float = _is(0.04, "share known by department alone")

    # Raids and visits
    raids_per_year: float = _is(0.09, "per district; big raids are news, not routine")
    raid_find: float = _is(0.45, "mean share of a place's unrecorded cases that a raid finds")
    visits_per_year: float = _is(0.5, "per district: prevention teams")
    visit_find_per_day: float = _is(0.01, "share of unrecorded recruitment told per team-day")

    def __post_init__(self) -> None:
        if self.bias not in BIASES:
            raise ProjectError(f"bias is {self.bias!r}.", hint=f"It is one of {', '.join(BIASES)}.")
        if not FEWEST <= self.districts <= MOST:
            raise ProjectError(
                f"The example region cannot have {self.districts} districts.",
                hint=f"Ask for {FEWEST} to {MOST}.",
            )
        if self.seed < 0:
            raise ProjectError(f"The seed is {self.seed}.", hint="It is a whole number from 0 up.")

    @property
    def area_km2(self) -> float:
        """Of the whole region."""
        return min(self.districts * self.district_area_km2, self.region_max_km2)

    @property
    def provinces(self) -> int:
        return max(2, round(self.districts / self.districts_per_province))

    @property
    def departments(self) -> int:
        """Three of fifteen provinces; they grow in number and in size with the region."""
        return min(self.provinces, max(3, round(math.sqrt(0.6 * self.provinces))))

    @property
    def scale_km(self) -> float:
        """Side of a mean district, against which lengths are judged."""
        return float((self.area_km2 / self.districts) ** 0.5)

    @property
    def counted_years(self) -> tuple[int, ...]:
        return tuple(range(self.first_year, self.first_year + self.years))

    @property
    def rate_years(self) -> tuple[int, ...]:
        """Years with true rates: those counted and the one to be predicted."""
        return (*self.counted_years, self.first_year + self.years)


def explained() -> Iterator[tuple[str, Any, str]]:
    """Name, default and reason of every parameter."""
    for item in fields(SyntheticParams):
        yield item.name, item.default, item.metadata["why"]
