"""The region as a project folder: files, the project file that reads them, and the truth apart."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from string import Template

from data.synthetic.case_files import write_cases
from data.synthetic.files import write_csv
from data.synthetic.layer_files import write_layers
from data.synthetic.plane import to_degrees
from data.synthetic.region import Region
from data.synthetic.truth import write_truth

PROJECT_FILE = "vigia.toml"
SEEDS = 2**32  # of [model], which takes no bigger one


def write_project(region: Region, folder: Path, version: int) -> None:
    """Write everything; the project file last, so that a folder with one is whole."""
    write_layers(region, folder / "datos")
    write_cases(region, folder / "datos" / "casos")
    write_effort(region, folder / "datos")
    write_truth(region, folder / "truth", version)
    template = Template(files("data.synthetic").joinpath("project.toml").read_text("utf-8"))
    last = region.params.first_year + region.params.years - 1
    text = template.substitute(
        seed=region.params.seed % SEEDS,
        version=version,
        census=region.params.first_year - 1,
        last=last,
        after=last + 1,
        mouth=mouth(region),
    )
    (folder / PROJECT_FILE).write_text(text, encoding="utf-8")


def mouth(region: Region) -> str:
    """Where the rivers leave the region, as a point of the project file: no file says so."""
    lon, lat = to_degrees(region.rivers.nodes[:1], region.params)[0]
    return f"[{lon:.6f}, {lat:.6f}]"


def write_effort(region: Region, folder: Path) -> None:
    """Raids, checkpoints and visits with their team-days."""
    words = {"raid": "operativo", "checkpoint": "control fluvial", "visit": "visita"}
    effort = region.effort
    write_csv(
        folder / "intervenciones.csv",
        {
            "UBIGEO": effort["code"],
            "FECHA": effort["date"].dt.strftime("%Y-%m-%d"),
            "TIPO": effort["method"].map(words),
            "ETAPA": effort["stage"],
            "EQUIPO_DIAS": effort["team_days"],
            "HALLADOS": effort["found"],
        },
    )
