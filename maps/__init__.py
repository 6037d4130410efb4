"""Maps, pages and exports of a published run; ``risk_map`` for notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maps.notebook import risk_map

__all__ = ["risk_map"]


def __getattr__(name: str) -> Any:
    if name == "risk_map":  # Folium is loaded by those who draw with it
        from maps.notebook import risk_map  # noqa: PLC0415

        return risk_map
    raise AttributeError(name)
