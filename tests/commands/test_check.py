"""``forewarn check``: forms, annotated copies, mending, watching, and what a site leaves out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from defusedxml import ElementTree

from forewarn.commands.watching import watch
from tests.commands.conftest import call, data

POLICY = "decision_tables/incident_escalation_policy.xlsx"
SHEET = "Incident Escalation Policy"


def edit(path: Path, **cells: object) -> Path:
    """Type into cells of the escalation policy."""
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book[SHEET][cell].value = value
    book.save(path)
    return path


@pytest.fixture
def spoilt(site: Path) -> Path:
    """A site whose policy has a spelling that can be mended and a value that cannot."""
    edit(site / POLICY, B5="Sd-wan", C6="Link failur")
    return site


def codes(site: Path, *options: str) -> list[str]:
    """The codes of the errors that check finds."""
    return [one["code"] for one in json.loads(call("check", site, "--format", "json", *options).stdout)["findings"]
            if one["severity"] == "error"]  # fmt: skip


def test_machine_forms_stand_alone_on_standard_output(spoilt: Path) -> None:
    """Each form is the whole of standard output, and the exit code is that of the text."""
    results = {name: call("check", spoilt, "--format", name) for name in ("json", "sarif", "github", "junit", "text")}
    assert {result.exit_code for result in results.values()} == {1}
    assert json.loads(results["json"].stdout)["summary"]["errors"] == 2
    levels = [one["level"] for one in json.loads(results["sarif"].stdout)["runs"][0]["results"]]
    assert levels.count("error") == 2
    assert sum(line.startswith("::error ") for line in results["github"].stdout.splitlines()) == 2
    assert ElementTree.fromstring(results["junit"].stdout).get("failures") == "2"


def test_paths_count_from_where_one_stands(spoilt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Annotations name files as the repository does."""
    monkeypatch.chdir(spoilt.parent)
    assert f"file={spoilt.name}/{POLICY},line=5,col=2," in call("check", spoilt.name, "--format", "github").stdout
    monkeypatch.chdir(spoilt)
    assert f"file={POLICY},line=5,col=2," in call("check", "--format", "github").stdout


def test_annotate_a_workbook(spoilt: Path, tmp_path: Path) -> None:
    """A copy shows the findings in their cells; the original stays byte for byte."""
    before = (spoilt / POLICY).read_bytes()
    result = call("check", spoilt / POLICY, "--annotate", tmp_path / "copies" / "out.xlsx")
    assert result.exit_code == 1
    sheet = openpyxl.load_workbook(tmp_path / "copies" / "out.xlsx")[SHEET]
    assert "FW20" in sheet["B5"].comment.text or "FW3" in sheet["B5"].comment.text
    assert (spoilt / POLICY).read_bytes() == before


def test_annotate_a_site(spoilt: Path, tmp_path: Path) -> None:
    """Of a site, each workbook with findings gets a copy of its own name in the folder."""
    call("check", spoilt, "--annotate", tmp_path / "copies")
    sheet = openpyxl.load_workbook(tmp_path / "copies" / POLICY)[SHEET]
    assert "FW204 error" in sheet["B5"].comment.text
    assert "FW203 error" in sheet["C6"].comment.text
    refused = call("check", spoilt, "--annotate", tmp_path / "out.xlsx")
    assert refused.exit_code == 2
    assert "folder" in refused.output


def test_fix_mends_what_is_safe(spoilt: Path) -> None:
    """The spelling is mended in the file, the unknown value is told."""
    result = call("check", spoilt, "--fix")
    assert f"{POLICY} › {SHEET}!B5: 'Sd-wan' → 'SD-WAN'" in result.stdout
    assert "1 cell in 1 workbook mended" in result.stdout
    assert result.exit_code == 1
    assert codes(spoilt) == ["FW203"]
    assert openpyxl.load_workbook(spoilt / POLICY)[SHEET]["B5"].value == "SD-WAN"


@pytest.mark.parametrize("options", [["--diff"], ["--fix", "--diff"]])
def test_diff_writes_nothing(spoilt: Path, options: list[str]) -> None:
    """The changes are shown by cell, and the files stay as they are."""
    before = {path: path.read_bytes() for path in spoilt.rglob("*.xlsx")}
    result = call("check", spoilt, *options)
    assert "'Sd-wan' → 'SD-WAN'" in result.stdout
    assert "nothing is written" in result.stdout
    assert {path: path.read_bytes() for path in spoilt.rglob("*.xlsx")} == before


def test_a_mended_site_has_nothing_more_to_mend(site: Path) -> None:
    """Fixing twice changes nothing the second time."""
    edit(site / POLICY, B5="Sd-wan")
    assert call("check", site, "--fix").exit_code == 0
    before = (site / POLICY).read_bytes()
    again = call("check", site, "--fix")
    assert "0 cells in 0 workbooks mended" in again.stdout
    assert (site / POLICY).read_bytes() == before


def test_a_workbook_that_is_open_is_not_mended(spoilt: Path) -> None:
    """One line names the lock file, and the workbook stays."""
    before = (spoilt / POLICY).read_bytes()
    lock = (spoilt / POLICY).with_name(f"~${Path(POLICY).name}")
    lock.write_bytes(b"")
    refused = call("check", spoilt, "--fix")
    assert refused.exit_code == 1
    assert lock.name in refused.output
    assert "Traceback" not in refused.output
    assert (spoilt / POLICY).read_bytes() == before


def test_select_and_ignore(spoilt: Path) -> None:
    """Findings are chosen by codes or their beginnings, for the site and for one sheet."""
    settings = spoilt / "forewarn.toml"
    # What a new site leaves out is not what this is about, and a table stands in TOML once.
    text, _, _ = settings.read_text(encoding="utf-8").partition("# Gaps that are meant")
    settings.write_text(f'{text}\n[check]\nselect = ["FW2"]\n', encoding="utf-8")
    found = data(call("check", spoilt, "--format", "json"), exit_code=1)["findings"]
    assert {one["code"][:3] for one in found} == {"FW2"}
    settings.write_text(f'{text}\n[check.sheets."{SHEET}"]\nignore = ["FW203"]\n', encoding="utf-8")
    assert codes(spoilt) == ["FW204"]
    settings.write_text(f'{text}\n[check]\nignore = ["FW203", "FW204"]\n', encoding="utf-8")
    assert codes(spoilt) == []
    settings.write_text(f'{text}\n[check]\nignore = ["spelling"]\n', encoding="utf-8")
    assert call("check", spoilt).exit_code == 2


def test_watch_goes_alone() -> None:
    """Watching prints for people: other forms and writing are refused."""
    for option in (["--fix"], ["--diff"], ["--format", "json"], ["--annotate", "x.xlsx"]):
        assert call("check", "--watch", *option, ".").exit_code == 2


def test_watching_acts_once_for_each_change_and_ends_quietly() -> None:
    """It acts at once, and again when files have changed and stand still; Ctrl-C ends it without a word."""
    states: Iterator[int] = iter([0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3])
    current = 0
    acts: list[int] = []

    def stamps() -> dict[str, tuple[int, int]]:
        return {"a": (current, 0)}

    def pause(_seconds: float) -> None:
        nonlocal current
        try:
            current = next(states)
        except StopIteration:
            raise KeyboardInterrupt from None

    watch(stamps, lambda: acts.append(current), pause)
    assert acts in ([0, 1, 2, 3], [0, 2, 3])
    assert len(acts) == len(set(acts))


def test_scratch_is_listed_on_request(site: Path) -> None:
    """The owner's scratch sheets are left out of the text, unless one asks for them; machine forms have them always."""
    assert "FW110" not in call("check", site).stdout
    assert "_Lists" in call("check", site, "-v").stdout
    found = json.loads(call("check", site, "--format", "json").stdout)["findings"]
    assert any(one["code"] == "FW110" and one["sheet"] == "_Lists" for one in found)
