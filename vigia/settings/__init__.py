"""The typed ``vigia.toml``: what a project may say, and what each key means.

Frozen: a project file is read once and passed on as an object. ``vigia.project`` reads the file and
turns pydantic's complaints into lines, keys and nearest right names. Every key is documented in
docs/project-file.md, and a test holds the two together.
"""

from __future__ import annotations

from vigia.settings.background import MapSettings
from vigia.settings.base import (
    CreditedInput,
    Detection,
    FileInput,
    Frozen,
    Kmh,
    Lat,
    Lon,
    Mode,
    PartialDate,
    Role,
    Scalar,
    Service,
    Slug,
    Stage,
    Support,
    TimeZone,
    Year,
)
from vigia.settings.cases import CasesInput, EffortInput
from vigia.settings.layers import FactorSettings, LayerInput
from vigia.settings.places import (
    AreaInput,
    CapitalsInput,
    Change,
    ContactsInput,
    CrosswalkInput,
    DistrictsInput,
    OfficialAreaInput,
    PointsInput,
    PopulationInput,
)
from vigia.settings.serve import ServeSettings
from vigia.settings.travel import TravelSettings, WayInput, WaySpeed
from vigia.settings.whole import (
    Area,
    CountsSettings,
    ModelSettings,
    ProjectSettings,
    PublishSettings,
    ReportingSettings,
    StoreSettings,
)

__all__ = [
    "Area",
    "AreaInput",
    "CapitalsInput",
    "CasesInput",
    "Change",
    "ContactsInput",
    "CountsSettings",
    "CreditedInput",
    "CrosswalkInput",
    "Detection",
    "DistrictsInput",
    "EffortInput",
    "FactorSettings",
    "FileInput",
    "Frozen",
    "Kmh",
    "Lat",
    "LayerInput",
    "Lon",
    "MapSettings",
    "Mode",
    "ModelSettings",
    "OfficialAreaInput",
    "PartialDate",
    "PointsInput",
    "PopulationInput",
    "ProjectSettings",
    "PublishSettings",
    "ReportingSettings",
    "Role",
    "Scalar",
    "ServeSettings",
    "Service",
    "Slug",
    "Stage",
    "StoreSettings",
    "Support",
    "TimeZone",
    "TravelSettings",
    "WayInput",
    "WaySpeed",
    "Year",
]
