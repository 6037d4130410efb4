"""Factors of a run as answers tell them: plain names in both languages, and every option."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from api.schemas import Factor, Measured
from maps.factors import factor_names
from maps.words import words


def factors_by_id(factors: Sequence[Mapping[str, Any]]) -> dict[str, Factor]:
    """Each factor of a run; what an earlier version did not store is unsaid."""
    spanish, english = (factor_names(factors, words(language)) for language in ("es", "en"))
    return {
        one["id"]: Factor(
            factor=one["id"],
            name=spanish[one["id"]],
            name_en=english[one["id"]],
            unit=one["unit"],
            measured=Measured(**{key: one[key] for key in Measured.model_fields if key in one}),
        )
        for one in factors
    }


def with_names(run: Mapping[str, Any]) -> dict[str, Any]:
    """A released run whose factors have plain names too."""
    told = factors_by_id(run["factors"])
    return {**run, "factors": [one | _names(told[one["id"]]) for one in run["factors"]]}


def of_layer(
    layer: str, factors: Iterable[Mapping[str, Any]], told: Mapping[str, Factor]
) -> list[Factor]:
    """What is measured of a layer."""
    return [told[one["id"]] for one in factors if one["layer"] == layer]


def _names(factor: Factor) -> dict[str, str]:
    return {"name": factor.name, "name_en": factor.name_en}
