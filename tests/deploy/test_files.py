"""The files of deploy/: right in form, closed in what they open, and of one mind with the docs."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from vigia.cli import app

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose.yaml"


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(COMPOSE.read_text())


@pytest.mark.parametrize("file", [COMPOSE, ROOT / "docs" / "compose.yaml"])
def test_compose_files_keep_the_compose_specification(file: Path) -> None:
    assert _schema(file).returncode == 0


def test_the_check_of_compose_files_can_fail(tmp_path: Path) -> None:
    wrong = tmp_path / "compose.yaml"
    wrong.write_text(COMPOSE.read_text().replace("network_mode:", "network_mood:"))
    assert _schema(wrong).returncode != 0


def _schema(file: Path) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).parent / "check-jsonschema"
    command = [tool, "--builtin-schema", "vendor.compose-spec", file]
    return subprocess.run(command, capture_output=True, text=True)


def test_the_database_is_reached_by_the_service_alone(compose: Any) -> None:
    postgis = compose["services"]["postgis"]
    assert "ports" not in postgis
    assert postgis["networks"] == ["store"]
    assert compose["networks"]["store"]["internal"] is True
    others = [
        name for name, one in compose["services"].items() if "store" in one.get("networks", ())
    ]
    assert sorted(others) == ["postgis", "vigia"]


def test_keys_leave_the_loopback_with_tls_alone(compose: Any) -> None:
    vigia, proxy = compose["services"]["vigia"], compose["services"]["proxy"]
    assert proxy["network_mode"] == "service:vigia"
    assert vigia["ports"] == ["80:80", "443:443"]
    assert "--host" not in vigia["command"]
    assert "--public" not in vigia["command"]


def test_the_service_may_do_little(compose: Any) -> None:
    vigia = compose["services"]["vigia"]
    assert vigia["read_only"] is True
    assert vigia["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in vigia["security_opt"]
    assert re.search(r"^USER vigia$", (DEPLOY / "Containerfile").read_text(), re.MULTILINE)


def test_every_variable_is_in_the_example_and_no_secret_in_a_file(compose: Any) -> None:
    text = COMPOSE.read_text()
    used = set(re.findall(r"\$\{(\w+)", text))
    example = (DEPLOY / "compose.env.example").read_text()
    said = dict(re.findall(r"^(\w+)=(.*)$", example, re.MULTILINE))
    assert used == set(said)
    assert said["VIGIA_DB_PASSWORD"] == ""
    template = (DEPLOY / "nginx.conf.template").read_text()
    proxy = compose["services"]["proxy"]["environment"]
    assert set(re.findall(r"\$\{(VIGIA\w+)\}", template)) == set(proxy)


def test_what_the_image_is_made_of_is_there() -> None:
    text = (DEPLOY / "Containerfile").read_text()
    copied = [name for row in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
              for name in row.split()]  # fmt: skip
    assert len(copied) > 5
    for name in copied:
        assert (ROOT / name).exists(), name
    kept = (DEPLOY / "Containerfile.dockerignore").read_text()
    assert set(copied) == set(re.findall(r"^!(\S+)$", kept, re.MULTILINE))
    assert re.search(r"^uv==[0-9.]+ ", (ROOT / "requirements.lock").read_text(), re.MULTILINE)


def test_the_image_has_what_briefs_are_drawn_with() -> None:
    """The packages that the tests' own PDFs need."""
    text, makefile = (DEPLOY / "Containerfile").read_text(), (ROOT / "Makefile").read_text()
    assert ".[pdf]" in text
    for package in ("libpangoft2-1.0-0", "fonts-liberation"):
        assert package in text, package
        assert package in makefile, package


def test_the_unit_is_one_for_systemd(tmp_path: Path) -> None:
    tool = shutil.which("systemd-analyze")
    assert tool, "apt-get install systemd (make test does)"
    unit = tmp_path / "vigia.service"
    unit.write_text(_unit_text().replace("/opt/vigia/bin/vigia", "/bin/true"))
    done = subprocess.run([tool, "verify", "--man=no", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("Restart=on-failure", "Restart=perhaps"))
    done = subprocess.run([tool, "verify", "--man=no", unit], capture_output=True, text=True)
    assert "perhaps" in done.stderr


def test_the_unit_may_do_little() -> None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(_unit_text())
    service = parser["Service"]
    assert service["User"] == "vigia"
    for name in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["ReadWritePaths"] == service["WorkingDirectory"]


def test_the_commands_that_they_run_exist(compose: Any) -> None:
    serve = get_command(app).commands["serve"]  # type: ignore[attr-defined]
    known = {spelling for option in serve.params for spelling in option.opts}
    command = re.search(r"^ExecStart=(.*)$", _unit_text(), re.MULTILINE)
    assert command
    for words in (compose["services"]["vigia"]["command"], command[1].split()[1:]):
        assert words[0] == "serve"
        assert {one for one in words if one.startswith("--")} <= known


def _unit_text() -> str:
    return (DEPLOY / "vigia.service").read_text()


@pytest.mark.parametrize("name", ["admin.md", "admin.es.md"])
def test_the_guide_names_commands_files_and_sections_that_exist(name: str) -> None:
    text = (ROOT / "docs" / name).read_text()
    group: Any = get_command(app)
    for words in re.findall(r"(?:^|[`; ])vigia ((?:[a-z]+ ?)+)", text, re.MULTILINE):
        first, *rest = words.split()
        if first in group.commands:
            inner = getattr(group.commands[first], "commands", None)
            assert inner is None or not rest or rest[0] in inner or rest == ["vigia"], words
    for command in re.findall(r"`vigia ([a-z]+)", text):
        assert command in group.commands, command
    for file in re.findall(r"deploy/[\w.]+\w", text):
        assert (ROOT / file).exists() or file == "deploy/.env", file
    for target, anchor in re.findall(r"\]\(([\w.]+\.md)#?([\w-]*)\)", text):
        headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / target).read_text(), re.MULTILINE)
        assert not anchor or anchor in {one.lower().replace(" ", "-") for one in headings}, anchor


def test_both_guides_say_the_same() -> None:
    blocks, shapes = [], []
    for name in ("admin.md", "admin.es.md"):
        text = (ROOT / "docs" / name).read_text()
        blocks.append(re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE))
        shapes.append([len(one) for one in re.findall(r"^(#+) ", text, re.MULTILINE)])
    assert blocks[0] == blocks[1]
    assert shapes[0] == shapes[1]


def test_the_guide_fills_in_every_name_of_the_proxy() -> None:
    template = (DEPLOY / "nginx.conf.template").read_text()
    told = re.search(r"envsubst '([^']+)'", (ROOT / "docs" / "admin.md").read_text())
    assert told
    assert set(re.findall(r"\$(\w+)", told[1])) == set(re.findall(r"\$\{(VIGIA\w+)\}", template))
