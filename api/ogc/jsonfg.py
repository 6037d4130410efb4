"""JSON-FG 1.0 (OGC 21-045): what it adds to GeoJSON. Core, and types of features."""

from __future__ import annotations

from typing import Any

from api.ogc.links import CRS84
from maps.payload import as_block

MEDIA_TYPE = "application/fg+json"
PROFILE = {"Link": '<http://www.opengis.net/def/profile/OGC/0/jsonfg>; rel="profile"'}
CLASSES = tuple(
    f"http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}" for name in ("core", "types-schemas")
)
FIRST_YEAR, LAST_YEAR = 1, 9998  # beyond, nothing is known


def members(kind: str, crs: str) -> dict[str, Any]:
    """What a document says of all its features."""
    system = {} if crs == CRS84 else {"coordRefSys": crs}
    return {"conformsTo": list(CLASSES), "featureType": kind, **system}


def time_of(first: int, last: int) -> bytes:
    """The years of a feature."""
    begin = f"{first:04d}-01-01" if first >= FIRST_YEAR else ".."
    end = f"{last:04d}-12-31" if last <= LAST_YEAR else ".."
    return b"null" if begin == end else as_block({"interval": [begin, end]}).encode()


def place_of(shape: bytes, crs: str) -> bytes:
    """Degrees are the geometry of GeoJSON; what is in another system has a member of its own."""
    if crs == CRS84:
        return b'"place":null,"geometry":' + shape
    return b'"place":' + shape + b',"geometry":null'
