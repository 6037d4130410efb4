"""The project file: what it accepts, and how it says no."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from vigia.errors import ProjectError
from vigia.project import FILE_NAME, key_lines, load_project, parse_settings

TEMPLATE = files("vigia").joinpath("template.toml").read_text(encoding="utf-8")


def refusal(text: str) -> str:
    with pytest.raises(ProjectError) as caught:
        parse_settings(text)
    return caught.value.message


def test_the_template_is_a_valid_project_also_with_its_comments_taken_away() -> None:
    assert parse_settings(TEMPLATE).layers[0].factors[0].sign == "-"
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and ("=" in line or "[" in line) else line
        for line in TEMPLATE.splitlines()
    ]
    full = parse_settings("\n".join(lines))
    assert full.districts.capitals is not None
    assert full.population.points is not None
    assert full.districts.changes[0].year == 2014


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ('role = "risk"', 'rol = "risk"', "unknown key 'layers[1].rol'. Did you mean 'role'?"),
        ("[model]", "[modle]", "unknown key 'modle'. Did you mean 'model'?"),
        ("seed = 1", 'seed = 1\ndraws = "200"', "'model.draws': Input should be a valid integer"),
        ("seed = 1", "seed = 1\ndraws = 3", "greater than or equal to 100"),
        ("seed = 1", "seed = 1\nrefits = 200", "unknown key 'model.refits'"),
        ("seed = 1", "seed = 1\nreporting = { share = 1.0 }", "'model.reporting.share'"),
        ("seed = 1", "seed = 1\nweights = { harm = 2.0 }", "'model.weights.harm"),
        ('date = "2025"\nlicence', "date = 2025\nlicence", "'layers[1].date'"),
        ('count = "count"', "", "'cases[1].count' is missing"),
        ('id = "mining"', 'id = "Mining zone"', "'layers[1].id'"),
        ('measure = "share_of_area"', 'mesure = "share_of_area"', "Did you mean 'measure'?"),
        ('role = "risk"', 'role = "context"', "a context layer is drawn, never modelled"),
        ('year_column = "year" # or', 'year = 2020\nyear_column = "year" # or', "either year"),
        ("province_digits = 4", "province_digits = 8", "code digits must nest"),
        ('timezone = "America/Lima"', 'timezone = "Mars/Base"', "no time zone 'Mars/Base'"),
        ('timezone = "America/Lima"', 'timezone = "../zone"', "no time zone '../zone'"),
        ('timezone = "America/Lima"', 'timezone = ""', "no time zone ''"),
        ('path = "cases.csv"', 'path = ""', "'cases[1].path'"),
        ('path = "cases.csv"', 'path = "c.csv"\ndelimiter = ";;"', "'cases[1].delimiter'"),
        (
            "probability = 0.8",
            "probability = 0.8\nthreshold_per_100k = inf",
            "'publish.threshold_per_100k': Input should be a finite",
        ),
        ('sign = "+" }', 'sign = "+", weight = -0.5 }', "goes against the sign '+'"),
        (
            '{ measure = "share_of_area"',
            '{ measure = "share_of_area" }, { measure = "share_of_area"',
            "the same measure and support",
        ),
    ],
)
def test_a_mistake_is_told_with_line_key_and_nearest_name(
    right: str, wrong: str, said: str
) -> None:
    assert right in TEMPLATE
    message = refusal(TEMPLATE.replace(right, wrong, 1))
    assert said in message
    assert "line " in message


def test_the_line_is_the_line_of_the_mistake() -> None:
    text = TEMPLATE.replace('role = "risk"', 'rol = "risk"', 1)
    number = 1 + [line.startswith("rol ") for line in text.splitlines()].index(True)
    assert f"line {number}: unknown key" in refusal(text)


def test_lines_inside_arrays_of_tables() -> None:
    text = "[[layers]]\nid = 1\n[[layers]]\nid = 2\n[layers.more]\nx = 1\n"
    lines = key_lines(text)
    assert lines["layers", 1, "id"] == 4
    assert lines["layers", 1, "more", "x"] == 6


def test_two_layers_of_one_name_are_refused() -> None:
    layer = TEMPLATE[TEMPLATE.index("[[layers]]") : TEMPLATE.index("[[cases]]")]
    assert "'mining' more than once" in refusal(TEMPLATE + layer)


def test_no_file_broken_toml_and_bytes_that_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no vigia.toml"):
        load_project(tmp_path)
    (tmp_path / FILE_NAME).write_text("[area\n")
    with pytest.raises(ProjectError, match="not valid TOML.*line 1"):
        load_project(tmp_path)
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProjectError, match="UTF-8"):
        load_project(tmp_path)


@pytest.mark.parametrize("more", ["x = 1" + "0" * 5000, "x = " + "[" * 5000 + "]" * 5000])
def test_toml_that_python_cannot_hold(more: str) -> None:
    assert "not valid TOML" in refusal(more)


@pytest.mark.parametrize("path", [".", "a**b/*.csv", "a" * 5000, "a" * 5000 + "*", "\0*", "**"])
def test_paths_that_are_none(path: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(TEMPLATE)
    project = load_project(tmp_path)
    spec = project.settings.population.model_copy(update={"path": path})
    with pytest.raises(ProjectError, match=r"No file|cannot be used") as caught:
        project.files(spec)
    assert len(caught.value.message) < 6000


@pytest.mark.parametrize("path", ["vigia.toml/store", "a\0b/store", "a" * 5000 + "/store"])
def test_a_store_in_a_folder_that_cannot_be_made(path: str, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(TEMPLATE)
    project = load_project(tmp_path)
    store = project.settings.store.model_copy(update={"path": path})
    settings = project.settings.model_copy(update={"store": store})
    with pytest.raises(ProjectError, match="cannot be made"):
        replace(project, settings=settings).store_url()


def test_a_file_where_the_runtime_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(TEMPLATE)
    (tmp_path / "var").write_text("")
    with pytest.raises(ProjectError, match="cannot be made"):
        _ = load_project(tmp_path).var


def test_input_paths_follow_the_data_folder(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(TEMPLATE)
    data = tmp_path / "elsewhere"
    data.mkdir()
    project = load_project(tmp_path, data)
    with pytest.raises(ProjectError, match=r"No file 'population\.csv'"):
        project.files(project.settings.population)
    (data / "population.csv").write_text("code,people,year\n")
    assert project.files(project.settings.population) == (data / "population.csv",)
    with pytest.raises(ProjectError, match="does not exist"):
        load_project(tmp_path, tmp_path / "nowhere")


def test_a_pattern_takes_every_file_in_order(tmp_path: Path) -> None:
    text = TEMPLATE.replace('path = "cases.csv"', 'path = "cases_*.csv"')
    (tmp_path / FILE_NAME).write_text(text)
    for year in (2021, 2019, 2020):
        (tmp_path / f"cases_{year}.csv").write_text("code,year,count\n")
    project = load_project(tmp_path)
    found = [path.name for path in project.files(project.settings.cases[0])]
    assert found == ["cases_2019.csv", "cases_2020.csv", "cases_2021.csv"]


def test_the_store_is_the_projects_own_file_or_what_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FILE_NAME).write_text(TEMPLATE)
    project = load_project(tmp_path)
    monkeypatch.delenv("VIGIA_STORE_URL", raising=False)
    assert project.store_url() == f"sqlite:///{tmp_path.resolve() / 'var' / 'store.sqlite'}"
    monkeypatch.setenv("VIGIA_STORE_URL", "postgresql+psycopg2://somewhere/vigia")
    assert project.store_url() == "postgresql+psycopg2://somewhere/vigia"


def test_an_outcome_has_one_stage() -> None:
    section = TEMPLATE[TEMPLATE.index("[[cases]]") : TEMPLATE.index("[model]")]
    again = section.replace('id = "complaints"', 'id = "again"')
    assert len(parse_settings(TEMPLATE + again).cases) == 2
    with pytest.raises(ProjectError, match="'again'.*'transit'.*different outcomes"):
        parse_settings(TEMPLATE + again + 'stage = "transit"\n')


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ('date = "2025"', 'date = "2025-13"', "'layers\\[1\\].date'"),
        ('date = "2025"', 'date = "2025-02-32"', "'layers\\[1\\].date'"),
        ("probability = 0.8", "very_high_multiple = 0.5", "below high_multiple"),
        ('outcome = "complaints"', 'outcome = "composite"', "'composite' is made by training"),
        (
            'outcome = "complaints"',
            'outcome = "expert_index"',
            "'expert_index' is made by training",
        ),
    ],
)
def test_what_cannot_be_is_refused_when_it_is_read(good: str, bad: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said):
        parse_settings(TEMPLATE.replace(good, bad, 1))
