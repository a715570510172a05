"""Plugins add checks of their own; one that fails harms no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event

from forewarn.decision_tables import Library, read_library
from forewarn.engine.actions.checking import check_site
from forewarn.engine.checks.plugin_checks import plugin_findings
from forewarn.errors import Finding, Severity
from forewarn.plugins.api import CheckedTable
from forewarn.plugins.loading import load_extensions
from tests.checks.example_workbooks import workbook_of
from tests.checks.seeded_faults import findings_with

TABLE = "Groups\nFirst | If | Then\nRule | Category | Group\nR1 | A, B | X\nR2 | - | Y"


def library() -> Library:
    """One table of two rules."""
    return read_library({"book.xlsx": workbook_of(TABLE)})


def no_lists(table: CheckedTable) -> Iterator[Finding]:
    """A house rule: one value a cell."""
    for rule in table.rules:
        if "," in rule.cells["Category"]:
            yield table.finding("one value a cell", heading="Category", rule=rule, hint="split the rule")


def test_a_check_sees_texts_and_names_the_cell() -> None:
    """The finding has the check's code, the cell, the rule and the text that stands there."""
    (found,) = plugin_findings(library(), {"ACME01": no_lists})
    assert (found.code, str(found.place), found.rule) == ("ACME01", "book.xlsx › Sheet1!B4", "R1")
    assert (found.text, found.hint, found.severity) == ("A, B", "split the rule", Severity.WARNING)


def test_a_check_that_fails_is_a_finding() -> None:
    """It is told with its reason, and the next check runs."""

    def bad(table: CheckedTable) -> list[Finding]:
        raise KeyError(table.name)

    def odd(table: CheckedTable) -> list[Finding]:
        return ["nonsense"]  # type: ignore[list-item]

    found = list(plugin_findings(library(), {"ACME02": bad, "ACME03": odd, "ACME01": no_lists}))
    assert [one.code for one in found] == ["FW409", "FW409", "ACME01"]
    assert "ACME02" in found[0].message
    assert "KeyError" in found[0].message
    assert "not str" in found[1].message


def test_a_check_that_hangs_is_left_behind() -> None:
    """After its time it is told, and the check of the site goes on."""
    over = Event()

    def hang(table: CheckedTable) -> list[Finding]:
        over.wait(60)
        return []

    (found,) = plugin_findings(library(), {"ACME04": hang}, seconds=0.2)
    over.set()
    assert found.code == "FW409"


def test_forewarn_checks_at_work(tmp_path: Path) -> None:
    """A site's own plugin: what its check finds stands among the findings of the site."""
    root = tmp_path / "site"
    findings_with(None, root)
    (root / "plugins").mkdir()
    (root / "plugins" / "house_rules.py").write_text(HOUSE_RULES)
    extensions = load_extensions(site_plugins=root / "plugins")
    found = [one for one in check_site(root, extensions).findings if one.code == "ACME01"]
    assert found
    assert {one.place.cell for one in found} == {"A3"}


HOUSE_RULES = """
from forewarn.plugins.hookspecs import hookimpl

def named(table):
    yield table.finding(f"the table {table.name} was looked at", heading="none")

@hookimpl
def forewarn_checks():
    return {"ACME01": named}
"""
