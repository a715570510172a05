"""import and export: decision tables as DMN XML, and back."""

from __future__ import annotations

from pathlib import Path

from forewarn.decision_tables import read_workbook
from forewarn.plugins import stock
from tests.commands.conftest import call

PRIORITY = Path(stock.__file__).parent / "workbooks" / "decision_tables" / "priority.xlsx"


def test_a_workbook_goes_to_dmn_and_comes_back_deciding_the_same(tmp_path: Path) -> None:
    """Every pair of impact and urgency has the priority that the stock workbook gives it."""
    exported = call("export", "--dmn", PRIORITY, "-o", tmp_path / "priority.dmn")
    assert exported.exit_code == 0, exported.output
    imported = call("import", tmp_path / "priority.dmn")
    assert imported.exit_code == 0, imported.output
    before = read_workbook(PRIORITY).table("Priority")
    after = read_workbook(tmp_path / "priority.xlsx").table("Priority")
    levels = ("1 - High", "2 - Medium", "3 - Low")
    for impact in levels:
        for urgency in levels:
            inputs = {"Impact": impact, "Urgency": urgency}
            assert after.decide(inputs).outputs == before.decide(inputs).outputs


def test_a_site_is_exported_whole(made_site: Path, tmp_path: Path) -> None:
    """All tables of a site stand in one model."""
    target = tmp_path / "site.dmn"
    assert call("export", "--dmn", made_site, "-o", target).exit_code == 0
    text = target.read_text(encoding="utf-8")
    assert 'name="Incident Escalation Policy"' in text
    assert 'name="Major Case Policy"' in text


def test_nothing_is_written_over_without_a_word(tmp_path: Path) -> None:
    """A file that is there stays, unless --force."""
    target = tmp_path / "priority.dmn"
    target.write_text("mine")
    refused = call("export", "--dmn", PRIORITY, "-o", target)
    assert refused.exit_code == 1
    assert "is there already" in refused.output
    assert target.read_text() == "mine"
    assert call("export", "--dmn", PRIORITY, "-o", target, "--force").exit_code == 0


def test_what_is_no_dmn_is_one_line(tmp_path: Path) -> None:
    """A file that is no model is named, without a traceback, and no workbook is made."""
    source = tmp_path / "notes.dmn"
    source.write_text("not XML at all")
    result = call("import", source)
    assert result.exit_code == 2
    assert "notes.dmn" in result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "notes.xlsx").exists()
