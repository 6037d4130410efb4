"""Risk maps for notebooks: pieces of the map as Folium elements, each usable alone with any data.

``risk_map`` puts them together; styles, layers, panel texts and the legend can be added to a map
of one's own. Every text from data is escaped, as Folium writes what it is given into its page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import folium
import geopandas as gpd
import pandas as pd
from folium.template import Template
from markupsafe import Markup, escape

from data.records import PublishedRun
from maps.facts import reason_text
from maps.geometry import bounds_of
from maps.levels import (
    COLOURS,
    LEVELS,
    MOST_SURE,
    MUTED,
    NO_DATA,
    NOT_SURE,
    SAID_WITH,
    certainty,
    certainty_text,
    legend,
)
from maps.released import Released, release
from maps.topology import display_districts
from maps.words import Language, Words
from maps.words import words as catalogue
from vigia.errors import ProjectError
from vigia.settings import PublishSettings

SURE = "sure"  # column: class of certainty, 0 to 2
TEXT = "panel"
NUMBERS = ("rate", "rate_low", "rate_high", "rank", "rank_low", "rank_high")
BORDER: Mapping[str, Any] = {"color": "#ffffff", "weight": 0.6, "fillOpacity": 1}


def risk_map(
    districts: gpd.GeoDataFrame,
    run: PublishedRun | Released | None = None,
    *,
    outcome: str | None = None,
    language: Language = "es",
    doubt: bool = True,
) -> folium.Map:
    """A Folium map of the risk of districts, for a notebook.

    Parameters
    ----------
    districts : GeoDataFrame
        Boundaries with ``name``, in any CRS. With a run also ``code``, by which they are joined;
        without one ``level`` (of ``maps.levels.LEVELS``), and any of ``rate``, ``rate_low``,
        ``rate_high``, ``rank``, ``rank_low``, ``rank_high``, and ``sure`` (0 to 2) or the
        probabilities of ``maps.levels.SAID_WITH``; with neither, none is drawn as sure.
    run : PublishedRun or Released, optional
        Whose scores are shown.
    outcome : str, optional
        Which of the run's; the first one if not given.
    doubt : bool
        With a layer, switched off at first, that covers what is less sure.

    Raises
    ------
    ProjectError
        When a column is missing or says what there is not, naming it.

    Examples
    --------
    >>> risk_map(districts, run)  # doctest: +SKIP
    """
    words, publish = catalogue(language), None
    if run is not None:
        released = run if isinstance(run, Released) else release(run)
        publish = released.settings["publish"]
        districts = _joined(districts, released, outcome, words)
    shown = shown_districts(districts, words)
    made = folium.Map(tiles=None, prefer_canvas=True, control_scale=True)
    if (bounds := bounds_of(shown)) is not None:
        west, south, east, north = bounds
        made.fit_bounds([[south, west], [north, east]])
    risk_layer(shown, words("legend.title")).add_to(made)
    if doubt:
        doubt_layer(shown, words("notebook.doubt")).add_to(made)
        folium.LayerControl(collapsed=False).add_to(made)
    Legend(language, publish).add_to(made)
    return made


def risk_style(level: str, sure: int = MOST_SURE) -> dict[str, Any]:
    """How Leaflet draws a district: colour by level, paler where it is less sure.

    ``sin dato`` has a dashed border, since a path of Leaflet has no hatching.
    """
    if level == NO_DATA:
        return {**BORDER, "fillColor": COLOURS[NO_DATA], "color": "#8b979e", "dashArray": "3 3"}
    pale = sure < MOST_SURE and level in MUTED
    return {**BORDER, "fillColor": (MUTED if pale else COLOURS)[level]}


def risk_layer(shown: gpd.GeoDataFrame, name: str) -> folium.GeoJson:
    """Districts in their colours, each with its panel: what ``shown_districts`` gives."""
    return folium.GeoJson(
        shown[["name", "level", SURE, TEXT, "geometry"]],
        name=name,
        style_function=lambda one: risk_style(one["properties"]["level"], one["properties"][SURE]),
        tooltip=folium.GeoJsonTooltip(["name"], labels=False),
        popup=folium.GeoJsonPopup([TEXT], labels=False, max_width=320),
    )


def doubt_layer(shown: gpd.GeoDataFrame, name: str, *, show: bool = False) -> folium.GeoJson:
    """Covers all districts but the surest, and those of which nothing is known."""
    unsure = shown[(shown[SURE] < MOST_SURE) & (shown["level"] != NO_DATA)]
    cover = {"fillColor": "#ffffff", "fillOpacity": 0.8, "weight": 0}
    return folium.GeoJson(
        unsure[["geometry"]],
        name=name,
        show=show,
        interactive=False,
        style_function=lambda _: cover,
    )


def panel(row: Mapping[str, Any], words: Words) -> Markup:
    """What is said of a district: level in words, and each number there is with its doubt."""
    lines = [Markup("<b>{}</b>").format(row["name"])]
    lines.append(escape(words(f"level.{row['level']}")))
    told = {name: row.get(name) for name in NUMBERS}
    known = {name: value for name, value in told.items() if value is not None and value == value}
    if {"rate", "rate_low", "rate_high"} <= known.keys():
        rate, low, high = (words.number(float(known[name])) for name in NUMBERS[:3])
        lines.append(escape(f"{rate} ({words('detail.interval', low=low, high=high)})"))
    if {"rank", "rank_low", "rank_high"} <= known.keys():
        rank, low, high = (words.count(int(known[name])) for name in NUMBERS[3:])
        lines.append(escape(words("notebook.rank", rank=rank, low=low, high=high)))
    if row.get("reason"):
        lines.append(escape(row["reason"]))
    return Markup("<br>").join(lines)


class Legend(folium.MacroElement):
    """The levels in words, ``sin dato`` first.

    Parameters
    ----------
    language : {"es", "en"}
    publish : mapping, optional
        ``[publish]`` of a project file; with it each level says what it means.
    """

    _template = Template(
        '{% macro html(this, kwargs) %}<div style="position:absolute;bottom:24px;left:10px;'
        "z-index:900;background:#fff;padding:8px 12px;font:13px sans-serif;max-width:300px;"
        'border-radius:4px">{{ this.html }}</div>{% endmacro %}'
    )

    def __init__(self, language: Language = "es", publish: Mapping[str, Any] | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Legend"
        self.html = _legend_html(catalogue(language), publish)


def shown_districts(districts: gpd.GeoDataFrame, words: Words) -> gpd.GeoDataFrame:
    """Districts as the layers want them (EPSG:4326), simplified for the screen.

    Returns
    -------
    GeoDataFrame
        name and panel (escaped), level, sure.
    """
    for column in ("name", "level"):
        if column not in districts:
            raise ProjectError(
                f"The districts have no column {column!r}.",
                hint="Give them one, or a run whose scores are joined by code.",
            )
    if districts.crs is None:
        raise ProjectError(
            "The districts do not say their CRS.", hint="Set it, such as set_crs(4326)."
        )
    table = districts.to_crs(4326).reset_index(drop=True)
    if table.geometry.name != "geometry":
        table = table.rename_geometry("geometry")
    table["level"] = table["level"].astype(object).where(table["level"].notna(), NO_DATA)
    strange = sorted({str(level) for level in table["level"]} - set(LEVELS))
    if strange:
        raise ProjectError(
            f"The column 'level' has {strange[0]!r}.", hint=f"Levels are {', '.join(LEVELS)}."
        )
    table[SURE] = _sure(table)
    table[TEXT] = [
        str(panel(row, words)) for row in table.drop(columns="geometry").to_dict("records")
    ]
    table["name"] = [str(escape(name)) for name in table["name"]]
    drawn = display_districts(table[table.geometry.notna()].copy())
    return drawn[["name", "level", SURE, TEXT, "geometry"]]


def _sure(table: pd.DataFrame) -> Any:
    if SURE in table:
        return table[SURE].fillna(0).astype(int)
    if set(SAID_WITH.values()) <= set(table.columns):
        return certainty(table, PublishSettings().model_dump())
    return [NOT_SURE] * len(table)  # nobody said that they are surer


def _joined(
    districts: gpd.GeoDataFrame, released: Released, outcome: str | None, words: Words
) -> gpd.GeoDataFrame:
    if "code" not in districts:
        raise ProjectError(
            "The districts have no column 'code', by which scores are joined.",
            hint="Rename the column that has the codes of the project's districts.",
        )
    known = [one.id for one in released.outcomes]
    if outcome is not None and outcome not in known:
        raise ProjectError(
            f"The run has no outcome {outcome!r}.", hint=f"It has {', '.join(known)}."
        )
    scores = released.scores_of(outcome or known[0]).rename_axis("code").reset_index()
    scores[SURE] = certainty(scores, released.settings["publish"])
    unknown = scores["level"] == NO_DATA
    scores["reason"] = scores["no_data_reason"].map(lambda key: reason_text(released, words, key))
    scores["reason"] = scores["reason"].where(unknown, "")
    wanted = scores[["code", "level", SURE, *NUMBERS, "reason"]]
    own = districts.drop(columns=[c for c in wanted if c in districts and c != "code"])
    if "name" not in own:
        own = own.merge(released.districts[["code", "name"]], on="code", how="left")
    joined = own.merge(wanted, on="code", how="left")
    return gpd.GeoDataFrame(joined, geometry=districts.geometry.name, crs=districts.crs)


def _legend_html(words: Words, publish: Mapping[str, Any] | None) -> Markup:
    swatch = Markup(
        '<i style="display:inline-block;width:14px;height:14px;margin-right:6px;background:{}"></i>'
    )
    if publish is None:
        lines = [swatch.format(COLOURS[one]) + escape(words(f"level.{one}")) for one in LEVELS]
    else:
        lines = [
            swatch.format(one["colour"]) + Markup("{}: {}").format(one["label"], one["explain"])
            for one in legend(words, publish)
        ]
        lines.append(escape(certainty_text(words, publish)))
    return Markup("<br>").join([Markup("<b>{}</b>").format(words("legend.title")), *lines])
