"""The map as a page: served with its policy in a header, or as one file that opens anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.beside import Beside
from data.records import PublishedRun
from maps import csp
from maps.against import against, comparable
from maps.assets import (
    SCRIPTS,
    STORED_PLANS_SCRIPTS,
    STORED_PLANS_STYLES,
    STYLES,
    assets,
    inline_style,
)
from maps.district import Districts
from maps.files import written_whole
from maps.folium_map import folium_parts
from maps.geometry import bounds_of
from maps.layers import COLOURS as LAYER_COLOURS
from maps.layers import Layers, drawn_layers
from maps.levels import COLOURS as LEVEL_COLOURS
from maps.levels import MUTED
from maps.notes import page_words
from maps.other_years import YearLink, year_links
from maps.parts import in_department
from maps.payload import (
    Shapes,
    as_block,
    beside_block,
    payload,
    rows_block,
    shapes_of,
    shapes_url,
)
from maps.released import Released, release
from maps.scenario_side import ScenarioSide, scenario_side
from maps.settlements import settlements_block, settlements_said
from maps.stored_plans import StoredPlans, drawing, plan_words
from maps.templating import environment
from maps.ways import WAY_COLOURS, drawn_ways, way_lines
from maps.words import Language, Words, words
from maps.years import drawn_layer, layer_years
from vigia.settings import MapSettings

NOTHING_ONLINE = MapSettings()
ROOM_FOR_OTHERS = 1_500_000  # characters of a file


@dataclass(frozen=True)
class Page:
    """HTML, and the Content-Security-Policy that it needs (an offline page carries it inside)."""

    html: str
    csp: str


@dataclass(frozen=True)
class Blocks:
    """Styles and scripts of a page: addresses, or what stands between the tags."""

    style_urls: Sequence[str] = ()
    styles: Sequence[str] = ()
    script_urls: Sequence[str] = ()
    scripts: Sequence[str] = ()
    data: Mapping[str, str] = field(default_factory=dict)  # id -> JSON inside the page
    ahead: Sequence[str] = ()  # addresses of data that the scripts will ask for


@dataclass(frozen=True)
class Around:
    """What a page has around its run: what is said before all else, and what may stand beside."""

    cautions: Sequence[str] = ()
    years: Sequence[YearLink] = ()
    plans: StoredPlans | None = None
    scenario: bool = False
    online: MapSettings = NOTHING_ONLINE


def served_page(
    released: Released,
    layers: Layers,
    language: Language = "es",
    shapes: Shapes | None = None,
    online: MapSettings = NOTHING_ONLINE,
) -> Page:
    """The map as the service shows it: files beside it, and what is asked for when it is.

    ``shapes`` are those of ``maps.payload.shapes_of``, where they are known already.
    """
    found, shapes = assets(), shapes or shapes_of(released)
    blocks = Blocks(
        style_urls=[found[name].url for name in STYLES],
        styles=[_colours()],
        script_urls=[found[name].url for name in SCRIPTS],
        scripts=[_folium_script(released)],
        ahead=[shapes_url(shapes)],
    )
    policy = csp.policy(blocks.scripts, blocks.styles, served=True, pictures_of=online.origin)
    links = year_links(released, released.target_year, language)
    around = Around(years=links, online=online)
    return Page(_render(released, layers, language, blocks, shapes, around), policy)


def offline_page(
    released: Released,
    layers: Layers,
    language: Language = "es",
    plans: StoredPlans | None = None,
    others: Sequence[Released] = (),
    scenario: ScenarioSide | None = None,
    current: Released | None = None,
    online: MapSettings = NOTHING_ONLINE,
) -> Page:
    """The map as one file that asks nobody for anything; without ``plans`` it tells of none.

    ``others`` are runs of ``released.beside.others``; a file holds as many as are light. A
    ``scenario`` is opened beside it. Served for another year than the ``current`` run's, it
    leads back to that.
    """
    said = words(language)
    found, years = assets(), layer_years(released, layers)
    released, beside = _with_others(released, others, said)
    beside |= scenario.blocks if scenario else {}
    shapes, told = shapes_of(released), Districts(released, said)
    styles, scripts = (STYLES, SCRIPTS) if plans is None else (
        (*STYLES, *STORED_PLANS_STYLES), (*SCRIPTS, *STORED_PLANS_SCRIPTS)
    )  # fmt: skip
    blocks = Blocks(
        styles=[*(inline_style(name) for name in styles), _colours()],
        scripts=[*(found[name].text for name in scripts), _folium_script(released)],
        data={
            "vigia-shapes": shapes.text,
            "vigia-beside": beside_block(told),
            "vigia-settlements": settlements_block(released),
            **{f"rows-{one.id}": rows_block(told, one.id) for one in released.outcomes},
            **beside,
            **{
                f"layer-{name}": as_block(drawn_layer(name, layers[name], years))
                for name in drawn_layers(released.layers, layers)
            },
            **{f"plan-{one.id}": as_block(drawing(one)) for one in (plans.plans if plans else ())},
            **{f"layer-{key}": as_block(way_lines(layers[key])) for key in drawn_ways(layers)},
        },
    )
    policy = csp.policy(blocks.scripts, blocks.styles, served=False, pictures_of=online.origin)
    around = Around(plans=plans, online=online)
    if scenario is not None:
        around = replace(around, cautions=[scenario.caution], scenario=True)
    if current is not None:
        shown, now = str(released.target_year), str(current.target_year)
        caution = said("page.other_year", year=shown, current=now)
        links = year_links(current, released.target_year, language)
        around = replace(around, cautions=[caution], years=links)
    return Page(_render(released, layers, language, blocks, shapes, around, policy), policy)


def write_offline(
    published: PublishedRun,
    layers: Layers,
    path: Path,
    language: Language = "es",
    beside: Beside | None = None,
    department: str | None = None,
    plans: StoredPlans | None = None,
    others: Sequence[PublishedRun] = (),
    scenario: Mapping[str, Any] | None = None,
    online: MapSettings = NOTHING_ONLINE,
) -> None:
    """Write the map of a published run as one HTML file; the same run gives the same bytes.

    Parameters
    ----------
    published : PublishedRun
        What ``data.publish.published`` gives.
    layers : mapping of str to GeoDataFrame
        Geometry of the layers that may be drawn (EPSG:4326), by id.
    path : Path
        Written whole or not at all.
    beside : Beside, optional
        What ``data.publish.beside`` gives; without it nothing is known of that.
    department : str, optional
        The districts of a department alone.
    plans : StoredPlans, optional
        Plans of the run, which tell where teams go: a file for whoever may know that.
    others : sequence of PublishedRun
        Those of ``beside.others`` to be compared with.
    scenario : mapping, optional
        Of this run, as ``data.disclosure.release_scenario`` let it out.
    online : MapSettings
        ``[map]`` of the project file.
    """
    released = release(published, beside)
    if department is not None:
        released, layers = in_department(released, layers, department)
    runs = [release(one) for one in others]
    side = None if scenario is None else scenario_side(scenario, released, words(language))
    page = offline_page(released, layers, language, plans, runs, side, online=online)
    with written_whole(path) as half:
        half.write_text(page.html, encoding="utf-8", newline="\n")


def _with_others(
    released: Released, others: Sequence[Released], said: Words
) -> tuple[Released, dict[str, str]]:
    """The run with those of the others alone that a file has room for, and their blocks."""
    found: dict[str, str] = {}
    kept: set[str] = set()
    for other in others:
        own = {
            f"against-{other.run_id}-{outcome.id}": as_block(
                against(released, other, outcome.id, said)
            )
            for outcome in released.outcomes
            if other.run_id in {one.run for one in comparable(released, outcome.id)}
        }
        if sum(map(len, [*found.values(), *own.values()])) <= ROOM_FOR_OTHERS:
            found |= own
            kept.add(other.run_id)
    told = tuple(one for one in released.beside.others if one.run in kept)
    return replace(released, beside=replace(released.beside, others=told)), found


def _render(
    released: Released,
    layers: Layers,
    language: Language,
    blocks: Blocks,
    shapes: Shapes,
    around: Around,
    policy: str = "",
) -> str:
    said, plans = words(language), around.plans
    timezone = str(released.area["timezone"])
    context: dict[str, Any] = page_words(released, layers, said, served=not policy)
    context["doubts"] = [*around.cautions, *context["doubts"]]
    return (
        environment()
        .get_template("page.html")
        .render(
            words=said,
            blocks=blocks,
            served=not policy,
            policy=policy,
            map_html=folium_parts(bounds_of(released.districts)).html,
            data=as_block(
                payload(released, said, shapes, scenario=around.scenario) | _tiles(around.online)
            ),
            online=around.online,
            years=around.years,
            settlements=settlements_said(released, said),
            stored=None if plans is None else plan_words(plans, timezone, said),
            **context,
        )
    )


def _tiles(online: MapSettings) -> dict[str, Any]:
    """What the script needs to ask for tiles, once somebody wants them."""
    told = {"url": online.tiles, "host": online.host, "attribution": online.tiles_attribution}
    return {"tiles": told} if online.tiles else {}


def _folium_script(released: Released) -> str:
    return folium_parts(bounds_of(released.districts)).script


def _colours() -> str:
    """Swatches of legend and layers; a style attribute would need ``unsafe-inline``."""
    rules = [f".level-{name}{{background-color:{code}}}" for name, code in LEVEL_COLOURS.items()]
    rules += [f".muted.level-{name}{{background-color:{code}}}" for name, code in MUTED.items()]
    drawn = (*LAYER_COLOURS, *WAY_COLOURS.values())
    rules += [f".layer-{n}{{background-color:{code}}}" for n, code in enumerate(drawn)]
    return "\n".join(rules)
