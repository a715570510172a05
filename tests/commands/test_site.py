"""init, check, load and plugins; and how a verb finds its site."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from forewarn.plugins import stock
from tests.commands.conftest import INVENTORY, call, data

STOCK = Path(stock.__file__).parent


def test_init_makes_a_site_that_passes_its_checks(tmp_path: Path) -> None:
    """A new site holds the stock workbooks, settings and samples, and nothing is wrong with it."""
    folder = tmp_path / "mysite"
    made = call("init", folder)
    assert made.exit_code == 0
    assert "forewarn check" in made.stdout
    expected = {path.name for path in (STOCK / "workbooks" / "decision_tables").glob("*.xlsx")}
    assert {path.name for path in (folder / "decision_tables").iterdir()} == expected
    assert (folder / "forewarn.toml").is_file()
    assert list((folder / "rules").glob("*.xlsx"))
    assert list((folder / "plugins").glob("*.py"))
    checked = call("check", folder)
    assert checked.exit_code == 0, checked.output
    assert checked.stdout.splitlines()[-1].startswith("no errors")


def test_init_as_json_names_the_files(tmp_path: Path) -> None:
    """The JSON form lists what was made, in a stable order."""
    told = data(call("init", tmp_path / "s", "--json"))
    assert told["site"] == str(tmp_path / "s")
    assert told["made"] == sorted(told["made"])
    assert all((tmp_path / "s" / name).is_file() for name in told["made"])


def test_init_never_writes_into_something(tmp_path: Path) -> None:
    """A folder that holds something is refused with exit 1, and stays as it is."""
    (tmp_path / "mine.txt").write_text("keep me")
    result = call("init", tmp_path)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"error: {tmp_path} is not empty")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_verb_finds_the_site_from_the_current_folder_upwards(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --site the nearest site above the current folder is used."""
    monkeypatch.chdir(site / "decision_tables")
    assert call("incident", "list").stdout == "none\n"


def test_the_environment_names_a_site(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FOREWARN_SITE stands for --site."""
    monkeypatch.chdir(tmp_path)
    assert call("incident", "list", FOREWARN_SITE=str(site)).stdout == "none\n"


def test_no_site_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no site the error says how to make one, and exits 2."""
    monkeypatch.chdir(tmp_path)
    for result in (call("incident", "list"), call("check"), call("run", "-", "--site", tmp_path / "gone")):
        assert result.exit_code == 2
        assert len(result.stderr.splitlines()) == 1
        assert "forewarn init" in result.stderr


def break_cell(folder: Path, value: object, cell: str = "B6", workbook: str = "priority.xlsx") -> None:
    """Edit a cell of a workbook as a person would."""
    path = folder / "decision_tables" / workbook
    book = openpyxl.load_workbook(path)
    book.worksheets[0][cell].value = value
    book.save(path)


def test_check_names_the_cell(site: Path) -> None:
    """A misspelt value is an error at its cell, with the nearest good value; exit 1."""
    row = first_rule_row(site)
    break_cell(site, "1 - Hihg", f"B{row}")
    result = call("check", site)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any(line.startswith("priority.xlsx › Priority") or "priority.xlsx › Priority" in line for line in lines)
    assert any(line.split()[:2] == [f"B{row}", "error"] and "1 - High" in line for line in lines)
    assert "1 error" in lines[-1]


def first_rule_row(folder: Path) -> int:
    """The row of the first rule of the Priority table."""
    sheet = openpyxl.load_workbook(folder / "decision_tables" / "priority.xlsx").worksheets[0]
    return next(cell.row for cell in sheet["A"] if cell.value == "P01")


def test_check_as_json_has_the_shape_of_the_contract(site: Path) -> None:
    """The JSON form has every key of a finding, a summary, and is the same on every run."""
    break_cell(site, "1 - Hihg", f"B{first_rule_row(site)}")
    first, second = call("check", site, "--format", "json"), call("check", site, "--format", "json")
    assert first.stdout == second.stdout
    told = data(first, 1)
    assert set(told) == {"findings", "summary"}
    assert all(
        list(finding)
        == [
            "code",
            "severity",
            "workbook",
            "sheet",
            "cell",
            "rule",
            "text",
            "message",
            "hint",
            "suggestion",
            "witness",
            "related",
        ]
        for finding in told["findings"]
    )
    errors = [finding for finding in told["findings"] if finding["severity"] == "error"]
    assert told["summary"]["errors"] == len(errors) == 1
    assert (errors[0]["sheet"], errors[0]["cell"]) == ("Priority", f"B{first_rule_row(site)}")
    assert errors[0]["text"] == "1 - Hihg"


def test_check_strict_counts_warnings(site: Path) -> None:
    """A hidden row is a warning: exit 0, and 1 with --strict."""
    path = site / "decision_tables" / "priority.xlsx"
    book = openpyxl.load_workbook(path)
    book.worksheets[0].row_dimensions[first_rule_row(site)].hidden = True
    book.save(path)
    result = call("check", site)
    assert result.exit_code == 0, result.output
    assert "FW104" in result.stdout
    assert call("check", site, "--strict").exit_code == 1


def test_check_of_one_workbook(site: Path) -> None:
    """PATH may be a single workbook; one that cannot be read is a finding, one that is not there is exit 2."""
    assert call("check", site / "decision_tables" / "priority.xlsx").exit_code == 0
    (site / "fake.xlsx").write_text("not a workbook")
    result = call("check", site / "fake.xlsx")
    assert result.exit_code == 1
    assert [line for line in result.stdout.splitlines() if line] == [
        "fake.xlsx",
        *[line for line in result.stdout.splitlines() if "error" in line and "FW1" in line],
        "1 error, no warnings, no notes",
    ]
    finding = data(call("check", site / "fake.xlsx", "--format", "json"), 1)["findings"][0]
    assert (finding["severity"], finding["workbook"]) == ("error", "fake.xlsx")
    gone = call("check", site / "gone.xlsx")
    assert gone.exit_code == 2
    assert len(gone.stderr.splitlines()) == 1


def test_check_stands_on_broken_settings(site: Path) -> None:
    """A settings file that is not TOML cannot be checked: exit 2, with the file's name."""
    (site / "forewarn.toml").write_text("[database\n")
    result = call("check", site)
    assert result.exit_code == 2
    assert "forewarn.toml" in result.stderr


def test_load_again_changes_nothing(site: Path) -> None:
    """What is loaded a second time is unchanged, and says so."""
    result = call("load", "--site", site, *sorted(INVENTORY.glob("*.csv")))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "nothing was changed"
    counts = {
        count["kind"]: count
        for count in data(call("load", "--site", site, INVENTORY / "accounts.csv", "--json"))["counts"]
    }
    with (INVENTORY / "accounts.csv").open(encoding="utf-8") as file:
        rows = len(file.readlines()) - 1
    assert (counts["account"]["unchanged"], counts["account"]["added"]) == (rows, 0)


def test_load_names_a_bad_row_and_loads_the_others(site: Path, tmp_path: Path) -> None:
    """A bad row is named with its line and column, the others are loaded, exit 1; with --strict nothing is."""
    file = tmp_path / "accounts.csv"
    file.write_text('Number,Name,Contract value\nACCT0009001,Good,10.00\nACCT0009002,Bad,"1,5"\n')
    strict = call("load", "--site", site, file, "--strict")
    assert strict.exit_code == 1
    assert "nothing was loaded" in strict.stdout
    assert data(call("load", "--site", site, file, "--strict", "--json"), 1)["loaded"] is False
    result = call("load", "--site", site, file)
    assert result.exit_code == 1
    assert "accounts.csv" in result.stderr
    assert "Contract value" in result.stderr
    counts = data(call("load", "--site", site, file, "--json"), 1)["counts"]
    assert [(count["kind"], count["unchanged"], count["refused"]) for count in counts] == [("account", 1, 1)]


def test_load_of_a_missing_file_is_one_line(site: Path, tmp_path: Path) -> None:
    """A file that is not there is named; exit 2."""
    result = call("load", "--site", site, tmp_path / "gone.csv")
    assert result.exit_code == 2
    assert "gone.csv" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_plugins_list_names_what_is_loaded(site: Path) -> None:
    """The stock plugins and the site's sample are listed; nothing failed."""
    told = data(call("plugins", "list", "--site", site, "--json"))
    names = {plugin["name"] for plugin in told["plugins"]}
    assert {"stock_flows", "stock_sinks", "stock_messages", "stock_workbooks"} <= names
    assert told["failures"] == []
    assert "jsonl" in told["sinks"]
    assert "stock_flows" in call("plugins", "list", "--site", site).stdout


def test_plugins_list_tells_what_failed(site: Path) -> None:
    """A site's plugin that cannot be imported is listed with the reason, exit 1; the others are loaded."""
    (site / "plugins" / "broken.py").write_text("raise RuntimeError('the vendor is gone')\n")
    result = call("plugins", "list", "--site", site)
    assert result.exit_code == 1
    assert "the vendor is gone" in result.stdout
    assert "stock_flows" in result.stdout


def test_plugins_list_says_what_was_replaced(site: Path) -> None:
    """A site's plugin that offers a stock flow's name replaces it, and the list says so."""
    name = "Network Initiated Link Failure - Triage"
    (site / "plugins" / "ours.py").write_text(
        "from forewarn.plugins.hookspecs import hookimpl\n\n\n"
        f"@hookimpl\ndef forewarn_flows():\n    return {{{name!r}: lambda context: None}}\n"
    )
    result = call("plugins", "list", "--site", site)
    assert result.exit_code == 0, result.output
    assert any(name in line and "ours" in line for line in result.stdout.splitlines())


def test_plugins_list_works_without_a_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside a site the installed plugins are listed."""
    monkeypatch.chdir(tmp_path)
    assert "stock_flows" in json.dumps(data(call("plugins", "list", "--json")))


def test_rows_of_no_known_kind_are_counted_too(site: Path, tmp_path: Path) -> None:
    """A line that does not say its kind is named and counted; the others are loaded; rows given twice are counted."""
    path = tmp_path / "more.jsonl"
    good = {"kind": "account", "number": "ACCT9000001", "name": "Late Corner Shop"}
    path.write_text("\n".join(json.dumps(one) for one in (good, good, {"number": "Z"})) + "\n")
    result = call("load", "--site", site, path)
    assert result.exit_code == 1
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[0][-2:] == ["Repeated", "Refused"]
    assert ["Accounts", "1", "0", "0", "1", "0"] in rows
    assert ["unknown", "kind", "0", "0", "0", "0", "1"] in rows


def test_an_unknown_setting_is_named_with_those_there_are(site: Path) -> None:
    """A table that forewarn.toml does not have is one line, with the names that may stand there."""
    (site / "forewarn.toml").write_text("[sink.console]\nkind = 'console'\n")
    result = call("incident", "list", "--site", site)
    assert result.exit_code == 2
    assert "sink: no such setting" in result.stderr
    assert "sinks" in result.stderr
