"""Where a store stands in the line of schemas, and bringing it forward."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from data.service_tables import whole_schema
from vigia.errors import StoreError

VERSION_TABLE = "vigia_revision"
PACKAGED = Path(__file__).parent / "migrations"

State = Literal["new", "head", "behind", "newer"]


@dataclass(frozen=True)
class Migrations:
    """The line of schemas in a folder of Alembic scripts."""

    folder: Path = PACKAGED

    @cached_property
    def scripts(self) -> ScriptDirectory:
        return ScriptDirectory.from_config(self._config())

    @property
    def head(self) -> str:
        return str(self.scripts.get_current_head())

    def revisions(self) -> list[str]:
        """All of them, the first first."""
        return [script.revision for script in self.scripts.walk_revisions()][::-1]

    def state(self, connection: Connection) -> State:
        """How the schema of a store compares with the newest one here.

        Raises
        ------
        StoreError
            When the database holds tables that are not a store's.
        """
        revision = current_revision(connection)
        if revision is None:
            _refuse_strangers(connection)
            return "new"
        if revision == self.head:
            return "head"
        return "behind" if revision in self.revisions() else "newer"

    def upgrade(self, connection: Connection, revision: str = "head") -> None:
        """Run the scripts up to ``revision`` within the caller's transaction."""
        config = self._config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    def create(self, connection: Connection, revision: str = "head") -> None:
        """Make the tables in an empty database, unless another process has just done it.

        ``connection`` is one that writes, so nobody else makes them meanwhile.
        """
        if current_revision(connection) is None:
            _need_postgis(connection)
            self.upgrade(connection, revision)

    def _config(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        return config


def current_revision(connection: Connection) -> str | None:
    """The schema that a store is at; None in an empty database."""
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
    return context.get_current_revision()


def _need_postgis(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        return
    try:
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS postgis"))
    except DBAPIError:
        raise StoreError(
            "The database has no PostGIS, and this user may not add it.",
            hint="Ask its owner to run once: CREATE EXTENSION postgis.",
        ) from None


def _refuse_strangers(connection: Connection) -> None:
    present = set(inspect(connection).get_table_names())
    if connection.dialect.name == "postgresql":
        present &= set(whole_schema().tables)  # a shared database may hold other things
    if present:
        raise StoreError(
            f"The database holds tables that are not vigia's ({', '.join(sorted(present)[:3])}).",
            hint="Name an empty database, or another file in [store] path.",
        )
