"""decide --frame: a file of rows in, the same rows with their decisions out."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from forewarn.plugins import stock
from tests.commands.conftest import call

PRIORITY = Path(stock.__file__).parent / "workbooks" / "decision_tables" / "priority.xlsx"

ROWS = [
    {"incident": "0042", "Impact": "1 - High", "Urgency": "2 - Medium"},
    {"incident": "=1+1", "Impact": "3 - Low", "Urgency": "3 - Low"},
    {"incident": "x", "Impact": "9", "Urgency": "3 - Low"},
    {"incident": "y", "Impact": None, "Urgency": "3 - Low"},
]
DECIDED = ["2 - High", "4 - Low", "", ""]
"""From the vocabulary's own line: 1·2 is 2 - High, the rest 4 - Low; a value that is not allowed decides nothing."""


def write(path: Path) -> Path:
    """The rows as a file of the kind that its name says."""
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(list(ROWS[0]))
        for row in ROWS:
            sheet.append(list(row.values()))
            sheet.cell(sheet.max_row, 1).data_type = "s"
        book.save(path)
    elif path.suffix == ".parquet":
        pandas = pytest.importorskip("pandas")
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
        pandas.DataFrame(ROWS).to_parquet(path)
    else:
        delimiter = ";" if "semicolon" in path.name else ","
        with path.open("w", newline="") as stream:
            writer = csv.DictWriter(stream, list(ROWS[0]), delimiter=delimiter)
            writer.writeheader()
            writer.writerows(ROWS)
    return path


def read(path: Path) -> list[dict[str, str]]:
    """What was written, as text."""
    if path.suffix == ".jsonl":
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [{name: "" if value is None else value for name, value in line.items()} for line in lines]
    if path.suffix == ".xlsx":
        headings, *rows = openpyxl.load_workbook(path)["Decisions"].iter_rows(values_only=True)
        return [dict(zip(headings, ["" if v is None else v for v in row], strict=True)) for row in rows]
    if path.suffix == ".parquet":
        pandas = pytest.importorskip("pandas")
        return list(pandas.read_parquet(path).to_dict("records"))
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("source", ["in.csv", "semicolon.csv", "in.jsonl", "in.xlsx", "in.parquet"])
@pytest.mark.parametrize("target", ["out.csv", "out.jsonl", "out.xlsx", "out.parquet"])
def test_every_row_is_decided_and_kept(tmp_path: Path, source: str, target: str) -> None:
    """Whatever the kind of file: rows in order, other columns as they were, what went wrong beside its row."""
    out = tmp_path / target
    result = call("decide", "Priority", "--workbook", PRIORITY, "--frame", write(tmp_path / source), "-o", out)
    assert result.exit_code == 1, result.output
    assert "4 rows decided, 2 could not be decided" in result.output
    rows = read(out)
    assert [row["incident"] for row in rows] == [row["incident"] for row in ROWS]
    assert [row["Priority"] for row in rows] == DECIDED
    assert "'9' is not" in rows[2]["error"].replace("('9')", "'9'")
    assert "null is not allowed" in rows[3]["error"]
    assert not rows[0]["error"]


def test_a_text_that_begins_with_an_equals_sign_is_no_formula(tmp_path: Path) -> None:
    """A workbook that is written holds text as text."""
    out = tmp_path / "out.xlsx"
    call("decide", "Priority", "--workbook", PRIORITY, "--frame", write(tmp_path / "in.csv"), "-o", out)
    assert openpyxl.load_workbook(out)["Decisions"]["A3"].data_type == "s"


def test_rows_decided_by_a_site(made_site: Path, tmp_path: Path) -> None:
    """A site's table takes bound names as columns; without an error the exit code is 0."""
    source = tmp_path / "in.csv"
    source.write_text("incident.impact,incident.urgency\n1 - High,1 - High\n")
    result = call("decide", "Priority", "--frame", source, "-o", tmp_path / "out.csv", "--site", made_site)
    assert result.exit_code == 0, result.output
    assert [row["Priority"] for row in read(tmp_path / "out.csv")] == ["1 - Critical"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--frame", "gone.csv", "-o", "out.csv"], "gone.csv is not there"),
        (["--frame", "in.txt", "-o", "out.csv"], "a frame is read from"),
        (["--frame", "in.csv", "-o", "out.doc"], "a frame is written as"),
        (["--frame", "in.csv", "-o", "in.csv"], "is the file that is read"),
        (["--frame", "in.csv"], "go together"),
        (["--frame", "in.csv", "-o", "out.csv", "Impact=1 - High"], "either as NAME=VALUE"),
        (["--frame", "short.csv", "-o", "out.csv"], "Urgency"),
        (["--frame", "short.parquet", "-o", "out.csv"], "Urgency"),
        (["--frame", "latin.csv", "-o", "out.csv"], "latin.csv cannot be read"),
    ],
)
def test_bad_requests_are_one_line_and_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    """What is wrong is said before anything is decided, and no half a file stays."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "in.csv")
    (tmp_path / "in.txt").write_text("x")
    (tmp_path / "short.csv").write_text("Impact\n1 - High\n")
    (tmp_path / "latin.csv").write_bytes(b"Impact\nhoch \xfc\n")
    pytest.importorskip("pandas").DataFrame({"Impact": ["1 - High"]}).to_parquet(tmp_path / "short.parquet")
    before = sorted(path.name for path in tmp_path.iterdir())
    result = call("decide", "Priority", "--workbook", PRIORITY, *arguments)
    assert result.exit_code in (1, 2)
    assert words in result.output
    assert "Traceback" not in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == before
