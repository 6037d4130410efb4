"""What a proxy before the service says of its callers; believed of those that are named alone.

Whatever comes from elsewhere is as if it had not been said, so that nobody gives himself a name,
another address or TLS that is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from data.people import NAME_AT_MOST, ROLES, Person, PersonRole
from vigia.settings import ServeSettings

HOPS_AT_MOST = 20


@dataclass(frozen=True)
class ProxySettings:
    """Which addresses are proxies of ours, and which headers of theirs name people."""

    trusted: tuple[str, ...] = ()
    identity_header: str = ""
    role_header: str = ""
    roles: Mapping[str, PersonRole] = field(default_factory=dict)

    @classmethod
    def of(cls, serve: ServeSettings) -> ProxySettings:
        """As the project file has it."""
        return cls(serve.trusted_proxies, serve.identity_header, serve.role_header, serve.roles)


NO_PROXY = ProxySettings()


@dataclass(frozen=True)
class Identity:
    """Who logged in at the proxy: a person, or None for a name or a role that is none of ours."""

    person: Person | None


class ProxyMiddleware:
    """Address and scheme as the proxy saw them, and whom it let in."""

    def __init__(self, app: ASGIApp, settings: ProxySettings) -> None:
        self._app = app
        self._settings = settings
        self._trusted = tuple(ip_network(one) for one in settings.trusted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            peer = (scope.get("client") or ("",))[0]
            if self._is_trusted(peer):
                self._believe(scope, peer)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope, peer: str) -> None:
        headers = Headers(scope=scope)
        if headers.get("x-forwarded-proto", "").strip().lower() == "https":
            scope["scheme"] = "https"
        scope["client"] = (self._caller(headers.getlist("x-forwarded-for"), peer), 0)
        said = self._settings.identity_header and headers.getlist(self._settings.identity_header)
        if said:
            roles = headers.getlist(self._settings.role_header)
            scope.setdefault("state", {})["identity"] = self._identity(said, roles)

    def _caller(self, said: list[str], peer: str) -> str:
        """The last address that is no proxy of ours; those before it anybody can write."""
        hops = [one.strip() for one in ",".join(said).split(",") if one.strip()]
        for hop in reversed(hops[-HOPS_AT_MOST:]):
            if not _is_address(hop):
                return peer
            peer = hop
            if not self._is_trusted(hop):
                break
        return peer

    def _identity(self, said: list[str], roles: list[str]) -> Identity:
        try:
            name = said[0].encode("latin-1").decode("utf-8")
        except UnicodeDecodeError:
            return Identity(None)
        named = [one.strip() for one in ",".join(roles).split(",")]
        mine = [self._settings.roles[one] for one in named if one in self._settings.roles]
        good = len(said) == 1 and name.strip() and name.isprintable() and len(name) <= NAME_AT_MOST
        if not (good and mine):
            return Identity(None)
        return Identity(Person(name.strip(), max(mine, key=ROLES.index)))

    def _is_trusted(self, address: str) -> bool:
        if not self._trusted or not _is_address(address):
            return False
        return any(ip_address(address) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
