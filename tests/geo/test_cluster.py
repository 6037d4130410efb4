"""The feature table on a cluster of processes: the same bytes, whatever becomes of a worker."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pandas as pd
import pytest
import shapely
import yaml  # type: ignore[import-untyped]
from distributed import Client, LocalCluster

from geo import chunks, cluster
from geo.cluster import in_cluster
from geo.features import Factor, LayerData, Region, feature_table
from geo.layer_files import LayerFile, write_layer_file
from geo.raster import Raster
from geo.travel import Network
from tests.geo.shapes import (
    SIDE,
    SOUTH,
    WEST,
    attributes,
    capitals,
    grid,
    layer,
    metric_of,
    points,
)
from tests.geo.shapes import line as drawn
from tests.geo.travel.ways import RULES, network, table
from vigia.errors import GeometryError

DOCS = Path(__file__).parents[2] / "docs"
COLUMNS, ROWS = 6, 4
YEARS = [2015, 2020]
FACTORS = [
    Factor("rivers", "length_density", "polygon"),
    Factor("rivers", "distance", "capital"),
    Factor("mines", "share_of_area", "polygon"),
    Factor("mines", "count_density", "population", radius_km=30, weighted=True),
    Factor("posts", "count_density", "capital", radius_km=60, per="people"),
    Factor("posts", "kernel_density", "capital", radius_km=40),
    Factor("posts", "travel_time", "capital", season="low", direction="from"),
    Factor("forest", "zonal", "polygon", statistic="share", classes=(3,)),
    Factor("poverty", "attribute"),
]
Progress = Callable[[str, int, int], None]


def place(rng: np.random.Generator) -> shapely.Point:
    return shapely.Point(rng.uniform((WEST, SOUTH), (WEST + COLUMNS * SIDE, SOUTH + ROWS * SIDE)))


def where() -> Region:
    rng = np.random.default_rng(5)
    districts = grid(COLUMNS, ROWS)
    codes = districts["code"].tolist()
    homes = points([place(rng) for _ in range(90)], people=rng.integers(1, 900, 90).tolist())
    seats = capitals(**{f"c{code}": place(rng) for code in codes[1:]})
    people = pd.DataFrame(
        {"code": codes, "year": 2017, "people": rng.uniform(1e3, 1e5, len(codes))}
    )
    return Region(districts, seats, homes, people)


def layers(folder: Path) -> dict[str, LayerData]:
    rng = np.random.default_rng(6)
    rivers = layer(*(drawn(*rng.uniform(0, 5, (3, 2))) for _ in range(40)))
    mines = layer(
        *(place(rng).buffer(0.05) for _ in range(30)),
        from_year=rng.integers(2010, 2019, 30).tolist(),
    ).assign(value=rng.uniform(1, 9, 30))
    posts = layer(*(place(rng) for _ in range(12)))
    grids = [
        Raster(rng.integers(1, 5, (40, 60)).astype(float), WEST, SOUTH + 2, 0.05, 0.05, "EPSG:4326")
    ]
    bounds = (WEST, SOUTH, WEST + COLUMNS * SIDE, SOUTH + ROWS * SIDE)
    return {
        "rivers": write_layer_file(folder / "rivers.parquet", [rivers[:25], rivers[25:]], bounds),
        "mines": mines,
        "posts": posts,
        "forest": grids,
        "poverty": attributes(grid(COLUMNS, ROWS)["code"].tolist()[:9], list(range(9))),
    }


def rivers_to_travel() -> Network:
    ways = table(
        shapely.LineString([(WEST, SOUTH + 1), (WEST + 3, SOUTH + 1)]),
        shapely.LineString([(WEST + 1, SOUTH + 2), (WEST + 1, SOUTH + 1)]),
    )
    mouth = shapely.Point(WEST + 3, SOUTH + 1)
    return network(ways, [mouth], replace(RULES, walk_limit_minutes=6000.0))


WHERE = where()


@pytest.fixture(autouse=True)
def small_parts_and_short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of this process alone: parts are made here, and workers take what they are given."""
    monkeypatch.setattr(chunks, "DISTRICTS_AT_ONCE", 2)
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", "2s")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, LayerData]:
    return layers(tmp_path_factory.mktemp("layers"))


@contextmanager
def running(workers: int, **more: Any) -> Iterator[LocalCluster]:
    """Processes that talk over sockets, and are gone afterwards."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        protocol="tcp://",
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.CRITICAL + 1,
        **more,
    ) as local:
        yield local


def client_of(local: LocalCluster) -> Client:
    return Client(local, set_as_default=False)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalCluster]:
    with running(2) as local:
        yield local


def measured(
    known: Mapping[str, LayerData], scheduler: str | None = None, progress: Progress | None = None
) -> pd.DataFrame:
    return feature_table(
        WHERE,
        known,
        FACTORS,
        YEARS,
        metric_of(WHERE.districts),
        progress or (lambda *_: None),
        network=rivers_to_travel(),
        threads=1,
        scheduler=scheduler,
    )


def bytes_of(result: pd.DataFrame) -> tuple[bytes, list[Any], list[str]]:
    return result.to_numpy().tobytes(), result.index.tolist(), result.columns.tolist()


@pytest.fixture(scope="module")
def expected(known: dict[str, LayerData]) -> pd.DataFrame:
    """Of one thread of one process, in parts as they come of themselves."""
    return measured(known)


def test_every_factor_says_something(expected: pd.DataFrame) -> None:
    assert len(expected) == COLUMNS * ROWS * len(YEARS)
    for name, column in expected.items():
        assert column.notna().sum() >= 9, name
        assert column.nunique() > 1, name


def test_the_same_bytes_as_in_one_process(
    two_workers: LocalCluster, known: dict[str, LayerData], expected: pd.DataFrame
) -> None:
    told: list[tuple[int, int]] = []
    result = measured(known, two_workers.scheduler_address, lambda _, *step: told.append(step))
    assert bytes_of(result) == bytes_of(expected)
    assert told == [(done, 12) for done in range(13)]
    with client_of(two_workers) as client:
        assert os.getpid() not in client.run(os.getpid).values()


def test_a_killed_worker_is_survived(
    two_workers: LocalCluster, known: dict[str, LayerData], expected: pd.DataFrame
) -> None:
    killed: list[str] = []
    with client_of(two_workers) as client:
        pids = client.run(os.getpid)

        def kill_one_that_works(_: str, done: int, total: int) -> None:
            if not done or killed:
                return
            busy = [worker for worker, tasks in client.processing().items() if tasks]
            os.kill(pids[busy[0]], signal.SIGKILL)
            killed.append(busy[0])

        result = measured(known, two_workers.scheduler_address, kill_one_that_works)
        assert killed
        assert killed[0] not in client.run(os.getpid)
    assert bytes_of(result) == bytes_of(expected)


@contextmanager
def in_the_background(*arguments: str, folder: Path | None = None) -> Iterator[None]:
    """The command line of Dask; modules are looked for in the folder first."""
    started = subprocess.Popen(
        [sys.executable, "-m", "dask", *arguments],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        started.terminate()
        started.wait(20)


def test_the_commands_of_the_compose_file(
    known: dict[str, LayerData], expected: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", "60s")  # they are only now started
    services = yaml.safe_load((DOCS / "compose.yaml").read_text(encoding="utf-8"))["services"]
    port = free_port()
    scheduler, worker = (
        services[name]["command"].replace("8786", port).replace("//scheduler:", "//127.0.0.1:")
        for name in ("scheduler", "worker")
    )
    assert scheduler.startswith("dask scheduler ")
    assert worker.startswith("dask worker ")
    with in_the_background(*scheduler.split()[1:]), in_the_background(*worker.split()[1:]):
        result = measured(known, f"tcp://127.0.0.1:{port}")
    assert bytes_of(result) == bytes_of(expected)


def free_port() -> str:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return str(some.getsockname()[1])


def added(given: int, part: int) -> int:
    return given + part


def test_what_only_a_killed_worker_was_given_is_sent_again() -> None:
    with running(1) as local, client_of(local) as client:
        found = []
        for number in in_cluster(added, 100, range(30), local.scheduler_address):
            found.append(number)
            if len(found) == 5:
                (pid,) = client.run(os.getpid).values()
                os.kill(pid, signal.SIGKILL)
    assert sorted(found) == list(range(100, 130))


def end_of_a_worker(_: int, __: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# What goes wrong, and what is said of it


def test_a_part_that_no_worker_outlives_is_told(
    two_workers: LocalCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_workers.scheduler, "allowed_failures", 0)  # of Dask: 3
    with pytest.raises(GeometryError) as caught:
        list(in_cluster(end_of_a_worker, 1, [1], two_workers.scheduler_address))
    assert "memory" in str(caught.value.hint)


def test_an_error_in_a_part_is_told_as_in_one_process(
    two_workers: LocalCluster, known: dict[str, LayerData], tmp_path: Path
) -> None:
    rivers = known["rivers"]
    assert isinstance(rivers, LayerFile)
    copy = tmp_path / "rivers.parquet"
    copy.write_bytes(rivers.path.read_bytes())

    def gone(_: str, done: int, total: int) -> None:
        copy.unlink(missing_ok=True)  # known here, and not to be seen by a worker

    with pytest.raises(GeometryError, match="which is not there") as caught:
        measured(known | {"rivers": LayerFile(copy)}, two_workers.scheduler_address, gone)
    assert "all its workers" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("tcp://127.0.0.1:1", 'answers at "tcp://127.0.0.1:1"'),
        ("nonsense", '"nonsense" is no address'),
        ("", '"" is no address'),
        ("http://127.0.0.1:1", '"http://127.0.0.1:1" is no address'),
        ("tcp://127.0.0.1", '"tcp://127.0.0.1" is no address'),
        ("tcp://127.0.0.1:99999", '"tcp://127.0.0.1:99999" is no address'),
        ("tls://127.0.0.1:1", "no certificate"),
    ],
)
def test_where_no_scheduler_answers(known: dict[str, LayerData], address: str, said: str) -> None:
    with pytest.raises(GeometryError, match=said) as caught:
        measured(known, address)
    assert "docs/cluster.md" in str(caught.value.hint)


def test_where_dask_is_to_talk_over_tls_alone() -> None:
    with (
        dask.config.set({"distributed.comm.require-encryption": True}),
        pytest.raises(GeometryError, match="not a tls:// address"),
    ):
        list(in_cluster(added, 1, [1], "tcp://127.0.0.1:1"))


def test_a_certificate_that_is_not_there(tmp_path: Path) -> None:
    none = str(tmp_path / "none.pem")
    files = {
        f"distributed.comm.tls.{name}": none for name in ("ca-file", "client.cert", "client.key")
    }
    with (
        dask.config.set(files),
        pytest.raises(GeometryError, match="cannot be read") as caught,
    ):
        list(in_cluster(added, 1, [1], "tls://127.0.0.1:1"))
    assert "docs/cluster.md" in str(caught.value.hint)


def test_a_scheduler_without_workers() -> None:
    with running(0) as local, pytest.raises(GeometryError, match="has no workers") as caught:
        list(in_cluster(added, 1, [1], local.scheduler_address))
    assert f"dask worker {local.scheduler_address}" in str(caught.value.hint)


def test_without_dask(known: dict[str, LayerData], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)  # an import of it fails
    with pytest.raises(GeometryError, match="Dask is not installed") as caught:
        measured(known, "tcp://127.0.0.1:1")
    assert "vigia[cluster]" in str(caught.value.hint)


def of_another_version(folder: Path) -> None:
    about = folder / "vigia-0.0.7.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: vigia\nVersion: 0.0.7\n")


def of_an_old_layout(folder: Path) -> None:
    (folder / "geo").mkdir()
    (folder / "geo" / "__init__.py").touch()


@pytest.mark.parametrize(
    ("make", "said", "hint"),
    [
        (of_another_version, "has vigia 0.0.7; this process has", "requirements.lock"),
        (of_an_old_layout, "no vigia, or another one", "on every worker"),
    ],
)
def test_workers_with_another_version(
    make: Callable[[Path], None],
    said: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "ANSWER_WITHIN", "60s")  # the worker is only now started
    make(tmp_path)
    with running(0) as local:
        address = local.scheduler_address
        command = ("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        with (
            in_the_background(*command, folder=tmp_path),
            pytest.raises(GeometryError, match=said) as caught,
        ):
            list(in_cluster(added, 1, [1], address))
    assert hint in str(caught.value.hint)
