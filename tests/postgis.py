"""A throw-away PostgreSQL with PostGIS: its own files, no port, gone when the tests are over."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg2

from data.store import Store

TEMPLATE = "with_postgis"
TABLES = "with_tables"
QUICK = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=40"


def programs() -> Path:
    """The folder with initdb, of the newest PostgreSQL of Debian."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise FileNotFoundError("apt-get install postgresql postgresql-postgis (make test does)")
    return found[-1].parent


@dataclass
class Cluster:
    """A running server, reached through a socket in its own folder."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def start(self) -> None:
        """Start the server, also after ``stop``."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} {QUICK}"
        self._control("-l", self.folder / "log", "-o", options, "start")

    def stop(self) -> None:
        """Take the server away at once: whoever is connected is cut off."""
        self._control("-m", "immediate", "stop")

    def freeze(self) -> None:
        """Let it answer nobody, and refuse nobody either."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        first = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        whole = psutil.Process(int(first))
        for process in (whole, *whole.children(recursive=True)):
            process.send_signal(number)

    def _control(self, *command: str | Path) -> None:
        _call(programs() / "pg_ctl", "-D", self.folder / "data", "-w", *command)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def run(self, statement: str, database: str = "postgres") -> None:
        """Run one statement outside of a transaction."""
        with closing(self._connect(database)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)

    def files_of(self, url: str) -> Path:
        """The folder with the files of a database's tables."""
        name = url.split("/")[3].partition("?")[0]
        with closing(self._connect("postgres")) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_database WHERE datname = %s", (name,))
            return self.folder / "data" / "base" / str(cursor.fetchone()[0])

    def _connect(self, database: str) -> Any:
        return psycopg2.connect(
            host=str(self.folder), user="postgres", dbname=database, connect_timeout=10
        )

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """The address of a fresh database with PostGIS; of ``TABLES``, an empty store's."""
        name = f"test_{next(self.numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server; stop it and remove its files at the end."""
    folder = Path(tempfile.mkdtemp(prefix="vigia-pg-"))
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")  # PostgreSQL refuses to run as root
    try:
        _call(
            programs() / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8"
        )
        made = Cluster(folder)
        made.start()
        try:
            made.run(f"CREATE DATABASE {TEMPLATE}")
            made.run("CREATE EXTENSION postgis", TEMPLATE)
            made.run(f"CREATE DATABASE {TABLES} TEMPLATE {TEMPLATE}")
            Store.open(made.url(TABLES)).close()
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(*command: str | Path) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*as_postgres, *map(str, command)],
        stdout=subprocess.DEVNULL,  # the server would hold a pipe open
        stderr=subprocess.DEVNULL,
        cwd="/",
    )
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} ended with {done.returncode}")
