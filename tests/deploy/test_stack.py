"""The pieces of the compose file as plain processes: PostGIS, the service, and nginx with TLS."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import string
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from api.guarded import HEAD_BYTES
from api.ogc.filter import MOST_CHARACTERS
from data.keys import add_key, revoke_key
from data.people import add_person
from data.store import Store
from tests.api.serving import served_project, serving
from tests.api.test_login import GOOD, token_in
from tests.maps.region import RUN_ID
from tests.postgis import Cluster

pytestmark = pytest.mark.postgis
ROOT = Path(__file__).parents[2]
HOST = "localhost"
Answer = tuple[int, str, dict[str, str]]  # status, text, headers
SERVE = """
[serve]
hosts = ["localhost"]
trusted_proxies = ["127.0.0.1/32"]
identity_header = "X-Auth-Request-Preferred-Username"
role_header = "X-Auth-Request-Groups"
roles = { chiefs = "admin" }
"""
WRAPPED = """
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/vigia.conf;
}}
"""


@dataclass
class Stack:
    """Where the proxy answers, and what is behind it."""

    https: int
    http: int
    behind: int
    trust: ssl.SSLContext
    store_url: str
    access: Path

    def opener(self, *more: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
        return urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.trust), NoRedirect(), *more
        )

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        request = urllib.request.Request(
            f"https://{HOST}:{self.https}{path}", headers=headers or {}
        )
        return answered(self.opener(), request)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:  # type: ignore[override]
        return None


def answered(opener: urllib.request.OpenerDirector, request: urllib.request.Request) -> Answer:
    try:
        with opener.open(request, timeout=30) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


@pytest.fixture(scope="module")
def stack(postgis_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with postgis_cluster.database() as url:
        project = served_project(folder / "project", SERVE, url=url)
        errors = folder / "errors"
        with (
            serving(project, "--workers", "2", errors=errors, url=url) as (port, _),
            nginx(folder / "nginx", port) as (https, http),
        ):
            trust = ssl.create_default_context(cafile=folder / "nginx" / "fullchain.pem")
            yield Stack(https, http, port, trust, url, project.var / "access")


@contextmanager
def nginx(folder: Path, behind: int) -> Iterator[tuple[int, int]]:
    """Debian's nginx with deploy/nginx.conf.template, as the image fills it in."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    assert program, "apt-get install nginx-light (make test does)"
    folder.mkdir()
    _certificate(folder)
    https, http = _free_port(), _free_port()
    values = {
        "VIGIA_HOST": HOST,
        "VIGIA_PORT": str(behind),
        "VIGIA_HTTP": f"127.0.0.1:{http}",
        "VIGIA_HTTPS": f"127.0.0.1:{https}",
        "VIGIA_CERTS": str(folder),
    }
    template = (ROOT / "deploy" / "nginx.conf.template").read_text()
    # As envsubst of the image does it: what is no variable of the environment stays.
    (folder / "vigia.conf").write_text(string.Template(template).safe_substitute(values))
    (folder / "nginx.conf").write_text(WRAPPED.format(folder=folder))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c"]
    command.append(str(folder / "nginx.conf"))
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True)
    assert tested.returncode == 0, tested.stderr
    process = subprocess.Popen(command)
    try:
        _until_open(https)
        yield https, http
    finally:
        process.terminate()
        process.wait(30)


def _certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _until_open(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_key_works_over_tls(stack: Stack) -> None:
    with Store.open(stack.store_url) as store:
        made, written = add_key(store, "x")
        time.sleep(1.1)  # the workers look at the keys every second
        status, text, headers = stack.get("/v1/runs", {"X-API-Key": written})
        assert status == 200
        assert RUN_ID in text
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        revoke_key(store, made.prefix)
        time.sleep(1.1)
        assert stack.get("/v1/runs", {"X-API-Key": written})[0] == 401
    assert stack.get("/v1/runs")[0] == 401


def test_without_tls_there_is_nothing_but_the_way_to_it(stack: Stack) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{stack.http}/v1/runs?x=1", headers={"Host": HOST}
    )
    status, _, headers = answered(stack.opener(), request)
    assert status == 308
    assert headers["Location"] == f"https://{HOST}/v1/runs?x=1"


def test_other_names_get_no_certificate(stack: Stack) -> None:
    address = ("127.0.0.1", stack.https)
    with socket.create_connection(address) as plain, pytest.raises(ssl.SSLError):
        stack.trust.wrap_socket(plain, server_hostname="evil.example")


def test_nobody_names_himself_through_the_proxy(stack: Stack) -> None:
    forged = {
        "X-Auth-Request-Preferred-Username": "ana",
        "X-Auth-Request-Groups": "chiefs",
        "X-Forwarded-For": "203.0.113.7",
    }
    assert stack.get("/metrics", forged)[0] == 401
    # What the proxy itself says is believed, so that the header is configured right.
    direct = urllib.request.Request(f"http://127.0.0.1:{stack.behind}/metrics", headers=forged)
    assert answered(urllib.request.build_opener(), direct)[0] == 200


def test_filters_of_the_permitted_length_pass_the_proxy(stack: Stack) -> None:
    with Store.open(stack.store_url) as store:
        key = {"X-API-Key": add_key(store, "x")[1]}
        time.sleep(1.1)  # the workers look at the keys every second
    asked = f"name = '{'ñ' * (MOST_CHARACTERS - 20)}'"
    items = "/ogc/collections/scores_recruitment/items?limit=1&filter="
    assert stack.get(items + urllib.parse.quote(asked), key)[0] == 200
    assert stack.get(f"/health?x={'a' * (HEAD_BYTES + 1000)}")[0] == 414


def test_one_address_has_a_hundred_requests_at_once(stack: Stack) -> None:
    begun = f"POST /login HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 9\r\n\r\n".encode()
    with ExitStack() as opened:
        for _ in range(100):
            plain = opened.enter_context(socket.create_connection(("127.0.0.1", stack.https)))
            one = opened.enter_context(stack.trust.wrap_socket(plain, server_hostname=HOST))
            one.sendall(begun)
        end = time.monotonic() + 10
        while stack.get("/health")[0] != 429:  # nginx has to have read them all
            assert time.monotonic() < end
    end = time.monotonic() + 10
    while stack.get("/health")[0] != 200:
        assert time.monotonic() < end


def test_a_person_logs_in_over_tls(stack: Stack) -> None:
    with Store.open(stack.store_url) as store:
        add_person(store, "ana", "viewer", GOOD)
    jar = CookieJar()
    opener = stack.opener(urllib.request.HTTPCookieProcessor(jar))
    base = f"https://{HOST}:{stack.https}"

    def ask(path: str, form: dict[str, str] | None = None) -> Answer:
        data = urllib.parse.urlencode(form).encode() if form else None
        headers = {"Accept": "text/html"} | ({"Origin": base} if form else {})
        return answered(opener, urllib.request.Request(f"{base}{path}", data, headers))  # noqa: S310

    status, _, headers = ask("/plan")
    assert (status, headers["location"]) == (303, "/login?next=%2Fplan")
    csrf = token_in(ask(headers["location"])[1])
    form = {"name": "ana", "password": GOOD, "csrf": csrf}
    status, _, headers = ask("/login?next=%2Fplan", form)
    assert (status, headers["location"]) == (303, "/plan")
    assert {cookie.name for cookie in jar} == {"__Host-vigia_session", "__Host-vigia_csrf"}
    assert all(cookie.secure for cookie in jar)
    assert ask("/plan")[0] == 200
    lines = [json.loads(line) for file in stack.access.iterdir()
             for line in file.read_text().splitlines()]  # fmt: skip
    assert "person:ana" in {line["caller"] for line in lines}
