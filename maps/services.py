"""Where people find help: the ways to the nearest services, or that nobody knows of any."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from data.records import LayerCredit
from maps.released import Released
from maps.words import Words
from vigia.settings import Service

KINDS: tuple[str, ...] = get_args(Service)
SEASONS = ("high", "low")


@dataclass(frozen=True)
class ServiceFact:
    """How far a service is from a district, in words; ``kind`` is one of ``KINDS``."""

    kind: str
    label: str
    text: str


class Services:
    """Services of a run, in one language."""

    def __init__(self, released: Released, words: Words) -> None:
        self._words = words
        self._layers = [pair for kind in KINDS for pair in _layers(released, kind)]
        self._minutes = _minutes(released)
        self._measured = {layer for layer, _ in self._minutes}
        peopled = bool((released.settings.get("population") or {}).get("points"))
        key = "detail.services_note" if peopled else "detail.services_note_capital"
        self.note = words(key) if self._measured else ""  # from where ways are measured

    def absent(self) -> list[str]:
        """Names of the services for which there is no layer."""
        return [self._words(f"service.{kind}") for kind, layer in self._layers if layer is None]

    def of(self, *codes: str) -> tuple[ServiceFact, ...]:
        """Of a district, every kind at least once; of several, their shortest and longest ways."""
        found = []
        for kind, layer in self._layers:
            if layer is None:
                name, text = self._words(f"service.{kind}"), self._words("detail.no_layer")
            else:
                name = layer.label_in(self._words.language)
                text = self._text(layer.id, codes)
            found.append(ServiceFact(kind, name, text))
        return tuple(found)

    def _text(self, layer: str, codes: Sequence[str]) -> str:
        if layer not in self._measured:
            return self._words("detail.not_measured")
        times = [self._times(self._minutes.get((layer, one), {}), codes) for one in SEASONS]
        if times[0] == times[1]:
            return self._words("detail.any_season", time=times[0])
        return self._words("detail.by_season", high=times[0], low=times[1])

    def _times(self, minutes: Mapping[str, float], codes: Sequence[str]) -> str:
        known = sorted(
            time for code in codes if not math.isnan(time := minutes.get(code, math.nan))
        )
        if not known:
            return self._words("detail.no_way")
        shortest, longest = (self._words.duration(known[end]) for end in (0, -1))
        said = shortest
        if shortest != longest:
            said = self._words("brief.times", shortest=shortest, longest=longest)
        without = len(codes) - len(known)
        if not without:
            return said
        return self._words("brief.some_ways", times=said, n=self._words.districts(without))


def _layers(released: Released, kind: str) -> list[tuple[str, LayerCredit | None]]:
    """The layers of a kind of service; None where there is none."""
    found = [one for one in released.layers if one.service == kind]
    return [(kind, layer) for layer in found] or [(kind, None)]


def _minutes(released: Released) -> Mapping[tuple[str, str], Mapping[str, float]]:
    """By layer and season, of each district."""
    table = released.beside.services
    return {
        (str(layer), str(season)): dict(zip(rows["code"], rows["minutes"], strict=True))
        for (layer, season), rows in table.groupby(["layer", "season"], sort=True)
    }
