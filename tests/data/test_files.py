"""The user's own table: what is read from it, and what is said where it cannot be used."""

import hashlib
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from playground.data import DATASETS, Table, Task, preview
from playground.data.reading import read_frame
from playground.declarations import validate
from playground.errors import DataError, SpecError

FILE = DATASETS["file"]
N_ROWS = 40
FRAME = pd.DataFrame(
    {
        "size": np.arange(N_ROWS) * 0.1,
        "colour": ["red", "green", "blue", "green"] * 10,
        "count": np.arange(N_ROWS),
        "price": np.linspace(1, 2, N_ROWS) ** 3,
    }
)


def load(path: Path, **settings: object) -> Table:
    return FILE(path=path, **settings).load(np.random.default_rng(0))


def written(folder: Path, content: str | bytes, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def rows(*columns: list[object]) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in zip(*columns, strict=True))


WRITERS = {
    "t.csv": lambda path: FRAME.to_csv(path, index=False),
    "t.tsv": lambda path: FRAME.to_csv(path, index=False, sep="\t"),
    "t.txt": lambda path: FRAME.to_csv(path, index=False, sep=";", encoding="utf-8-sig"),
    "german.csv": lambda path: FRAME.to_csv(path, index=False, sep=";", decimal=","),
    "windows.csv": lambda path: FRAME.to_csv(path, index=False, lineterminator="\r\n"),
    "t.parquet": lambda path: FRAME.to_parquet(path),
    "T.XLSX": lambda path: FRAME.to_excel(path, index=False, engine="openpyxl"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_table(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    WRITERS[name](path)
    table = load(path)
    one_hot = [[c == "blue", c == "green", c == "red"] for c in FRAME["colour"]]
    expected = np.column_stack([FRAME["size"], np.array(one_hot), FRAME["count"]])
    # A workbook keeps 16 digits; everything else reads back exactly.
    tolerance = 1e-15 if name == "T.XLSX" else 0
    np.testing.assert_allclose(table.inputs, expected, rtol=tolerance)
    np.testing.assert_allclose(table.targets, FRAME["price"], rtol=tolerance)
    assert table.feature_names == ("size", "colour=blue", "colour=green", "colour=red", "count")
    assert (table.target_name, table.task) == ("price", Task.REGRESSION)
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_target_and_features_are_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    FRAME.to_csv(path, index=False)
    table = load(path, target="colour", features=("price", "size"))
    assert table.feature_names == ("price", "size")
    assert table.class_names == ("blue", "green", "red")
    assert [table.class_names[int(i)] for i in table.targets] == FRAME["colour"].tolist()


@pytest.mark.parametrize(
    ("target", "task", "class_names"),
    [
        (["yes", "no"] * 20, Task.BINARY, ("no", "yes")),
        ([True, False] * 20, Task.BINARY, ("False", "True")),
        ([0, 1] * 20, Task.BINARY, ("0", "1")),
        ([1.0, -1.0] * 20, Task.BINARY, ("-1", "1")),
        ([3, 5, 9, 12] * 10, Task.MULTICLASS, ("3", "5", "9", "12")),
        ([0.5, 1.5, 2.5, 3.5] * 10, Task.REGRESSION, ()),
        (list(range(40)), Task.REGRESSION, ()),
    ],
)
def test_task_is_inferred_from_the_target(
    tmp_path: Path, target: list[object], task: Task, class_names: tuple[str, ...]
) -> None:
    table = load(written(tmp_path, "x,y\n" + rows(list(range(40)), target)))
    assert (table.task, table.class_names) == (task, class_names)


def test_inferred_task_can_be_changed(tmp_path: Path) -> None:
    path = written(tmp_path, "x,y\n" + rows(list(range(40)), [0, 1, 2, 3] * 10))
    assert load(path, task="regression").targets.tolist() == [0.0, 1.0, 2.0, 3.0] * 10
    assert load(path, task="classification").n_classes == 4


def test_rows_with_gaps_can_be_dropped(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,y\n1,x,0.5\n,x,1.5\n3,,2.5\n4,y,\n5,y,4.5\n")
    table = load(path, missing="drop rows")
    np.testing.assert_array_equal(table.inputs, [[1, 1, 0], [5, 0, 1]])
    assert table.targets.tolist() == [0.5, 4.5]
    assert table.fill is None


def test_blank_lines_trailing_separators_and_quotes_are_read(tmp_path: Path) -> None:
    text = '\nname, "a, b",y,\n\n"x ""1""",  1.5,0.5,\n"two\nlines",2.5,1.5,\n,,,\n   \n'
    frame = read_frame(written(tmp_path, text))
    assert list(frame) == ["name", "a, b", "y"]
    assert frame["name"].tolist() == ['x "1"', "two\nlines"]
    assert frame["a, b"].tolist() == [1.5, 2.5]


def test_unnamed_columns_are_numbered(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    FRAME.to_csv(path)
    assert list(read_frame(path)) == ["column 1", *FRAME]


def test_objects_that_are_numbers_are_numbers(tmp_path: Path) -> None:
    huge = [10**30 + i * 10**28 for i in range(5)]
    frame = read_frame(written(tmp_path, "x,y\n" + rows(huge, list(range(5)))))
    assert frame["x"].tolist() == [float(number) for number in huge]


def test_preview_shows_columns_and_first_rows(tmp_path: Path) -> None:
    names = [f"name {i}" for i in range(200)]
    colours = ["", "red", "blue", "red"] * 50
    text = "name,colour,size,group\n" + rows(names, colours, list(range(200)), [1, 2, 3, 4] * 50)
    shown = preview(written(tmp_path, text), rows=2)
    assert shown.n_rows == 200
    assert shown.rows == (("name 0", "", "0", "1"), ("name 1", "red", "1", "2"))
    assert [(c.name, c.type, c.task, c.n_missing, c.n_unique) for c in shown.columns] == [
        ("name", "text", "classification", 0, 200),
        ("colour", "categorical", "classification", 50, 2),
        ("size", "numeric", "regression", 0, 200),
        ("group", "numeric", "classification", 0, 4),
    ]


MANY = list(range(200))
BAD_TEXTS = {
    "empty": ("", "table.csv: is empty"),
    "blank": (" \n\n", "table.csv: is empty"),
    "mark alone": (b"\xef\xbb\xbf", "table.csv: is empty"),
    "no rows": ("a,b\n", "table.csv: has column names but no rows"),
    "blank rows": ("a,b\n,\n,\n", "table.csv: has column names but no rows"),
    "short row": ("a,b,c\n1,2,3\n1,2\n", "line 3: must have 3 fields like the header, got 2"),
    "long row": ("\na,b\n1,2\n\n1,2,3\n", "line 5: must have 2 fields like the header, got 3"),
    "ragged after quotes": ('a,b\n"1\n\n1",2\n3\n', "line 5: must have 2 fields"),
    "no header": ("1,2\n3,4\n", "line 1: must name the columns, got numbers: 1, 2"),
    "duplicate": (
        "a,b, a\n1,2,3\n",
        "line 1: column names must differ, got 'a' for columns 1 and 3",
    ),
    "one column": ("a\n1\n2\n", "needs at least two columns, a feature and a target"),
    "zero byte": (b"a,b\n1,2\n1,\x00\n", "line 3: must be text, got binary data"),
    "picture": (b"\x89PNG\r\n\x1a\n", "must be text in UTF-8, got the byte 0x89"),
    "latin-1": ("größe,y\n1,2\n".encode("latin-1"), "must be text in UTF-8, got the byte 0xf6"),
    "open quote": ('a,b\n"1,2\n3,4\n', "is a quotation mark left open"),
    "open header": ('"a,b\n1,2\n3,4\n', "is a quotation mark left open"),
    "endless name": ("a" * 200_000 + ",b\n1,2\n", "line 1: field larger than field limit"),
    "endless field": ("a,b\n" + "1" * 200_000 + ",2\n", "line 2: field larger than field limit"),
    "constant target": ("a,y\n1,2.5\n2,2.5\n", "column 'y': the target must vary, got 2.5 in each"),
    "one class": ("a,y\n1,u\n2,u\n", "column 'y': a classification needs at least two classes"),
    "too many classes": (
        "a,y\n" + rows(MANY, [f"n{i}" for i in MANY]),
        "column 'y': a classification takes at most 100 classes, got 200",
    ),
    "missing": ("a,y\n1,2\n,3\n,4\n", "column 'a', data row 2: is missing (2 such values)"),
    "missing target": ("a,y\n1,2\n3,\n", "column 'y', data row 2: is missing"),
    "nan": ("a,y\n1,2\n2,3\nnan,4\n", "column 'a', data row 3: is missing"),
    "infinite": ("a,y\n1,2\n\n2,3\n-inf,4\n", "column 'a', data row 3: must be finite, got -inf"),
    "infinite target": ("a,y\n1,2\n2,1e999\n3,4\n", "column 'y', data row 2: must be finite"),
    "text feature": (
        "a,y\n" + rows([f"n{i}" for i in MANY], MANY),
        "column 'a': a text column can be a feature with at most 100 different values, got 200",
    ),
    "mostly names": (
        "a,y\n" + rows([f"n{i}" for i in range(30)], list(range(30))),
        "column 'a': a text column can be a feature with at most 20 different values, got 30",
    ),
    "misspelt number": (
        "a,y\n" + rows([i if i != 7 else "seven" for i in MANY], MANY),
        "column 'a', data row 8: must be a number like most of the column, got 'seven'",
    ),
    "misspelt target": (
        "a,y\n" + rows(MANY, [i if i != 7 else "seven" for i in MANY]),
        "column 'y', data row 8: must be a number like most of the column, got 'seven'",
    ),
}


@pytest.mark.parametrize("case", BAD_TEXTS)
def test_a_text_that_is_no_table_is_refused(tmp_path: Path, case: str) -> None:
    content, message = BAD_TEXTS[case]
    path = written(tmp_path, content)
    with pytest.raises(DataError, match=re.escape(message)) as error:
        load(path)
    assert str(error.value).startswith("table.csv: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"target": "prise"}, "no column 'prise'; did you mean 'price'?"),
        ({"features": ("colr",)}, "no column 'colr'; did you mean 'colour'?"),
        ({"features": ("size", "price")}, "'price' is the target"),
        ({"features": ("size", "size")}, "feature 'size' is listed twice"),
        (
            {"target": "colour", "task": "regression"},
            "column 'colour', data row 1: must be a number in a regression, got 'red'",
        ),
    ],
)
def test_a_choice_that_does_not_fit_is_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    path = tmp_path / "t.csv"
    FRAME.to_csv(path, index=False)
    with pytest.raises(DataError, match=re.escape(message)):
        load(path, **settings)


def test_an_empty_column_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,y\n" + rows(list(range(10)), [""] * 10, list(range(10))))
    with pytest.raises(DataError, match="column 'b': is empty; leave it out"):
        load(path, missing="mean")
    with pytest.raises(DataError, match="needs at least 2 rows, got 0 of 10"):
        load(path, missing="drop rows")


def test_a_missing_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    written(tmp_path, "a,b\n1,2\n", "houses.csv")
    with pytest.raises(DataError, match=r"house\.csv: no such file; did you mean 'houses\.csv'\?"):
        load(tmp_path / "house.csv")
    with pytest.raises(DataError, match=r"no such file$"):
        load(tmp_path / "nowhere" / "house.csv")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(DataError, match=r"folder\.csv: must be a file, got a directory"):
        load(tmp_path / "folder.csv")
    with pytest.raises(DataError, match=r"table\.json: must end in one of \.csv, .*, got \.json"):
        load(written(tmp_path, "{}", "table.json"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match=r"pipe\.csv: must be an ordinary file"):
        load(tmp_path / "pipe.csv")


def test_an_unreadable_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = written(tmp_path, "a,b\n1,2\n")
    # Not by chmod: whoever runs as root may read everything.
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"table\.csv: may not be read"):
        load(path)


def test_a_huge_text_is_refused_unread_with_the_estimate(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n" + "1,2\n" * 1000)
    os.truncate(path, 30 * 10**9)  # sparse: takes no room on the disk
    with pytest.raises(DataError, match=r"would take about 30\.0 GB of memory, at most 2 GB"):
        load(path)


def test_a_text_is_sized_by_its_numbers_as_floats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "a,b\n" + "1,2\n" * 1000)
    monkeypatch.setattr("playground.data.reading.checks.MEMORY_LIMIT_BYTES", 15_000)
    with pytest.raises(DataError, match="of memory"):
        load(path)
    monkeypatch.setattr("playground.data.reading.checks.MEMORY_LIMIT_BYTES", 17_000)
    assert len(read_frame(path)) == 1000


def test_categories_that_would_fill_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [f"c{i % 90}" for i in range(2000)]
    path = written(tmp_path, "a,y\n" + rows(texts, list(range(2000))))
    monkeypatch.setattr("playground.data.reading.checks.MEMORY_LIMIT_BYTES", 10**6)
    with pytest.raises(DataError, match="of memory"):
        load(path)


def test_a_huge_parquet_file_is_refused_by_its_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FRAME.to_parquet(tmp_path / "t.parquet")
    monkeypatch.setattr("playground.data.reading.checks.MEMORY_LIMIT_BYTES", 1000)
    with pytest.raises(DataError, match=r"t\.parquet: would take about"):
        load(tmp_path / "t.parquet")


def test_a_workbook_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(10**6))
        # The directory states the size; a bomb need not be unpacked to be recognised.
        archive.infolist()[0].file_size = 4 * 10**9
    with pytest.raises(DataError, match=r"bomb\.xlsx: would take about 12\.0 GB"):
        load(path)


@pytest.mark.parametrize("name", ["t.parquet", "t.xlsx"])
@pytest.mark.parametrize("n_bytes_kept", [5, 700, -200])
def test_a_damaged_file_is_refused(tmp_path: Path, name: str, n_bytes_kept: int) -> None:
    path = tmp_path / name
    FRAME.to_parquet(path) if name.endswith("parquet") else FRAME.to_excel(path, index=False)
    written(tmp_path, path.read_bytes()[:n_bytes_kept], name)
    with pytest.raises(DataError, match=f"{name}: is (no|damaged)"):
        load(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(DataError, match=r"t\.xlsx: is no readable Excel workbook"):
        load(tmp_path / "t.xlsx")


def test_sheets_are_chosen_by_name(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active.title = "notes"
    sheet = workbook.create_sheet("prices")
    for row in [(), ("a", "y", None), (1, 0.5), (2, 1.5), (None, None)]:
        sheet.append(row)
    sheet["D9"] = "=1+1"  # a formula that was never computed has no value
    workbook.save(path)
    assert load(path, sheet="prices").targets.tolist() == [0.5, 1.5]
    with pytest.raises(DataError, match=r"t\.xlsx: the sheet is empty"):
        load(path)
    with pytest.raises(DataError, match="no sheet 'price'; did you mean 'prices'"):
        load(path, sheet="price")


@pytest.mark.parametrize("values", [[[1.0], [2.0, 3.0]], [b"\x80", b"\x81"]])
def test_parquet_columns_of_lists_or_bytes_are_refused(
    tmp_path: Path, values: list[object]
) -> None:
    pq.write_table(pa.table({"a": values, "y": [1.0, 2.0]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="column 'a': must hold numbers or texts, got"):
        load(tmp_path / "t.parquet")


def test_a_file_needs_a_path() -> None:
    with pytest.raises(SpecError, match=r"data\.path: is missing"):
        validate(FILE, {}, where="data")


@pytest.mark.parametrize("kind", ["file", "character_model"])
def test_a_name_that_no_text_file_can_hold_is_refused(kind: str) -> None:
    path = os.fsdecode(b"folder/caf\xe9.csv")
    said = r"path: must have a name in UTF-8, got folder/caf\\xe9\.csv; rename the file"
    with pytest.raises(SpecError, match=said):
        validate(DATASETS[kind], {"kind": kind, "path": path})
    assert validate(DATASETS[kind], {"kind": kind, "path": "café.csv"}).path == Path("café.csv")
