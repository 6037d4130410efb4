"""Scenarios of a whole project: only what hangs on the change changes, and only where it does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data.store import Store
from maps.levels import LEVELS
from maps.scenario_text import scenario_text
from models.scenario import compare_scores
from tests import tiny_project
from tests.maps.html import Blocks
from vigia import pipeline
from vigia.cli import app
from vigia.errors import MissingStepError, ModelError, ScenarioError
from vigia.project import Project, load_project
from vigia.scenario_file import parse_scenario
from vigia.scenario_told import told
from vigia.scenarios import OutcomeScenario, Worked, settings_of, work_out
from vigia.train_settings import train_settings

KM = "mining__distance__polygon"
CLOSE = 'close = { layer = "mining", feature = 1 }'
# Two registers of other layers: one that no factor is made of, and one that only detects.
MORE = """
[[layers]]
id = "drawn"
label = "Dibujo"
label_en = "Drawing"
path = "mines.csv"
lon = "lon"
lat = "lat"
role = "context"
source = "the tests"
date = "2020"
licence = "CC0-1.0"
attribution = "the tests"

[[layers]]
id = "police"
label = "Policía"
label_en = "Police"
path = "police.csv"
lon = "lon"
lat = "lat"
role = "detection"
source = "the tests"
date = "2020"
licence = "CC0-1.0"
attribution = "the tests"
factors = [{ measure = "distance", sign = "-" }]

[[cases]]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Twelve squares with a mine in the south west (1) and one in the north west (2)."""
    settings = tiny_project.SETTINGS.replace("\n[[cases]]\n", MORE, 1)
    folder = tiny_project.write(tmp_path_factory.mktemp("scenarios") / "project", settings)
    post = f"lon,lat\n{tiny_project.WEST + 0.5},{tiny_project.SOUTH + 0.5}\n"
    (folder / "police.csv").write_text(post)
    made = load_project(folder)
    pipeline.ingest(made)
    pipeline.build_features(made)
    pipeline.train(made, quick=True)
    return made


def worked(project: Project, text: str) -> Worked:
    return work_out(project, parse_scenario(text))


def only(found: Worked) -> OutcomeScenario:
    (one,) = found.outcomes
    return one


def test_closing_a_mine_lowers_the_districts_near_it_and_nobody_else(project: Project) -> None:
    found = worked(project, CLOSE)
    one = only(found)
    scores = one.scores.set_index("code")
    nearest_was_closed = {"010101", "010201", "020101"}  # the southern row but its far end
    assert set(scores.index[scores["moved"]]) == nearest_was_closed
    assert set(found.factors["code"]) == nearest_was_closed
    assert (found.factors["after"] > found.factors["before"]).all()
    assert (scores.loc[sorted(nearest_was_closed), "rate_change_high"] < 0).all()
    others = ~scores["moved"].to_numpy()
    assert one.before[:, others].tobytes() == one.after[:, others].tobytes()
    assert (scores.loc[others, ["rate_change", "rate_change_low", "rate_change_high"]] == 0).all(
        axis=None
    )
    assert scores["rate_ratio"].idxmin() == "010101"  # the mine was in it


def test_factors_before_are_those_that_the_run_was_trained_on(project: Project) -> None:
    found = worked(project, CLOSE)
    with pipeline.open_store(project) as store:
        features = store.latest_features()
    assert features is not None
    kept = features.table[KM].xs(found.year, level="year")
    assert found.year == 2023
    for row in found.factors.itertuples():
        assert row.before == kept[row.code]


def test_the_rate_after_is_the_closed_form(project: Project) -> None:
    found = worked(project, CLOSE)
    record = found.run.record
    with pipeline.open_store(project) as store:
        coefficients = store.coefficient_draws(record.id, "trafficking")
    (column,) = (c for c in record.validation["trafficking"]["columns"] if c["factor"] == KM)
    names = [c["factor"] for c in record.validation["trafficking"]["columns"]]
    one = only(found)
    row = found.factors.set_index("code").loc["010101"]

    def shaped(km: float) -> float:
        held = min(max(km, column["least"]), column["most"])
        return held if column["typical"] is None else float(np.log1p(held / column["typical"]))

    change = (shaped(row["after"]) - shaped(row["before"])) / column["scale"]
    place = one.scores["code"].tolist().index("010101")
    expected = one.before[:, place] * np.exp(coefficients[:, names.index(KM)] * change)
    np.testing.assert_allclose(one.after[:, place], expected, rtol=1e-12)


def test_what_was_before_is_what_the_run_says(project: Project) -> None:
    found = worked(project, CLOSE)
    with pipeline.open_store(project) as store:
        scores = store.scores(found.run.record.id)
    one = only(found).scores
    for name in ("score", "rank", "rate", "rate_low", "rate_high", "relative_risk", "rr_low"):
        np.testing.assert_allclose(one[f"{name}_before"], scores[name], rtol=1e-12)
    assert one["level_before"].tolist() == scores["level"].tolist()


def test_moved_to_where_it_is_nothing_changes_to_the_last_bit(project: Project) -> None:
    at = f"[{tiny_project.WEST + 0.05}, {tiny_project.SOUTH + 0.1}]"
    found = worked(project, f'move = {{ layer = "mining", feature = 1, to = {at} }}')
    one = only(found)
    assert one.before.tobytes() == one.after.tobytes()
    assert "nothing_moves" in found.notes
    assert not one.scores["moved"].any()
    assert (one.scores["score_change"] == 0).all()


def test_moving_is_closing_and_opening(project: Project) -> None:
    there = f"{tiny_project.WEST + 0.7}, {tiny_project.SOUTH + 0.1}"
    moved = worked(project, f'move = {{ layer = "mining", feature = 1, to = [{there}] }}')
    both = worked(project, f'{CLOSE}\nopen = {{ layer = "mining", at = [{there}] }}')
    np.testing.assert_allclose(only(moved).after, only(both).after, rtol=1e-6)
    raised = only(moved).scores.set_index("code")["rate_change"]
    assert raised["020201"] > 0 > raised["010101"]


def test_the_same_scenario_gives_the_same_numbers(project: Project) -> None:
    first, second = worked(project, CLOSE), worked(project, CLOSE)
    assert json.dumps(told(first)) == json.dumps(told(second))


def test_a_post_that_opens_moves_what_is_recorded_and_no_risk(project: Project) -> None:
    found = worked(project, 'open = { layer = "police", at = [-73.9, -8.9] }')
    assert not only(found).scores["moved"].any()
    assert "detection_only:police__distance__polygon" in found.notes
    assert found.factors.empty


def test_of_an_emptied_layer_nothing_is_known(project: Project) -> None:
    with pytest.raises(ModelError, match="leaves its factors unknown"):
        worked(project, 'close = { layer = "mining", feature = [1, 2] }')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('close = { layer = "mines", feature = 1 }', "no layer 'mines'.*drawn, mining, police"),
        ('close = { layer = "mining", feature = 9 }', "'mining' has no feature 9"),
        ('close = { layer = "drawn", feature = 1 }', "No factor of the run hangs on drawn"),
        ('travel = { way = "rivers", factor = 0.5 }', r"no ways 'rivers'.*no \[travel\]"),
        (
            'open = { layer = "mining", at = [0, 0], properties = { area_km2 = 1 } }',
            "of points, which have no area_km2",
        ),
    ],
)
def test_what_the_run_does_not_have_is_told(project: Project, text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        worked(project, text)


def test_a_run_of_an_earlier_version_has_to_be_trained_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Store.run

    def older(store: Store, name: str) -> object:
        record = whole(store, name)
        del record.validation["trafficking"]["columns"]  # type: ignore[attr-defined]
        return record

    monkeypatch.setattr(Store, "run", older)
    with pytest.raises(MissingStepError, match=r"earlier version trained it.*vigia train"):
        worked(project, CLOSE)


def test_the_runs_own_settings_count_and_not_those_of_today(project: Project) -> None:
    with pipeline.open_store(project) as store:
        record = store.run("latest")
    assert settings_of(record) == project.settings


def test_scores_are_made_by_what_makes_them_in_training(project: Project) -> None:
    found = worked(project, CLOSE)
    one = only(found)
    people = 10_000 + 1_000 * np.arange(12.0)
    again = compare_scores(
        one.before, one.after, one.scores["code"].tolist(), people, [""] * 12,
        train_settings(project.settings),
    )  # fmt: skip
    assert again.equals(one.scores[again.columns])


def command(*arguments: str | Path, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["scenario", *map(str, arguments)])
    assert (done.exit_code == 0) == (code == 0), done.output
    return done.output


def test_the_command_says_what_changes_most_under_its_label(
    project: Project, tmp_path: Path
) -> None:
    file = tmp_path / "closing.toml"
    file.write_text(f'name = "Cierra la mina"\n{CLOSE}\n')
    asked = [file, "--project", project.folder]
    text = command(*asked)
    assert text.startswith("ESCENARIO DEL MODELO, NO UN EFECTO CAUSAL\n«Cierra la mina»")
    lines = [line for line in text.splitlines() if line.startswith("  ")]
    assert lines[0].startswith("  010101 Distrito 1-1: tasa ")
    assert len(lines) == 3
    english = command(*asked, "--language", "en")
    assert english.startswith("MODEL SCENARIO, NOT A CAUSAL EFFECT")
    found = json.loads(command(*asked, "--json"))
    assert found["label"] == "escenario del modelo, no un efecto causal"
    out = tmp_path / "told.json"
    command(*asked, "--out", out)
    assert json.loads(out.read_text(encoding="utf-8")) == found


def test_the_command_writes_a_map_of_both_sides(project: Project, tmp_path: Path) -> None:
    file, out = tmp_path / "closing.toml", tmp_path / "mapa.html"
    file.write_text(f'name = "Cierra la mina"\n{CLOSE}\n')
    found = json.loads(command(file, "--project", project.folder, "--map", out, "--json"))
    page = Blocks(out.read_text(encoding="utf-8"))
    side = json.loads(page.data["against-scenario-trafficking"])
    (outcome,) = found["outcomes"]
    assert [LEVELS[int(one)] for one in side["levels"]] == [
        one["level_after"] for one in outcome["districts"]
    ]
    today = json.loads(page.data["vigia-data"])["outcomes"][0]
    assert [LEVELS[int(one)] for one in today["levels"]] == [
        one["level_before"] for one in outcome["districts"]
    ]
    assert len(side["told"]) >= 3
    assert "«Cierra la mina»" in side["said"][0]


def test_what_is_told_went_through_disclosure(project: Project) -> None:
    found = told(worked(project, CLOSE))
    assert set(found) == {
        *("label", "run", "name", "target_year", "factors_as_of", "changes", "notes"),
        *("factors", "outcomes"),
    }
    (outcome,) = found["outcomes"]
    assert set(outcome) == {"outcome", "label", "stage", "rates", "districts"}
    row = outcome["districts"][0]
    assert (row["code"], row["name"]) == ("010101", "Distrito 1-1")
    assert row["rate_low_before"] < row["rate_before"] < row["rate_high_before"]
    assert row["rate_before"] == round(row["rate_before"], 4)
    assert found["changes"] == [{"kind": "close", "layer": "mining", "feature": [1]}]


def test_no_fitted_model_and_no_estimator_is_loaded() -> None:
    code = (
        "import sys, vigia.scenario_told, models.scenario\n"
        "sys.exit(', '.join(m for m in sys.modules if m in ('sklearn', 'models.stage')) or None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_index_of_experts_tells_no_rate(tmp_path: Path) -> None:
    before, _, model = tiny_project.SETTINGS.partition("[model]")
    text = before[: before.index("[[cases]]")].replace('sign = "-"', 'sign = "-", weight = -0.7')
    folder = tiny_project.write(tmp_path / "p", f"{text}[model]{model}target_year = 2024\n")
    made = load_project(folder)
    pipeline.ingest(made)
    pipeline.build_features(made)
    pipeline.train(made, quick=True)
    found = work_out(made, parse_scenario(CLOSE))
    one = only(found)
    assert one.rates == "index"
    assert one.scores[["rate_before", "rate_high_after", "rate_change"]].isna().all(axis=None)
    assert one.scores.set_index("code").loc["010101", "rate_ratio"] < 1
    text = scenario_text(told(found), "es")
    assert "veces la de antes" in text
    assert "tasa " not in text.partition("Los que más cambian:")[2].partition("Qué se supone")[0]
