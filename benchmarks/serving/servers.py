"""The servers that are measured: each one process on a free port, ended with its block."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from benchmarks.serving.region import TABLE

ROOT = Path(__file__).parent.parent.parent
SECONDS_TO_START, SECONDS_TO_END = 120, 30
OURS = "benchmarks.serving.ours:app"
UVICORN = ("-m", "uvicorn", "--host", "127.0.0.1", "--log-level", "error", "--no-access-log")


@dataclass(frozen=True)
class Server:
    """Where it is, and its process."""

    base: str
    pid: int

    def send(self, number: signal.Signals) -> None:
        """A signal to its process."""
        os.kill(self.pid, number)

    def pss_mb(self) -> float:
        """Its share of the memory, in MiB."""
        lines = Path(f"/proc/{self.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        (pss,) = (line.split()[1] for line in lines if line.startswith("Pss:"))
        return int(pss) / 1024


@contextmanager
def ours(url: str, folder: Path) -> Iterator[Server]:
    """The service of this project."""
    about = {"VIGIA_STORE_URL": url, "VIGIA_ACCESS": str(folder / "access")}
    with _uvicorn(Path(sys.executable), OURS, about) as one:
        yield one


@contextmanager
def bare(kind: str, body: Path, media_type: str) -> Iterator[Server]:
    """A server (``fastapi`` or ``asgi``) of one file."""
    about = {"BARE_BYTES": str(body), "BARE_TYPE": media_type}
    with _uvicorn(Path(sys.executable), f"benchmarks.serving.bare:{kind}_app", about) as one:
        yield one


@contextmanager
def tipg(python: Path, url: str) -> Iterator[Server]:
    """tipg, with its defaults but for the most features a page may have."""
    user, name, folder = _parts(url)
    about = {
        "DATABASE_URL": f"postgresql://{user}@{quote(folder, safe='')}/{name}",
        "TIPG_MAX_FEATURES_PER_QUERY": "10000",
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DB_TABLES": f'["public.{TABLE}"]',
    }
    with _uvicorn(python, "tipg.main:app", about) as one:
        yield one


@contextmanager
def pygeoapi(python: Path, url: str, folder: Path) -> Iterator[Server]:
    """Its peer in pure Python, with its PostgreSQL provider."""
    config, document = folder / "pygeoapi.yml", folder / "openapi.yml"
    port = _free_port()
    config.write_text(json.dumps(_pygeoapi(url, port)), encoding="utf-8")  # JSON is YAML
    about = {"PYGEOAPI_CONFIG": str(config), "PYGEOAPI_OPENAPI": str(document)}
    program = python.with_name("pygeoapi")
    subprocess.run(
        [program, "openapi", "generate", config, "--output-file", document],
        check=True,
        env=os.environ | about,
        stdout=subprocess.DEVNULL,
    )
    with _uvicorn(python, "pygeoapi.starlette_app:APP", about, port) as one:
        yield one


@contextmanager
def _uvicorn(
    python: Path, application: str, about: dict[str, str], port: int | None = None
) -> Iterator[Server]:
    port = port or _free_port()
    factory = ["--factory"] if application == OURS else []
    process = subprocess.Popen(
        [str(python), *UVICORN, "--port", str(port), *factory, application],
        cwd=ROOT,
        env=os.environ | about,
        stdout=subprocess.DEVNULL,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait(base, process)
        yield Server(base, process.pid)
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; who still answers somebody after a while is killed."""
    process.terminate()
    try:
        process.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait(base: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"The server ended by itself with {process.returncode}.")
        try:
            urllib.request.urlopen(base, timeout=5).close()  # noqa: S310 - of this machine
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The server does not answer.")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def _parts(url: str) -> tuple[str, str, str]:
    """User, database and folder of the socket in the address of a throw-away database."""
    rest, _, folder = url.partition("?host=")
    user, _, name = rest.removeprefix("postgresql://").partition("@/")
    return user, name, folder


def _pygeoapi(url: str, port: int) -> dict[str, object]:
    user, name, folder = _parts(url)
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": {"host": folder, "dbname": name, "user": user, "password": "none"},
        "id_field": "code",
        "table": TABLE,
        "geom_field": "geometry",
    }
    nowhere = "http://127.0.0.1/none"
    words = {"title": "scores", "description": "scores", "keywords": ["scores"]}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": port},
            "url": f"http://127.0.0.1:{port}",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "gzip": True,
            "languages": ["en-US"],
            "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": nowhere, "attribution": "none"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {**words, "keywords_type": "theme", "terms_of_service": nowhere}
            | {"url": nowhere},
            **{who: {"name": "none", "url": nowhere} for who in ("license", "provider")},
            "contact": {"name": "none", "email": "none", "url": nowhere},
        },
        "resources": {
            "scores": {
                "type": "collection",
                **words,
                "links": [],
                "extents": {"spatial": {"bbox": [-90, -20, -60, 5]}},
                "providers": [provider],
            }
        },
    }
