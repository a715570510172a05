"""``--format github``: workflow commands, which GitHub shows as annotations at the files."""

from __future__ import annotations

from forewarn.commands.formats.report import Report, cell_name, position_of, sentence
from forewarn.errors import Finding, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def github(report: Report) -> str:
    """A line a finding: ``::error file=a.xlsx,line=7,col=3,title=FW203 Sheet!C7::message``."""
    return "\n".join(_line(finding, report) for finding in report.findings)


def _line(finding: Finding, report: Report) -> str:
    properties: dict[str, str] = {}
    path = report.path(finding.place)
    if path is not None:
        properties["file"] = path
        position = position_of(finding.place)
        if position is not None:
            properties["line"] = str(position.line)
            if position.last_line is not None:
                properties["endLine"] = str(position.last_line)
            if position.column is not None:
                properties["col"] = str(position.column)
            if position.last_column is not None and position.last_line == position.line:
                properties["endColumn"] = str(position.last_column)
    properties["title"] = " ".join(part for part in (finding.code, cell_name(finding.place)) if part)
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(sentence(finding))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
