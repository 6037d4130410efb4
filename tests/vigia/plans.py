"""``vigia plan`` as tests call it."""

from __future__ import annotations

from typer.testing import CliRunner

from vigia.cli import app
from vigia.errors import VigiaError
from vigia.project import Project


def plan(project: Project, *more: str, command: str = "sites") -> str:
    """What it prints."""
    done = CliRunner().invoke(app, _asked(project, command, more))
    assert done.exit_code == 0, done.output
    return done.output


def refused(project: Project, *more: str, command: str = "sites") -> VigiaError:
    """The error that it ends with."""
    done = CliRunner().invoke(app, _asked(project, command, more))
    assert isinstance(done.exception, VigiaError), done.output
    return done.exception


def _asked(project: Project, command: str, more: tuple[str, ...]) -> list[str]:
    return ["plan", command, "--project", str(project.folder), *more]
