"""``--format junit``: findings as test cases, for build servers that read JUnit's XML.

The elements are those that readers agree on: testsuites, testsuite, testcase, failure, system-out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from forewarn.commands.formats.report import Report, cell_name, sentence
from forewarn.errors import Finding

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def junit(report: Report) -> str:
    """A suite a workbook, a test case a finding; one that fails the check is a failure, the others pass with output.

    Where nothing is found, one suite with one case that passes: readers take an empty document for a broken run.
    """
    suites: dict[str, list[Finding]] = {}
    for finding in report.findings:
        suites.setdefault(report.path(finding.place) or "site", []).append(finding)
    failures = sum(finding.severity in report.fatal for finding in report.findings)
    tests = max(len(report.findings), 1)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="forewarn check" tests="{tests}" failures="{failures}" errors="0">',
    ]
    for name, findings in suites.items():
        lines += _suite(name, findings, report)
    if not suites:
        lines.append('<testsuite name="forewarn check" tests="1" failures="0" errors="0" skipped="0" time="0">')
        lines += ['<testcase name="no findings" classname="forewarn check" time="0"/>', "</testsuite>"]
    return "\n".join([*lines, "</testsuites>"])


def _suite(name: str, findings: Sequence[Finding], report: Report) -> list[str]:
    failures = sum(finding.severity in report.fatal for finding in findings)
    counts = f'tests="{len(findings)}" failures="{failures}" errors="0" skipped="0" time="0"'
    lines = [f"<testsuite name={attribute(name)} {counts}>"]
    for finding in findings:
        title = " ".join(part for part in (cell_name(finding.place), finding.code, finding.message) if part)
        lines.append(f'<testcase name={attribute(title)} classname={attribute(name)} time="0">')
        text = escape(plain(f"{finding.severity.value}: {finding}"))
        if finding.severity in report.fatal:
            message = attribute(sentence(finding))
            lines.append(f"<failure type={attribute(finding.code)} message={message}>{text}</failure>")
        else:
            lines.append(f"<system-out>{text}</system-out>")
        lines.append("</testcase>")
    return [*lines, "</testsuite>"]


def attribute(text: str) -> str:
    """A text as the quoted value of an attribute."""
    return quoteattr(plain(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def plain(text: str) -> str:
    """Text that XML can hold: control characters as they are written in a string."""
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
