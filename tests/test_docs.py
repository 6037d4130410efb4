"""The docs are held to the code: an undocumented command, key, route or error code fails here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import click
import pytest
import typer
from pydantic import BaseModel

from vigia import errors, settings
from vigia.cli import app

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def test_every_command_and_option_is_documented() -> None:
    text = read("commands.md")
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    for name, command in group.commands.items():
        assert f"`vigia {name}" in text, f"vigia {name} is not in docs/commands.md"
        for option in command.params:
            for spelling in option.opts:
                if spelling.startswith("--") and spelling != "--help":
                    assert spelling in text, f"{spelling} of vigia {name} is not documented"


def test_every_exit_code_is_documented() -> None:
    text = read("commands.md")
    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.VigiaError)
    }
    missing = [code for code in codes if f"| {code} |" not in text]
    assert not missing


def test_every_warning_of_a_run_is_documented() -> None:
    catalogue = (ROOT / "maps" / "messages" / "es.toml").read_text(encoding="utf-8")
    keys = set(tomllib.loads(catalogue)["warning"]) - {"other"}
    missing = {key for key in keys if f"`{key}`" not in read("api.md")}
    assert not missing


def sections() -> list[tuple[str, str]]:
    models = [
        kind
        for kind in vars(settings).values()
        if isinstance(kind, type)
        and issubclass(kind, BaseModel)
        and kind.__module__.startswith("vigia.settings.")
    ]
    return sorted((kind.__name__, field) for kind in models for field in kind.model_fields)


@pytest.mark.parametrize(("model", "field"), sections())
def test_every_key_of_the_project_file_is_documented(model: str, field: str) -> None:
    text = read("project-file.md")
    if model == "ProjectSettings":
        assert re.search(rf"\[{field}\]", text), f"[{field}] is not in docs/project-file.md"
    else:
        assert f"`{field}`" in text, f"{field} of {model} is not in docs/project-file.md"


def test_the_docs_name_no_key_that_is_gone() -> None:
    fields = {field for _, field in sections()}
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", read("project-file.md"), flags=re.MULTILINE)
    named = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert named <= fields


@pytest.mark.parametrize("name", ["README.md", "README.es.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_files_and_make_targets_that_the_texts_name_exist(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), f"{name} names {target}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`make (\w+)", text):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), f"{name}: make {target}"


def test_both_readmes_say_the_same() -> None:
    """Same headings in number and depth, same commands, same pictures, same numbers."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.es.md")]
    headings = [re.findall(r"^(#+) ", text, flags=re.MULTILINE) for text in texts]
    blocks = [
        re.findall(r"^    (?!#)(\S.*?)(?:\s{2,}#.*)?$", text, flags=re.MULTILINE) for text in texts
    ]
    pictures = [re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text) for text in texts]
    tables = [
        re.findall(r"\d+(?:[.,]\d+)*", "\n".join(re.findall(r"^\|.*\|$", text, flags=re.MULTILINE)))
        for text in texts
    ]
    assert headings[0] == headings[1]
    assert blocks[0] == blocks[1]
    assert pictures[0] == pictures[1]
    assert [n.replace(",", "").replace(".", "") for n in tables[0]] == [
        n.replace(",", "").replace(".", "") for n in tables[1]
    ]
