"""All kinds of findings are known in one place, and the docs and the command say what the code says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from forewarn.engine.checks.catalogue import GROUPS, all_codes
from tests.checks.findings_document import DOCUMENT, document
from tests.commands.conftest import call

LITERAL = re.compile(r"\"(FW\d{3})\"")


def test_the_document_is_made_from_the_code() -> None:
    """After a change: python -m tests.checks.findings_document."""
    assert DOCUMENT.read_text(encoding="utf-8") == document()


def test_every_code_in_the_source_is_in_the_catalogue(repo: Path) -> None:
    """No part of the product gives a finding that the list does not know, and the list knows none that is not given."""
    used = {
        code for path in (repo / "forewarn").rglob("*.py") for code in LITERAL.findall(path.read_text(encoding="utf-8"))
    }
    assert used == set(all_codes())


def test_every_code_has_a_group_and_a_title() -> None:
    """Titles are sentences without a full stop, in one line."""
    for code in all_codes().values():
        assert code.code[:3] in GROUPS
        assert re.fullmatch(r"[A-Z][^\n]+[^.\s]", code.title), code


def test_the_list_and_one_explained() -> None:
    """`forewarn checks` has a line a code, `forewarn checks CODE` its examples and how to mend it."""
    lines = call("checks").output.splitlines()
    assert sum(line.strip().startswith("FW") for line in lines) == len(all_codes())
    shown = call("checks", "fw203")
    assert shown.exit_code == 0
    for text in ("FW203 A value that is not allowed (error)", "Bad, found at B5", "R1 | C | X", "Good:", "To mend it"):
        assert text in shown.output
    assert json.loads(call("checks", "FW203", "--json").stdout)[0]["at"] == "B5"


@pytest.mark.parametrize(("code", "hint"), [("FW2033", "did you mean FW203"), ("nonsense", "forewarn checks")])
def test_an_unknown_code_is_refused(code: str, hint: str) -> None:
    """With the nearest one, or how to see them all."""
    refused = call("checks", code)
    assert refused.exit_code == 2
    assert hint in refused.output
