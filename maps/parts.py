"""A part of a published run: one department, for a file that is light to carry."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import shapely

from maps.geometry import bounds_of
from maps.layers import Layers
from maps.released import Released
from vigia.errors import ProjectError

MARGIN_DEGREES = 0.2  # how far around the part layers are shown


def in_department(released: Released, layers: Layers, name: str) -> tuple[Released, Layers]:
    """The run as it is of the districts of a department; ranks stay those among all districts.

    Parameters
    ----------
    name : str
        Accents and capitals may be left out.

    Raises
    ------
    ProjectError
        When there is no such department; its hint names those that there are.
    """
    departments = released.districts["department"]
    known = sorted(set(departments.dropna().astype(str)))
    found = [one for one in known if plain(one) == plain(name)]
    if not found:
        raise ProjectError(
            f"There is no department {name!r}.", hint=f"There are {', '.join(known) or 'none'}."
        )
    districts = released.districts[departments.isin(found)].reset_index(drop=True)
    area = dict(released.area)
    for key in ("name", "name_en"):
        if area.get(key):
            area[key] = f"{area[key]}: {found[0]}"
    part = replace(released, districts=districts, settings={**released.settings, "area": area})
    bounds = bounds_of(districts)
    if bounds is None:
        return part, {id_: layer.iloc[:0] for id_, layer in layers.items()}
    frame = shapely.box(*bounds).buffer(MARGIN_DEGREES, join_style="mitre")
    return part, {id_: layer[layer.intersects(frame)] for id_, layer in layers.items()}


def plain(name: str) -> str:
    """A name without what nobody types: accents, capitals, spaces around it."""
    letters = unicodedata.normalize("NFD", name.strip().casefold())
    return "".join(one for one in letters if not unicodedata.combining(one))
