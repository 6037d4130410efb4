"""A scenario as a small file, TOML or JSON: what closes, moves or opens, and how one travels."""

from __future__ import annotations

import difflib
import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from geo.factor import Season
from vigia.errors import ScenarioError
from vigia.settings.base import Frozen, Kmh, Lat, Lon, Slug
from vigia.settings.plans import SitesForm

Feature = Annotated[int, Field(ge=1)]
Place = tuple[Lon, Lat]
SECTIONS = ("close", "move", "open", "travel")
MOST_BYTES = 1_000_000


class Close(Frozen):
    """Features that are there no longer."""

    layer: Slug
    feature: Feature | Annotated[tuple[Feature, ...], Field(min_length=1)]

    @property
    def features(self) -> tuple[int, ...]:
        """Rows of the layer's file, from 1."""
        return self.feature if isinstance(self.feature, tuple) else (self.feature,)


class Move(Frozen):
    """A feature that is elsewhere: its middle comes to lie at ``to``, its size stays."""

    layer: Slug
    feature: Feature
    to: Place


class Properties(Frozen):
    """What a new feature has. In a layer of polygons it is a circle of ``area_km2``."""

    value: float | None = None
    area_km2: float | None = Field(default=None, gt=0, le=100_000)


class Open(Frozen):
    """A new feature."""

    layer: Slug
    at: Place
    properties: Properties = Properties()


class TravelChange(Frozen):
    """Other speeds on one of ``[[travel.ways]]``, or on one class of it.

    ``factor`` multiplies the speeds with the current and against it; ``speed`` (km/h) takes the
    place of both. 0: the way cannot be used. Without ``season`` at high and at low water.
    """

    way: Slug
    way_class: str | None = None
    factor: float | None = Field(default=None, ge=0, le=100)
    speed: Kmh | None = None
    season: Season | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.factor is None) == (self.speed is None):
            raise ValueError("give factor or speed, one of both")
        return self


class Scenario(Frozen):
    """What is other than it is, all of it at once, and the plan that is made of both sides.

    Raises
    ------
    pydantic.ValidationError
        When it is empty, or does two things to one feature.
    """

    name: str = Field(default="", max_length=200)
    close: tuple[Close, ...] = ()
    move: tuple[Move, ...] = ()
    open: tuple[Open, ...] = ()
    travel: tuple[TravelChange, ...] = ()
    plan: SitesForm | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not any(getattr(self, section) for section in SECTIONS):
            raise ValueError(
                f"nothing changes in it: give it a {', '.join(SECTIONS[:-1])} or travel"
            )
        return self

    @model_validator(mode="after")
    def _each_feature_once(self) -> Self:
        named = [(one.layer, fid) for one in self.close for fid in one.features]
        named += [(one.layer, one.feature) for one in self.move]
        twice = next((one for one in named if named.count(one) > 1), None)
        if twice is not None:
            raise ValueError(f"feature {twice[1]} of {twice[0]} is closed or moved twice")
        return self

    @property
    def layers(self) -> tuple[str, ...]:
        """Layers that are other than they are, each once."""
        named = [*(one.layer for one in self.close), *(one.layer for one in self.move)]
        return tuple(sorted({*named, *(one.layer for one in self.open)}))


def read_scenario(path: Path) -> Scenario:
    """Read a scenario from a file: JSON where its name ends in ``.json``, else TOML.

    Raises
    ------
    ScenarioError
        With what is wrong and where.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ScenarioError(f"{path} is larger than a scenario can be (1 MB).")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        told = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise ScenarioError(
            f"{path} cannot be read: {told}.", hint="Name a TOML or JSON file with a scenario."
        ) from None
    form: Literal["json", "toml"] = "json" if path.suffix.lower() == ".json" else "toml"
    return parse_scenario(text, form, str(path))


def parse_scenario(
    text: str, form: Literal["json", "toml"] = "toml", where: str = "The scenario"
) -> Scenario:
    """A scenario from text; ``where`` names it in messages.

    Raises
    ------
    ScenarioError
        As ``read_scenario``.
    """
    try:
        raw = json.loads(text) if form == "json" else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioError(f"{where} is not valid {form.upper()}: {str(error)[:200]}.") from None
    if not isinstance(raw, dict):
        raise ScenarioError(f"{where} is no table of changes.", hint=_KNOWN)
    alone = {key: [raw[key]] for key in SECTIONS if isinstance(raw.get(key), dict)}
    try:
        return Scenario.model_validate_json(json.dumps(raw | alone, default=str))
    except ValidationError as error:
        problems = dict.fromkeys(_explain(detail) for detail in error.errors())
        raise ScenarioError(f"{where}: {' '.join(problems)}", hint=_KNOWN) from None


_KNOWN = "docs/scenarios.md shows one: [[close]], [[move]], [[open]] or [[travel]]; [plan]."
_FIELDS: dict[str, type[Frozen]] = {
    "close": Close, "move": Move, "open": Open, "travel": TravelChange
}  # fmt: skip


def _explain(detail: Any) -> str:
    place = tuple(detail["loc"])
    key = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place)
    if detail["type"] == "extra_forbidden":
        known = _FIELDS[place[0]] if len(place) == 3 and place[0] in _FIELDS else Scenario
        known = Properties if "properties" in place[:-1] else known
        known = SitesForm if place[0] == "plan" and len(place) == 2 else known
        near = difflib.get_close_matches(str(place[-1]), known.model_fields, n=1, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return f"unknown key {key!r}.{hint}"
    if detail["type"] == "missing":
        return f"{key!r} is missing."
    message = detail["msg"].removeprefix("Value error, ")
    return f"{key!r}: {message}." if key else f"{message}."
