"""One call of somebody else's address: signed, short, and never into our own network."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import http.client
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from vigia.errors import WebhookError

WAIT_SECONDS, WHOLE_SECONDS = 10.0, 20.0  # of one step, and of the call
LONGEST_URL = 2000
SECRET = "whsec_"  # noqa: S105 - how secrets of Standard Webhooks begin
SECRET_BYTES = range(24, 65)
CARRIERS = (ip_network("64:ff9b::/96"), ip_network("2002::/16"))  # of an IPv4 address within


def checked_url(url: str, *, private: bool) -> SplitResult:
    """The parts of an address that may be called.

    Raises
    ------
    WebhookError
        When it is none, or would send what is signed in the clear.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST_URL
    if not (host and plain) or "@" in parts.netloc or parts.fragment:
        raise WebhookError(
            "That is no address of a webhook.", hint="https://HOST/PATH, without user or password."
        )
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise WebhookError("A webhook is called over https alone.")
    return parts


def key_of(secret: str) -> bytes:
    """The key within a secret as Standard Webhooks write it.

    Raises
    ------
    WebhookError
        When it is none.
    """
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(secret.removeprefix(SECRET), validate=True)
        if secret.startswith(SECRET) and len(key) in SECRET_BYTES:
            return key
    raise WebhookError("The secret is no secret.", hint="whsec_ and 24 to 64 bytes in base64.")


def signed(secret: str, message: str, at: int, body: bytes) -> dict[str, str]:
    """The headers that a message goes with."""
    what = f"{message}.{at}.".encode() + body
    mark = hmac.new(key_of(secret), what, hashlib.sha256).digest()
    return {
        "Content-Type": "application/json",
        "User-Agent": "vigia",
        "webhook-id": message,
        "webhook-timestamp": str(at),
        "webhook-signature": f"v1,{base64.b64encode(mark).decode()}",
    }


def call(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> int:
    """Post to an address, and give the status of the answer; nothing else of it is looked at.

    The name is looked up once, and what was found is called: it cannot become another one between.
    Redirects are not followed.

    Raises
    ------
    WebhookError
        When nobody answers, or the address is not to be called.
    """
    parts = checked_url(url, private=private)
    host, port = str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        with socket.create_connection((_address(host, port, private), port), WAIT_SECONDS) as plain:
            timer = Timer(WHOLE_SECONDS, partial(_cut, plain))
            timer.daemon = True
            timer.start()
            try:
                return _post(plain, parts, path, body, headers)
            finally:
                timer.cancel()
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise WebhookError(f"No answer: {type(error).__name__}.") from None


def _post(
    plain: socket.socket, parts: SplitResult, path: str, body: bytes, headers: Mapping[str, str]
) -> int:
    host = str(parts.hostname)
    connection = http.client.HTTPConnection(host, parts.port)
    connection.sock = plain
    if parts.scheme == "https":
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    try:
        connection.request("POST", path, body, {"Host": parts.netloc, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _address(host: str, port: int, private: bool) -> str:
    found = [one[4][0] for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not private and not all(is_public(str(one)) for one in found):
        raise WebhookError("Addresses of this machine and of private networks are not called.")
    return str(found[0])


def is_public(address: str) -> bool:
    """Whether an address is one of the internet, and of nothing nearer."""
    known = ip_address(address.partition("%")[0])
    inner: IPv4Address | IPv6Address = known
    if isinstance(known, IPv6Address):
        inner = known.ipv4_mapped or known
        if any(known in carrier for carrier in CARRIERS):
            return False
    return inner.is_global and not inner.is_multicast
