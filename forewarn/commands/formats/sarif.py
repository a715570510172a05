"""``--format sarif``: the Static Analysis Results Interchange Format, version 2.1.0 (OASIS)."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import quote

from forewarn.commands.formats.report import Position, Report, cell_name, position_of, sentence
from forewarn.decision_tables.codes import Code
from forewarn.decision_tables.decision import jsonable
from forewarn.errors import Finding, Place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(report: Report) -> str:
    """One run of one tool: each code a rule, each finding a result.

    A cell is a region (its row the line, its column the column) and a logical location named ``Sheet!C7``.
    """
    used = sorted({finding.code for finding in report.findings})
    rules = [_rule(code, report.codes.get(code)) for code in used]
    run: dict[str, Any] = {
        "tool": {"driver": {"name": "Forewarn", "version": report.version or "0", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, used.index(finding.code), report) for finding in report.findings],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def _rule(code: str, known: Code | None) -> dict[str, Any]:
    if known is None:
        return {"id": code}
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": known.title},
        "defaultConfiguration": {"level": known.severity.value},
    }
    if known.hint:
        rule["help"] = {"text": known.hint}
    return rule


def _result(finding: Finding, rule_index: int, report: Report) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule_index,
        "level": finding.severity.value,
        "message": {"text": sentence(finding)},
        "partialFingerprints": {"finding/v1": _fingerprint(finding)},
    }
    location = _location(finding.place, report)
    if location:
        result["locations"] = [location]
    related = [found for place in finding.related if (found := _location(place, report))]
    if related:
        result["relatedLocations"] = [{"id": number, **one} for number, one in enumerate(related, 1)]
    properties = {
        "rule": finding.rule,
        "text": finding.text,
        "suggestion": finding.suggestion,
        "witness": None if finding.witness is None else jsonable(dict(finding.witness)),
    }
    known = {name: value for name, value in properties.items() if value is not None}
    if known:
        result["properties"] = known
    return result


def _location(place: Place, report: Report) -> dict[str, Any]:
    location: dict[str, Any] = {}
    path = report.path(place)
    if path is not None:
        physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(path)}}
        position = position_of(place)
        if position is not None:
            physical["region"] = _region(position)
        location["physicalLocation"] = physical
    name = cell_name(place)
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name}]
    return location


def _uri(path: str) -> str:
    return f"file://{quote(path)}" if path.startswith("/") else quote(path)


def _region(position: Position) -> dict[str, int]:
    region = {"startLine": position.line}
    if position.column is not None:
        region["startColumn"] = position.column
    if position.last_line is not None and position.last_column is not None:
        # The end column is the one behind the region.
        region |= {"endLine": position.last_line, "endColumn": position.last_column + 1}
    return region


def _fingerprint(finding: Finding) -> str:
    """The same for the same fault in the same cell, whatever the message says."""
    parts = (
        finding.code,
        finding.place.workbook,
        finding.place.sheet,
        finding.rule or finding.place.cell,
        finding.text,
    )
    return hashlib.sha256("\0".join(part or "" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
