"""What Alembic runs: the caller gives the connection and ends the transaction."""

from alembic import context

from data.schema import VERSION_TABLE

context.configure(connection=context.config.attributes["connection"], version_table=VERSION_TABLE)
context.run_migrations()
