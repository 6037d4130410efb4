"""Files of every form: read alike, and refused with a sentence where they cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sources.raw import Raw, RefusedError
from data.sources.registry import read_raw
from data.sources.text import decode, find_delimiter, parse
from tests import tiny_project
from vigia.settings import FileInput

TABLE = pd.DataFrame(
    {"código": ["010101", "010102"], "nombre": ["Añanga, S. A.", 'La "Ñusta"; x'], "n": ["1", ""]}
)


def spec(**more: object) -> FileInput:
    return FileInput(path="x", source="the tests", date="2020", **more)  # type: ignore[arg-type]


def read(path: Path, wanted: tuple[str, ...] = (), **more: object) -> Raw:
    return read_raw(path, spec(**more), wanted)


def refusal(path: Path, **more: object) -> str:
    with pytest.raises(RefusedError) as caught:
        read(path, **more)
    return caught.value.code


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_and_encoding_gives_the_same_rows(
    encoding: str, delimiter: str, tmp_path: Path
) -> None:
    file = tmp_path / "table.csv"
    TABLE.to_csv(file, sep=delimiter, encoding=encoding, index=False)
    raw = read(file, ("código", "n"))
    pd.testing.assert_frame_equal(raw.frame, TABLE.astype("str"))
    assert ("encoding" in raw.told) == (encoding != "utf-8")
    assert ("delimiter" in raw.told) == (delimiter != ",")


def test_what_the_project_file_says_is_not_found_out(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    TABLE.to_csv(file, sep=";", encoding="latin-1", index=False)
    assert not read(file, encoding="latin-1", delimiter=";").told
    assert refusal(file, encoding="utf-8") == "unreadable_file"
    assert refusal(file, encoding="klingon") == "unreadable_file"


def test_the_right_delimiter_finds_the_wanted_columns() -> None:
    text = "place, as written;n\nLima, Callao;1\nCusco, Puno;2\n"
    assert find_delimiter(text, ["n"]) == ";"
    assert find_delimiter("a;b\n1,5;2\n", []) == ";"


cells = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\x85"),
    max_size=8,
)


@given(
    st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@settings(max_examples=60, deadline=None)
def test_any_text_comes_back_as_it_was(
    rows: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    table = pd.DataFrame(rows, columns=["one", "two", "three"]).assign(three="x")
    text = table.to_csv(sep=delimiter, index=False, lineterminator="\n")
    decoded, _ = decode(text.encode(encoding), None)
    made = parse(decoded, find_delimiter(decoded, ["one", "two", "three"]))
    assert made.to_numpy().tolist() == table.to_numpy().tolist()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (b"a,b\n", "empty_file"),
        (b"a,b\n1,2,3\n", "unreadable_file"),
        (b'a,b\n"1,2\n', "unreadable_file"),
        (b'a,b\n1,"' + b"2" * 200_000 + b'"\n', "unreadable_file"),
    ],
)
def test_text_that_is_no_table(content: bytes, code: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(content)
    assert refusal(file) == code


@pytest.mark.parametrize("name", ["klingon", "hex", "undefined", "punycode", "idna2", "a\0b"])
def test_an_encoding_that_is_none_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b\n1,2\n")
    assert refusal(file, encoding=name) == "unreadable_file"


def test_the_row_that_is_too_long_is_named(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b\n1,2\n3,4,5\n")
    with pytest.raises(RefusedError) as caught:
        read(file)
    assert caught.value.row == 2


def test_short_rows_and_empty_cells_at_the_end_are_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("a,b\n1\n\n2,3,,\n")
    assert read(file).frame.to_numpy().tolist() == [["1", ""], ["2", "3"]]


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "shp", "parquet", "zip"])
def test_any_vector_format_gives_the_same_districts(suffix: str, tmp_path: Path) -> None:
    truth = tiny_project.districts()
    file = tmp_path / f"districts.{suffix}"
    if suffix == "parquet":
        truth.to_parquet(file)
    elif suffix == "zip":
        (tmp_path / "shape").mkdir()
        truth.to_file(tmp_path / "shape" / "districts.shp")
        shutil.make_archive(str(tmp_path / "districts"), "zip", tmp_path / "shape")
    else:
        truth.to_file(file)
    raw = read(file)
    assert raw.geometry is not None
    order = raw.frame["code"].argsort()
    assert raw.frame["code"].iloc[order].tolist() == truth["code"].tolist()
    made = raw.geometry.iloc[order].reset_index(drop=True)
    assert made.to_crs(4326).geom_equals(truth.geometry).all()


def test_plain_parquet_has_no_geometry(tmp_path: Path) -> None:
    TABLE.to_parquet(tmp_path / "table.parquet")
    raw = read(tmp_path / "table.parquet")
    assert raw.geometry is None
    assert raw.frame["código"].tolist() == TABLE["código"].tolist()


def test_a_layer_of_several_has_to_be_named(tmp_path: Path) -> None:
    file = tmp_path / "both.gpkg"
    truth = tiny_project.districts()
    pyogrio.write_dataframe(truth, file, layer="one")
    pyogrio.write_dataframe(truth[:3], file, layer="two", append=True)
    assert refusal(file) == "several_tables"
    assert refusal(file, table="three") == "missing_table"
    assert len(read(file, table="two").frame) == 3


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "fgb", "parquet"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_file_cut_off_anywhere_is_refused(suffix: str, share: float, tmp_path: Path) -> None:
    truth = pd.concat([tiny_project.districts()] * 40, ignore_index=True)
    file = tmp_path / f"districts.{suffix}"
    if suffix == "parquet":
        gpd.GeoDataFrame(truth).to_parquet(file)
    else:
        gpd.GeoDataFrame(truth).to_file(file)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * share)])
    assert refusal(file) == "unreadable_file"


@pytest.mark.parametrize("name", ["image.png", "notes.json", "table.gpkg"])
def test_what_is_no_data_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text("nothing that anybody could read as data")
    assert refusal(file) == "unreadable_file"


def test_a_file_that_only_points_elsewhere_is_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.geojson"
    tiny_project.districts().to_file(secret)
    file = tmp_path / "harmless.geojson"
    file.write_text(
        '<OGRVRTDataSource><OGRVRTLayer name="secret">'
        f"<SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    assert refusal(file) == "unreadable_file"
