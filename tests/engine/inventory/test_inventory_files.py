"""Files as people and programs write them: encodings, separators, quotes, broken lines, wrong names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from inventory_support import NOW, account, counts, only, said

from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.loading import load_into
from forewarn.errors import ForewarnError, Severity, UnreadableWorkbook

pytestmark = pytest.mark.one_database

TWO = "Number,Name,Contract value\nACCT0000001,Zoë & Söhne,12.50\nACCT0000002,Plain,\n"
BOTH = [account("ACCT0000001", "Zoë & Söhne", "12.50"), account("ACCT0000002", "Plain")]


@pytest.mark.parametrize(
    ("content", "guessed"),
    [
        pytest.param(TWO.encode(), False, id="utf-8"),
        pytest.param(TWO.encode("utf-8-sig"), False, id="utf-8 with mark"),
        pytest.param(TWO.encode("utf-16"), False, id="utf-16 with mark"),
        pytest.param(b"\xfe\xff" + TWO.encode("utf-16-be"), False, id="utf-16 big-endian with mark"),
        pytest.param(TWO.encode("utf-16-le"), False, id="utf-16 without mark"),
        pytest.param(TWO.encode("utf-16-be"), False, id="utf-16 big-endian without mark"),
        pytest.param(TWO.encode("cp1252"), True, id="windows-1252"),
        pytest.param(TWO.replace("\n", "\r\n").encode(), False, id="windows line ends"),
        pytest.param(TWO.replace("\n", "\r").encode(), False, id="old mac line ends"),
        pytest.param(("\n \n" + TWO).encode(), False, id="blank lines before the headings"),
        pytest.param(TWO.replace("\n", "\n\n").encode(), False, id="blank lines between"),
        pytest.param(TWO.replace("\n", ",,\n").encode(), False, id="trailing separators"),
        pytest.param(TWO.replace(",", ";").encode(), False, id="semicolons"),
        pytest.param(TWO.replace(",", "\t").encode(), False, id="tabs"),
        pytest.param(TWO.replace("Zoë & Söhne", '"Zoë & Söhne"').encode(), False, id="quotes"),
        pytest.param(TWO.replace("Contract value", "CONTRACT-VALUE").encode(), False, id="other spelling"),
        pytest.param(TWO.replace("Contract value", "contract_value").encode(), False, id="column names as headings"),
    ],
)
def test_csv_is_read_in_every_common_form(content, guessed, load, rows):
    """Encodings, line ends and separators make no difference; a guessed encoding is said."""
    report = load({"accounts.csv": content})
    assert rows("accounts") == BOTH
    assert [finding.code for finding in report.findings] == (["FW714"] if guessed else [])


def test_a_guessed_encoding_shows_what_was_read(load):
    """The warning names the line and the letters, so that a wrong guess is seen."""
    finding = only(load({"accounts.csv": TWO.encode("cp1252")}))
    assert str(finding.place) == "accounts.csv line 2"
    assert "Zoë & Söhne" in finding.message


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("accounts.csv", b"", "the file is empty", id="empty"),
        pytest.param("accounts.csv", b"\n\n  \n", "the file is empty", id="blank lines alone"),
        pytest.param("accounts.csv", b"Number,Name\nA,\x81\x8d\xff\n", "neither UTF-8 nor Windows-1252", id="no text"),
        pytest.param("accounts.csv", b'"Number,Name\nA,B\n', "a quote is opened and never closed", id="open quote"),
        pytest.param("accounts.csv", b"Number,Name\nA," + b"x" * 4_000_001, "line 2 is longer than", id="huge line"),
        pytest.param("accounts.csv", "Number,Name\nA,B".encode("utf-16")[:-1], "breaks off", id="half a character"),
        pytest.param("accounts.jsonl", b'[{"number": "A"}]', "a JSON list", id="JSON list"),
        pytest.param("accounts.pdf", b"%PDF", "files of this kind (.pdf) are not read", id="other format"),
        pytest.param("accounts", b"Number,Name", "files of this kind (no ending) are not read", id="no ending"),
        pytest.param("accounts.xlsx", b"Number,Name", "not a workbook", id="csv named xlsx"),
        pytest.param(
            "accounts.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le").ljust(2000, b"\0"),
            "encrypted",
            id="encrypted",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line(name, content, says, load, rows):
    """It names the file and what to do; nothing is loaded, of the other files neither."""
    with pytest.raises(UnreadableWorkbook) as raised:
        load({"consumers.csv": "Number,Name\nC1,Somebody\n", name: content})
    assert says in str(raised.value)
    assert str(raised.value).startswith(name)
    assert "\n" not in str(raised.value)
    assert rows("consumers") == []


def test_missing_file_and_folder(load, tmp_path):
    """A file that is not there, and a folder, are each one line."""
    with pytest.raises(UnreadableWorkbook, match=r"^none\.csv: there is no such file \(check the name\)$"):
        load([tmp_path / "none.csv"])
    (tmp_path / "some.csv").mkdir()
    with pytest.raises(UnreadableWorkbook, match=r"^some\.csv: this is a folder"):
        load([tmp_path / "some.csv"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(load, write):
    """A file that may not be read is one line."""
    (path,) = write({"accounts.csv": TWO})
    path.chmod(0)
    with pytest.raises(UnreadableWorkbook, match="cannot be opened"):
        load([path])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param("A3,Bad", "the row has 2 values, the headings are 3", id="too short"),
        pytest.param("A3,Bad, Inc,5", "the row has 4 values, the headings are 3", id="too long"),
        pytest.param('A3,"Bad" Inc,5', "text follows a closing quote", id="text after a quote"),
        pytest.param("A3," + "x" * 140_000 + ",5", "a value is too long", id="huge value"),
        pytest.param("A3,Bad\0,5", "Name: the text holds the character U+0000", id="NUL"),
        pytest.param("A3," + "x" * 201 + ",5", "Name: the text has 201 characters, 200 are kept at most", id="long"),
    ],
)
def test_a_broken_row_is_refused_and_the_rest_is_loaded(line, says, load, rows):
    """The finding names file and line; rows before and after are loaded."""
    report = load({"accounts.csv": f"Number,Name,Contract value\nA1,One,1\n{line}\nA2,Two,2\n"})
    finding = only(report)
    assert str(finding).startswith("accounts.csv line 3")
    assert says in str(finding)
    assert [row["number"] for row in rows("accounts")] == ["A1", "A2"]
    assert counts(report, "account") == (2, 0, 0, 0, 1)


def test_lines_are_counted_as_an_editor_counts_them(load, rows):
    """Quoted values that span lines, and blank lines, do not shift the numbers of later rows."""
    text = 'Number,Name,Contract value\nA1,"One\nand\nmore",1\n\nA2,Two,x\n"A3","Three",y\n'
    report = load({"accounts.csv": text})
    assert [str(finding.place) for finding in report.findings] == [
        "accounts.csv line 6, column Contract value",
        "accounts.csv line 7, column Contract value",
    ]
    assert rows("accounts")[0]["name"] == "One\nand\nmore"


def test_an_open_quote_says_what_was_swallowed(load, rows):
    """What stands before the quote is loaded; the finding names the lines that were not read."""
    report = load({"accounts.csv": 'Number,Name\nA1,One\nA2,"Two\nA3,Three\nA4,Four\n'})
    finding = only(report)
    assert str(finding.place) == "accounts.csv line 3"
    assert "lines 3 to 5 were not read" in finding.message
    assert [row["number"] for row in rows("accounts")] == ["A1"]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        pytest.param('{"kind": "account", "number": "A2"', "the line is not JSON", id="cut off"),
        pytest.param('{"kind": "account", "number": NaN}', "NaN is not a number", id="NaN"),
        pytest.param('{"kind": "account", "number": "A", "number": "B"}', "'number' stands twice", id="key twice"),
        pytest.param("[1, 2]", "not a JSON object", id="list"),
        pytest.param("7", "not a JSON object", id="number"),
        pytest.param("[" * 100_000, "the line is n", id="nested deeply"),
        pytest.param('{"number": "A2", "name": "Two"}', "the line does not say its kind", id="no kind"),
        pytest.param('{"kind": "acount", "number": "A2"}', "'acount' is no kind of record (is Accounts", id="slip"),
        pytest.param('{"kind": 3, "number": "A2"}', "'3' is no kind of record", id="kind is a number"),
        pytest.param('{"kind": "account", "name": "Two"}', "Number is missing", id="nothing identifies it"),
        pytest.param('{"kind": "account", "number": "A2"}', "Name is missing: account A2 is new", id="no name"),
        pytest.param('{"kind": "account", "number": "A2", "name": null}', "Name is blank", id="null name"),
        pytest.param('{"kind": "account", "number": "A2", "name": ["x"]}', "a JSON list is not text", id="list value"),
        pytest.param('{"kind": "account", "number": "A2", "name": true}', "TRUE is not text", id="boolean as text"),
        pytest.param('{"kind": "account", "number": "A", "name": "x", "\\udc00": 1}', "half of a", id="half key"),
        pytest.param('{"kind": "account", "number": "A", "name": "x", "\\u0000": 1}', "U+0000", id="NUL as key"),
        pytest.param(
            '{"kind": "account", "number": "A", "name": "x", "deep": ' + "[" * 900 + "]" * 900 + "}",
            "nested more than 10 deep",
            id="deep value",
        ),
        pytest.param('{"kind": "account", "number": "A\\ud800", "name": "x"}', "half of a", id="half a pair"),
        pytest.param(
            '{"kind": "account", "number": "A2", "name": "x", "o": {"a": "\\u0000"}}', "U+0000", id="NUL deep"
        ),
        pytest.param('{"kind": "account", "number": "A2", "name": "x", "v": 1e400}', "out of range", id="huge number"),
        pytest.param(
            '{"kind": "account", "number": "A2", "name": "x", "contract_value": 1e999999999}',
            "more than the store keeps",
            id="huge amount",
        ),
    ],
)
def test_a_broken_json_line_is_named(line, says, load, rows):
    """The finding names the line; the lines around it are loaded."""
    good = '{"kind": "account", "number": "%s", "name": "Good"}\n'
    report = load({"inventory.jsonl": good % "A1" + line + "\n\n" + good % "A3"})
    (finding,) = (finding for finding in report.findings if finding.severity is Severity.ERROR)
    assert str(finding).startswith("inventory.jsonl line 2")
    assert says in str(finding)
    assert [row["number"] for row in rows("accounts")] == ["A1", "A3"]
    assert report.refused == 1


def test_json_lines_named_by_kind_need_no_kind(load, rows):
    """The file's name says the kind; keys are headings or column names; numbers are exact."""
    load({"account.ndjson": '{"Number": "A1", "NAME": "One", "contract_value": 0.1}\n{"number": 7, "name": "Seven"}\n'})
    assert rows("accounts") == [account("A1", "One", "0.1"), account("7", "Seven")]


@pytest.mark.parametrize(
    "name", ["accounts.csv", "Account.csv", "ACCOUNTS.CSV", "customer_accounts.csv", "customer-account.txt"]
)
def test_the_name_of_a_file_says_its_kind(name, load):
    """Singular or plural, in any case, with ``_`` or ``-``."""
    report = load({name: TWO})
    assert counts(report, "account")[0] == 2
    assert report.findings == ()


@pytest.mark.parametrize(
    ("headings", "kind"),
    [
        ("Number,Name,Account,Primary", "contact"),
        ("Configuration item,Service,Effect", "ci_service"),
        ("Number,Name,Service,Account", "install_base"),
        ("Group,User", "group_member"),
        ("User name,Name,E-mail", "user"),
        ("Name,Class,Critical", "service"),
        ("Name,Owner", "group"),
    ],
)
def test_headings_say_the_kind_where_the_name_does_not(headings, kind, load):
    """The report notes the kind that was taken."""
    report = load({"export.csv": f"{headings}\n"})
    assert "FW716" in said(report)
    assert [count.kind for count in report.counts] in ([], [kind])
    assert report.findings[0].message.startswith("the rows are taken as")


@pytest.mark.parametrize("headings", ["Number,Name", "Number,Name,Contract value", "Colour,Size"])
def test_a_kind_that_cannot_be_told_is_an_error(headings, load):
    """Headings that fit several kinds, or none, are not guessed."""
    report = load({"export.csv": f"{headings}\n{headings}\n"})
    finding = only(report)
    assert finding.code == Code.UNKNOWN_KIND.code
    assert "cannot be told from the name 'export'" in finding.message
    assert report.refused == 1


def test_a_near_name_is_suggested(load):
    """A slip in the file's name is met with the right name."""
    assert "name it Accounts" in said(load({"acounts.csv": "Number,Name\n1,2\n"}))


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ("Name,Contract value", "Number is missing"),
        ("Number,Name,number", "'number' means the same as 'Number': Number"),
        ("Number,Name,Region,Region", "'Region' means the same as 'Region'"),
    ],
)
def test_headings_that_no_row_can_be_read_under(headings, says, load, rows):
    """One finding at the headings, and all rows count as refused."""
    report = load({"accounts.csv": f"{headings}\n{','.join('abcd'[: headings.count(',') + 1])}\n"})
    finding = only(report)
    assert says in finding.message
    assert str(finding.place).startswith("accounts.csv line 1")
    assert counts(report, "account") == (0, 0, 0, 0, 1)
    assert rows("accounts") == []


def test_unknown_columns_are_kept(load, rows):
    """What we do not know is an extra field; a heading that is nearly known is a warning."""
    report = load({"accounts.csv": "Number,Name,Region,Contract vaule\nA1,One,EMEA,5\nA2,Two,,\n"})
    assert rows("accounts") == [account("A1", "One", Region="EMEA", **{"Contract vaule": "5"}), account("A2", "Two")]
    assert [(finding.code, finding.suggestion) for finding in report.findings] == [
        ("FW712", None),
        ("FW713", "Contract value"),
    ]


def test_files_of_one_name_are_told_apart_by_folder(load, write):
    """Findings name the folder where two files have the same name."""
    paths = write({"a/accounts.csv": "Number,Name\nA1,\n", "b/accounts.csv": "Number,Name\nA2,Two\n"})
    report = load(paths)
    assert str(only(report).place) == f"{paths[0]} line 2, column Name"


def test_the_same_content_means_the_same_in_every_format(load, rows, write):
    """A record loaded from csv is unchanged when it comes as JSON lines, numbers and booleans included."""
    load({"accounts.csv": "Number,Name,Contract value,Seats,Active\nA1,One,10.50,12,true\n"})
    report = load(
        {
            "accounts.jsonl": '{"number": "A1", "name": "One", "contract_value": 10.5, "Seats": 12, "Active": true}\n',
        }
    )
    assert counts(report, "account") == (0, 0, 1, 0, 0)


def test_progress_tells_reading_and_writing(store, write):
    """Progress names the file while it is read and the kind while it is written, up to the whole."""
    heard = []
    load_into(
        store,
        write({"accounts.csv": TWO}),
        strict=False,
        domain="",
        asked_by="tester",
        now=NOW,
        progress=lambda stage, done, total: heard.append((stage, done, total)),
    )
    assert heard == [("reading accounts.csv", 2, 2), ("Accounts", 0, 2), ("Accounts", 2, 2)]


def test_too_many_rows_are_refused(load, monkeypatch):
    """A load holds its rows in memory, so their number is bounded, with a word."""
    monkeypatch.setattr("forewarn.engine.inventory.staging.MOST_ROWS", 2)
    with pytest.raises(ForewarnError, match=r"^accounts.csv line 4: more than 2 rows in one load"):
        load({"accounts.csv": "Number,Name\nA1,1\nA2,2\nA3,3\n"})


def test_labels_are_paths_only_where_needed(load, write):
    """The report names the files as their owner does."""
    assert load({"accounts.csv": TWO}).files == ("accounts.csv",)
    assert Path(load(write({"x/accounts.csv": TWO, "y/accounts.csv": TWO})).files[0]).parts[-2:] == (
        "x",
        "accounts.csv",
    )


def test_blank_lines_before_the_headings_are_counted(load):
    """A finding's line is the line of the file."""
    report = load({"accounts.csv": "\n,,\nNumber,Name,Contract value\nA1,One,x\n"})
    assert str(only(report).place) == "accounts.csv line 4, column Contract value"
