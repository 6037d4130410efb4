"""What serving needs beside runs: plans and jobs, who may ask, what was told, who is called."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
)

from data import tables
from data.columns import TEXT, Json, integer, metadata, number, of, text


def whole_schema() -> MetaData:
    """Every table of a store: those here, and those that they refer to."""
    return tables.runs.metadata


# What was answered of a publication, as it left, deflated: nothing makes it anew.

answers = Table(
    "answers",
    metadata,
    of("publication", "publications"),
    Column("code", TEXT, primary_key=True),
    Column("scores", LargeBinary, nullable=False),
    Column("district", LargeBinary, nullable=False),
    Index("ix_answers_code", "code"),
)

# Plans of a run, written once and whole; ``result`` is what a planner may see, and no more.

plans = Table(
    "plans",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),
    text("kind"),
    Column("run", ForeignKey("runs.number"), nullable=False),
    Column("request", Json, nullable=False),
    Column("result", Json, nullable=False),
    text("created_at"),
    Column("versions", Json, nullable=False),
)

# What is to be done, in its order. ``attempts`` tells a worker's hold of a job from an earlier one.

jobs = Table(
    "jobs",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),
    text("kind"),
    Column("request", Json, nullable=False),
    text("state"),
    Column("cancelling", Boolean, nullable=False),
    Column("progress", Json),
    Column("error", Json),
    text("result", null=True),
    integer("attempts"),
    integer("deaths"),
    text("created_at"),
    text("started_at", null=True),
    text("ended_at", null=True),
    text("heartbeat", null=True),
    text("host", null=True),
    integer("pid", null=True),
)

# Who may ask over HTTP. Of a secret only its hash is here; ``prefix`` is its public beginning.

keys = Table(
    "keys",
    metadata,
    number(),
    Column("prefix", TEXT, nullable=False, unique=True),
    text("sha256"),
    text("name"),
    text("role"),
    Column("collections", Json, nullable=False),  # []: all
    Column("stages", Json, nullable=False),  # []: all
    text("resolution"),
    integer("per_minute"),
    text("created_at"),
    text("expires_at"),
    text("revoked_at", null=True),
    text("replaced_by", null=True),
)

# People who log in

people = Table(
    "people",
    metadata,
    number(),
    Column("name", TEXT, nullable=False, unique=True),
    text("role"),
    text("password"),  # argon2id, with its salt and costs
    text("created_at"),
    text("revoked_at", null=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("sha256", TEXT, primary_key=True),
    Column("person", Integer, ForeignKey("people.number"), nullable=False),
    text("created_at"),
    text("seen_at"),
    text("expires_at"),
)

# What was told of counts, already suppressed. It outlives its run: whoever has it has it for ever.

releases = Table(
    "releases",
    metadata,
    number(),
    text("run"),
    text("audience"),
    text("at"),
    Column("content", Json, nullable=False),
    UniqueConstraint("run", "audience"),
)

withdrawals = Table(
    "withdrawals",
    metadata,
    number(),
    Column("run", TEXT, nullable=False, unique=True),
    text("at"),
    text("why"),
    text("by"),
)

# Who is called when another run is published. The secret signs, so that it cannot be a hash.

webhooks = Table(
    "webhooks",
    metadata,
    number(),
    Column("id", TEXT, nullable=False, unique=True),
    text("url"),
    text("secret"),
    text("created_at"),
    text("delivered_at", null=True),
    text("failing_since", null=True),
    text("ended_at", null=True),
    text("ended_why", null=True),
)

# What is still to be delivered; what was is deleted.

deliveries = Table(
    "deliveries",
    metadata,
    number(),
    Column("webhook", ForeignKey("webhooks.number"), nullable=False),
    text("message"),
    text("body"),
    integer("attempts"),
    text("next_at"),
)
