"""How the service is reached, by whom it is told who asks, and how long it remembers."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from vigia.settings.base import Frozen


def _a_network(text: str) -> str:
    try:
        return str(ip_network(text))
    except ValueError:
        raise ValueError(
            f"{text!r} is no network; write 127.0.0.1/32, or 10.0.0.0/8 with zeros behind the mask"
        ) from None


Network = Annotated[str, AfterValidator(_a_network)]
HostName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?$"),
]
Header = Annotated[str, StringConstraints(pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$")]


class ServeSettings(Frozen):
    """``vigia serve``: names, the proxy before it, and the access log."""

    hosts: tuple[HostName, ...] = ()  # beside those of this machine
    trusted_proxies: tuple[Network, ...] = ()  # whose X-Forwarded-* and identity are believed
    identity_header: Header = ""  # who logged in at the proxy; off without one
    role_header: Header = ""  # groups or roles of that person, by commas
    roles: dict[str, Literal["viewer", "analyst", "admin"]] = Field(default_factory=dict)
    training_seconds: int = Field(default=21_600, ge=1, le=604_800)  # of one asked for over HTTP
    access_days: int = Field(default=730, ge=1, le=36_500)  # lines of the access log are kept

    webhooks_private: bool = False  # may be of this machine and its networks, also without TLS

    @model_validator(mode="after")
    def _an_identity_needs_a_proxy(self) -> Self:
        if self.identity_header and not self.trusted_proxies:
            raise ValueError("identity_header needs trusted_proxies: anybody can send a header")
        if self.identity_header and not (self.role_header and self.roles):
            raise ValueError("identity_header needs role_header and roles")
        return self
