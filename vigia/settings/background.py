"""Online tiles that a map may show on request."""

from __future__ import annotations

import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from vigia.settings.base import Frozen

PLACES = ("{z}", "{x}", "{y}")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
_REST = re.compile(r"[A-Za-z0-9._~%/?&=+@:,-]*")


def _a_tile_server(url: str) -> str:
    if not url:
        return url
    missing = [place for place in PLACES if url.count(place) != 1]
    if missing:
        raise ValueError(f"{', '.join(missing)} has to be in it once: {_EXAMPLE}")
    parts = urlsplit(url)
    # Plain HTTP on this machine alone: elsewhere anybody between could change the pictures.
    secure = parts.scheme == "https" or (
        parts.scheme == "http" and parts.netloc.split(":")[0] == "127.0.0.1"
    )
    if not secure:
        raise ValueError(f"tiles come over https: {_EXAMPLE}")
    rest = url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    for place in PLACES:
        rest = rest.replace(place, "")
    if not (_HOST.fullmatch(parts.netloc) and _REST.fullmatch(rest)):
        raise ValueError(f"that is no address of tiles: {_EXAMPLE}")
    return url


_EXAMPLE = "write it as https://tile.example.org/{z}/{x}/{y}.png"


class MapSettings(Frozen):
    """What the map shows beside the run: nothing from elsewhere, unless it is named here."""

    tiles: Annotated[str, AfterValidator(_a_tile_server)] = ""  # asked for when a reader wants them
    tiles_attribution: str = Field(default="", max_length=200)
    tiles_name: str = Field(default="", max_length=60)

    @model_validator(mode="after")
    def _tiles_are_credited(self) -> Self:
        if self.tiles and not self.tiles_attribution:
            raise ValueError("tiles need tiles_attribution: whom the map credits for them")
        return self

    @property
    def origin(self) -> str:
        """Scheme and host of the tiles, as a Content-Security-Policy names them; "" for none."""
        parts = urlsplit(self.tiles)
        return f"{parts.scheme}://{parts.netloc}" if self.tiles else ""

    @property
    def host(self) -> str:
        """Who is asked for them."""
        return urlsplit(self.tiles).netloc
