"""Areas given by their names, from the widest to the narrowest, without accents and case."""

from __future__ import annotations

import pandas as pd

from data.checks.region import Region
from data.checks.sheet import Sheet
from data.checks.values import plain_names
from data.sources.raw import RefusedError
from vigia.settings import CasesInput

Frame = pd.DataFrame
LEVELS = ("district", "province", "department")


def settle_names(sheet: Sheet, table: Frame, spec: CasesInput, region: Region) -> Frame:
    """``table`` with ``code``, ``area_type`` and ``area``.

    Names that fit no area, or several, are rejected.
    """
    if region.districts is None:
        return table.assign(code="", area_type=spec.area_type, area="")
    wanted = _key([sheet.text(name)[table.index] for name in spec.area_names])
    known = _known(spec, region, len(spec.area_names))
    codes = wanted.map(known)
    column = spec.area_names[-1]
    table = sheet.drop(
        table.assign(code=codes),
        codes.isna(),
        "unknown_name",
        f"The names fit no {spec.area_type}.",
        column=column,
    )
    table = sheet.drop(
        table,
        codes == "",
        "ambiguous_name",
        f"The names fit more than one {spec.area_type}: add a column of wider areas.",
        column=column,
    )
    return table.assign(area_type=spec.area_type, area=table["code"])


def _known(spec: CasesInput, region: Region, width: int) -> dict[str, str]:
    """Names -> code; "" where several areas have them."""
    pairs = pd.concat(_pairs(spec.area_type, region, width)).drop_duplicates()
    pairs = pairs[pairs["key"].str.strip() != ""]
    once = ~pairs["key"].duplicated(keep=False)
    return dict(zip(pairs["key"], pairs["code"].where(once, ""), strict=True))


def _pairs(area_type: str, region: Region, width: int) -> list[Frame]:
    declared = region.areas.get(area_type)
    made = []
    if declared is not None and width == 1:
        made.append(pd.DataFrame({"key": _key([declared["name"]]), "code": declared["area"]}))
    if area_type in LEVELS and region.districts is not None:
        made += _of_parents(region.districts, area_type, width)
    if not made:
        raise RefusedError(
            "unknown_area_type",
            f"Nothing gives names of areas of the type {area_type!r} under so many wider ones: "
            "add [[areas]] with that id, or name fewer columns as area_names.",
        )
    return made


def _of_parents(districts: Frame, level: str, width: int) -> list[Frame]:
    """Names of a level, alone or under one or two wider ones."""
    own, code = ("name", "code") if level == "district" else (level, f"{level}_code")
    wider = list(LEVELS[LEVELS.index(level) + 1 :])
    chains: dict[int, list[list[str]]] = {1: [[]], 2: [[name] for name in wider]}
    if len(wider) == 2:
        chains[3] = [wider[::-1]]
    return [
        pd.DataFrame(
            {"key": _key([districts[name] for name in [*chain, own]]), "code": districts[code]}
        )
        for chain in chains.get(width, [])
    ]


def _key(names: list[pd.Series]) -> pd.Series:
    """Names as one text to compare by; "" where the narrowest is missing."""
    plain = [plain_names(series.fillna("").astype("str")) for series in names]
    key = plain[0]
    for part in plain[1:]:
        key = key + "\n" + part
    return key.where(plain[-1] != "", "")
