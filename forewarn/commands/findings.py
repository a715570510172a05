"""Findings as lines, grouped by workbook and sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.text import Text

from forewarn.commands.rendering import SEVERITY_STYLES, console, of
from forewarn.errors import Finding, Place, Severity


def show_findings(findings: Sequence[Finding], *, stderr: bool = False) -> None:
    """Print a line a finding under the workbook and sheet that it is about, then its hint where it has one."""
    out = console(stderr=stderr)
    for group, members in groupby(findings, key=_group):
        if group:
            out.print(Text(group, style="bold"), soft_wrap=True)
        for finding in members:
            out.print(_line(finding), soft_wrap=True)


def _group(finding: Finding) -> str:
    return str(Place(finding.place.workbook, finding.place.sheet))


def _line(finding: Finding) -> Text:
    style = SEVERITY_STYLES[finding.severity]
    line = Text.assemble(
        "  ",
        (f"{finding.place.cell or '-':<6}", "bold"),
        " ",
        (f"{finding.severity.value:<7}", style),
        f" {finding.code} ",
    )
    line.append(finding.message)
    for remark in _remarks(finding):
        line.append(f" ({remark})", style="dim")
    return line


def _remarks(finding: Finding) -> Iterable[str]:
    if finding.hint:
        yield finding.hint
    if finding.suggestion and finding.suggestion not in (finding.hint or ""):
        yield f"did you mean {finding.suggestion!r}?"
    if finding.related:
        yield "see " + ", ".join(str(place) for place in finding.related)


def count_findings(findings: Iterable[Finding]) -> dict[Severity, int]:
    """How many findings of each severity there are, worst first."""
    listed = list(findings)
    return {severity: sum(finding.severity is severity for finding in listed) for severity in Severity}


def summary_line(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning, no notes``."""
    counts = count_findings(findings)
    return ", ".join(
        of(count, severity.value) if count else f"no {severity.value}s" for severity, count in counts.items()
    )
