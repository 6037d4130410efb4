"""The typed ``vigia.toml``: what a project may say, and what each key means.

Frozen: a project file is read once and passed on as an object. ``vigia.project`` reads the file and
turns pydantic's complaints into lines, keys and nearest right names. Every key is documented in
docs/project-file.md, and a test holds the two together.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError(f"there is no time zone {name!r}; one is America/Lima") from None
    return name


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
PartialDate = Annotated[
    str, StringConstraints(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")
]
Scalar = str | int | float | bool
TimeZone = Annotated[str, AfterValidator(_known_zone)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Role = Literal["risk", "detection", "context"]
Stage = Literal["recruitment", "transit", "exploitation"]
Support = Literal["polygon", "capital", "population"]
Detection = Literal["reported", "discovered"]
Mode = Literal["river", "road"]
Lon = Annotated[float, Field(ge=-180, le=180)]
Lat = Annotated[float, Field(ge=-90, le=90)]
Kmh = Annotated[float, Field(ge=0, le=400, allow_inf_nan=False)]


class Frozen(BaseModel):
    """Settings do not change after reading, and say no to unknown keys and to other types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileInput(Frozen):
    """A file (or several of the same form) and how to read it.

    ``path`` may be a glob pattern; several files stack, and of two that speak of the same year the
    one ingested last counts.
    """

    path: Annotated[str, StringConstraints(min_length=1)]
    table: str | None = None  # the layer inside a GeoPackage
    encoding: str | None = None  # default: found out, and told in the report
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] | None = None
    crs: str | None = None  # of files that do not say, and of lon/lat columns (default EPSG:4326)
    lon: str | None = None
    lat: str | None = None
    keep: tuple[
        dict[str, str | int | float | bool], ...
    ] = ()  # a row stays if any of these fits it
    note: tuple[str, ...] = ()  # what the file cannot say of itself; shown with the layer
    source: str
    date: PartialDate
    licence: str = ""
    attribution: str = ""

    @model_validator(mode="after")
    def _coordinates_come_in_pairs(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat name two columns: give both or neither")
        return self


class CreditedInput(FileInput):
    """An input that is drawn or served, and so must say whose it is; licence "" is unstated."""

    licence: str
    attribution: str


class Change(Frozen):
    """District ``new`` was cut from ``old`` in ``year``: its people and cases count with ``old``.

    For districts that are not on the map.
    """

    old: str
    new: str
    year: Year


class CapitalsInput(FileInput):
    code: str
    name: str | None = None


class OfficialAreaInput(FileInput):
    code: str
    area_km2: str


class DistrictsInput(CreditedInput):
    """The areal units that get a score."""

    code: str
    name: str
    province: str | None = None
    department: str | None = None
    code_digits: int = Field(default=6, ge=1, le=20)
    province_digits: int = Field(default=4, ge=1, le=20)
    department_digits: int = Field(default=2, ge=1, le=20)
    changes: tuple[Change, ...] = ()
    capitals: CapitalsInput | None = None
    official_area: OfficialAreaInput | None = None

    @model_validator(mode="after")
    def _codes_nest(self) -> Self:
        if not self.department_digits <= self.province_digits <= self.code_digits:
            raise ValueError("code digits must nest: department <= province <= district")
        return self


class PointsInput(FileInput):
    """Population points: settlements, with people where the source has them."""

    code: str | None = None
    name: str | None = None
    people: str | None = None


class PopulationInput(FileInput):
    """People per district, by year: one column and a fixed year, or a column of years."""

    code: str
    people: str
    year: Year | None = None
    year_column: str | None = None
    points: PointsInput | None = None

    @model_validator(mode="after")
    def _one_way_to_tell_the_year(self) -> Self:
        if (self.year is None) == (self.year_column is None):
            raise ValueError("give either year (a number) or year_column (a column's name)")
        return self


class FactorSettings(Frozen):
    """One column of the feature table, made of this layer."""

    measure: Slug
    support: Support = "polygon"
    radius_km: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)
    per: Literal["area", "people"] | None = None
    weighted: bool = False
    season: Literal["high", "low"] | None = None  # of the water
    direction: Literal["to", "from"] | None = None  # of the targets
    statistic: Literal["mean", "sum", "share"] | None = None  # of a raster's cells
    classes: tuple[int, ...] = ()
    sign: Literal["+", "-"] | None = None  # what the literature expects of its effect on risk

    @model_validator(mode="after")
    def _a_share_is_of_classes(self) -> Self:
        if bool(self.classes) != (self.statistic == "share"):
            raise ValueError('statistic = "share" and classes go together: give both or neither')
        return self

    def column(self) -> tuple[object, ...]:
        """All that makes it another column than the layer's other factors."""
        told = self.model_dump(exclude={"sign"})
        return tuple(told.values())


class LayerInput(CreditedInput):
    """Geographic data of one risk factor, or a table of attributes joined by code."""

    id: Slug
    label: str
    label_en: str
    role: Role
    kind: Literal["geometry", "attributes", "raster"] = "geometry"
    code: str | None = None  # attributes: the column that joins; points: checked against place
    code_level: Literal["district", "province", "department"] = "district"
    value: str | None = None
    from_year: str | None = None  # column: first year in which the feature exists
    until_year: str | None = None  # column: first year in which it exists no longer
    series: Literal["increments", "stock"] = "increments"
    band: int = Field(default=1, ge=1)  # of a raster
    year_in_name: bool = False  # of a raster: its file name has the year from which it holds
    nodata: float | None = None  # of a raster that does not say which number means no data
    shelf_life_years: int | None = Field(default=None, ge=1)
    factors: tuple[FactorSettings, ...] = ()
    draw: bool = True  # offered on the map, where the licence allows it
    shown: bool = False  # and switched on there from the start

    @model_validator(mode="after")
    def _kind_fits(self) -> Self:
        if self.kind == "attributes" and (self.code is None or self.value is None):
            raise ValueError("attributes need code and value columns")
        if self.role == "context" and self.factors:
            raise ValueError("a context layer is drawn, never modelled: it takes no factors")
        if len({one.column() for one in self.factors}) < len(self.factors):
            raise ValueError("two of its factors have the same measure and support, and all else")
        return self

    @model_validator(mode="after")
    def _a_raster_has_no_columns(self) -> Self:
        columns = ("code", "value", "from_year", "until_year", "lon", "lat", "keep", "table")
        if self.kind != "raster":
            for name in ("band", "year_in_name", "nodata"):
                if name in self.model_fields_set:
                    raise ValueError(f'{name} is of rasters alone: say kind = "raster"')
            return self
        for name in columns:
            if getattr(self, name):
                raise ValueError(f"{name} says how to read rows; a raster has none")
        return self

    @model_validator(mode="after")
    def _a_stock_has_years(self) -> Self:
        if self.series == "stock" and self.from_year is None and not self.year_in_name:
            raise ValueError('series = "stock" needs from_year: each year gives way to the next')
        return self

    def good_until(self, date: str) -> str | None:
        """Last day of the shelf life of a file of ``date``, as text that sorts; None: no end.

        A date of a year or month alone counts from its end.
        """
        if self.shelf_life_years is None:
            return None
        year, _, rest = date.partition("-")
        month, _, day = rest.partition("-")
        return f"{int(year) + self.shelf_life_years}-{month or '12'}-{day or '31'}"


class AreaInput(FileInput):
    """Reporting areas of one type: their codes and names, with boundaries where there are any."""

    id: Slug
    code: str
    name: str | None = None


class CrosswalkInput(FileInput):
    """Which districts a reporting area is made of."""

    id: Slug  # the area type it explains
    area: str
    code: str
    year_from: str | None = None
    year_to: str | None = None


class CasesInput(FileInput):
    """Recorded cases of one outcome in reporting areas and periods."""

    id: Slug
    outcome: Slug
    label: str
    label_en: str
    stage: Stage | None = None
    register_name: str = ""  # two registers of the same cases are never added
    area_type: Slug = "district"
    area: str | None = None  # the column with the area's code
    area_names: tuple[str, ...] = ()  # or its names, from the widest to the narrowest
    year: Year | None = None
    year_column: str | None = None
    year_to_column: str | None = None
    count: str
    detection: Detection = "reported"
    detection_column: str | None = None
    observed: str | None = None  # a column: rows with 0 or nothing in it are unobserved
    absent: Literal["zero", "unobserved"] = "unobserved"  # what a district without a row means
    grain: Literal["area_year", "part"] = "area_year"  # parts (stations, months) are added up
    exact_duplicates: Literal["refuse", "merge", "keep"] = "refuse"
    approximate: str = ""  # says in what way the areas are an approximation

    @model_validator(mode="after")
    def _place_and_time(self) -> Self:
        if (self.area is None) == (not self.area_names):
            raise ValueError("give either area (a column of codes) or area_names (of names)")
        if (self.year is None) == (self.year_column is None):
            raise ValueError("give either year (a number) or year_column (a column's name)")
        return self


class EffortInput(FileInput):
    """Raids and visits: where, when, how long, what was found."""

    id: Slug
    code: str
    date_column: str
    team_days: str
    method: str | None = None
    outcome: str | None = None
    found: str | None = None


class WayInput(CreditedInput):
    """Rivers or roads: lines that one travels along."""

    id: Slug
    mode: Mode
    class_column: str | None = None
    kmh_down_high: str | None = None  # columns with a line's own speeds, by direction and water
    kmh_up_high: str | None = None
    kmh_down_low: str | None = None
    kmh_up_low: str | None = None
    length_km: str | None = None  # a column; by default the length of the line
    crossings: bool = True  # lines that cross meet there

    @model_validator(mode="after")
    def _ways_are_lines(self) -> Self:
        if self.lon is not None:
            raise ValueError("ways are lines: lon and lat are of points")
        return self


class WaySpeed(Frozen):
    """Speeds of a class of ways, km/h: down and up the river, at high and at low water.

    0 is a way that cannot be used then. Without a class: of all others of the mode.
    """

    mode: Mode
    way_class: str | None = None
    down_high: Kmh
    up_high: Kmh | None = None
    down_low: Kmh | None = None
    up_low: Kmh | None = None

    @model_validator(mode="after")
    def _a_river_has_two_directions(self) -> Self:
        if self.mode == "road":
            if self.up_high is not None or self.up_low is not None:
                raise ValueError("a road has no current: down_high and down_low are its speeds")
            return self
        if self.up_high is None:
            raise ValueError("a river is slower upstream: give up_high too")
        if (self.down_low is None) != (self.up_low is None):
            raise ValueError("give both down_low and up_low, or neither")
        return self

    def kmh(self) -> tuple[float, float, float, float]:
        """``down_high, up_high, down_low, up_low``; low as high and, on roads, up as down."""
        up_high = self.down_high if self.up_high is None else self.up_high
        if self.down_low is None:
            return self.down_high, up_high, self.down_high, up_high
        return (
            self.down_high,
            up_high,
            self.down_low,
            (self.down_low if self.up_low is None else self.up_low),
        )


class TravelSettings(Frozen):
    """How one gets about. What is not given is as ``geo.travel`` has it."""

    walk_kmh: float | None = Field(default=None, gt=0, le=20)
    walk_limit_minutes: float | None = Field(default=None, ge=0, le=10_080)
    snap_m: float | None = Field(default=None, ge=0, le=10_000)
    transfer_minutes: float | None = Field(default=None, ge=0, le=10_080)
    gap_m: float | None = Field(default=None, ge=0, le=100_000)
    outlet_km: float | None = Field(default=None, ge=0, le=1000)
    river_classes: tuple[str, ...] = ()  # from the widest to the narrowest
    outlets: tuple[tuple[Lon, Lat], ...] = ()  # where the rivers leave the area
    ports: Slug | None = None  # a layer of points
    ways: Annotated[tuple[WayInput, ...], Field(min_length=1)]
    speeds: tuple[WaySpeed, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        ids = [way.id for way in self.ways]
        if len(set(ids)) < len(ids):
            raise ValueError("[[travel.ways]] has an id more than once")
        classes = [(one.mode, one.way_class) for one in self.speeds]
        if len(set(classes)) < len(classes):
            raise ValueError("[[travel.speeds]] has a class more than once")
        return self


class Area(Frozen):
    """The region as a whole."""

    name: str
    name_en: str = ""
    timezone: TimeZone = "America/Lima"
    synthetic: bool = False  # the banner DATOS SINTÉTICOS
    metric_crs: str = "auto"
    measured: Literal["geodesic", "plane"] = "geodesic"  # lengths, areas and distances
    outside_km: float = Field(default=150, ge=0)  # features farther out than this are left aside


class ModelSettings(Frozen):
    """How a run is trained."""

    seed: int = Field(default=1, ge=0, le=2**32 - 1)
    outcomes: tuple[Slug, ...] = ()  # default: every outcome with district counts
    target_year: Year | None = None  # default: the first year after the last counts
    refits: int = Field(default=200, ge=20, le=5000)
    ridge: float = Field(default=1e-3, ge=0, allow_inf_nan=False)
    holdout_folds: int = Field(default=5, ge=2, le=50)


class PublishSettings(Frozen):
    """Where the levels begin; multiples of the area's person-weighted mean rate."""

    high_multiple: float = Field(default=1.0, gt=0)
    very_high_multiple: float = Field(default=2.0, gt=0)
    probability: float = Field(default=0.8, gt=0.5, lt=1)
    threshold_per_100k: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _very_high_is_above_high(self) -> Self:
        if self.very_high_multiple < self.high_multiple:
            raise ValueError("very_high_multiple is below high_multiple")
        return self


class StoreSettings(Frozen):
    """Where tables live. The address of a PostGIS comes from the environment alone."""

    path: str = "var/store.sqlite"
    url_env: str = "VIGIA_STORE_URL"


class ProjectSettings(Frozen):
    """The whole project file."""

    area: Area
    districts: DistrictsInput
    population: PopulationInput
    layers: tuple[LayerInput, ...] = ()
    areas: tuple[AreaInput, ...] = ()
    crosswalks: tuple[CrosswalkInput, ...] = ()
    cases: tuple[CasesInput, ...] = ()
    effort: tuple[EffortInput, ...] = ()
    travel: TravelSettings | None = None
    model: ModelSettings = ModelSettings()
    publish: PublishSettings = PublishSettings()
    store: StoreSettings = StoreSettings()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        for section in ("layers", "areas", "crosswalks", "cases", "effort"):
            ids = [item.id for item in getattr(self, section)]
            twice = sorted({i for i in ids if ids.count(i) > 1})
            if twice:
                raise ValueError(f"[[{section}]] has the id {twice[0]!r} more than once")
        return self

    @model_validator(mode="after")
    def _ports_are_a_layer(self) -> Self:
        if self.travel is None or self.travel.ports is None:
            return self
        named = [layer for layer in self.layers if layer.id == self.travel.ports]
        if not named or named[0].kind != "geometry":
            raise ValueError(
                f"[travel] ports names {self.travel.ports!r}, which is no layer with geometry"
            )
        return self

    @model_validator(mode="after")
    def _an_outcome_has_one_stage(self) -> Self:
        stages: dict[str, Stage | None] = {}
        for section in self.cases:
            known = stages.setdefault(section.outcome, section.stage)
            if known != section.stage:
                raise ValueError(
                    f"[[cases]] {section.id!r} counts {section.outcome!r} in the stage "
                    f"{section.stage!r}, another section in {known!r}: give them different outcomes"
                )
        return self
