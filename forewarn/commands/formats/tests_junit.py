"""``forewarn test --junit``: tests of tables as JUnit's XML, a suite a table."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape

from forewarn.commands.formats.junit import attribute, plain
from forewarn.commands.formats.report import sentence
from forewarn.decision_tables.table_tests import RanTest, TestsReport
from forewarn.errors import Finding


def tests_junit(report: TestsReport) -> str:
    """A suite a table with a case a row; rows that cannot be understood are cases in error, in a suite of their own."""
    suites: dict[str, list[RanTest]] = {}
    for ran in report.ran:
        suites.setdefault(ran.test.table, []).append(ran)
    counts = f'tests="{len(report.ran) + len(report.bad_rows)}" failures="{len(report.failed)}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="forewarn test" {counts} errors="{len(report.bad_rows)}">',
    ]
    for name, tests in suites.items():
        failures = sum(not one.passed for one in tests)
        lines.append(
            f'<testsuite name={attribute(name)} tests="{len(tests)}" failures="{failures}" errors="0" skipped="0" '
            'time="0">'
        )
        lines += [line for one in tests for line in _case(name, one)]
        lines.append("</testsuite>")
    if report.bad_rows:
        count = len(report.bad_rows)
        lines.append(
            f'<testsuite name="rows that are no tests" tests="{count}" failures="0" errors="{count}" skipped="0" '
            'time="0">'
        )
        lines += [line for one in report.bad_rows for line in _bad_row(one)]
        lines.append("</testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _case(suite: str, ran: RanTest) -> Iterator[str]:
    head = f'<testcase name={attribute(ran.test.id)} classname={attribute(suite)} time="0"'
    if ran.passed:
        yield f"{head}/>"
        return
    yield f"{head}>"
    texts = [f"{one.place}: {one.what} is to be {one.expected}, and is {one.actual}" for one in ran.differences]
    yield f"<failure message={attribute(texts[0])}>{escape(plain(chr(10).join(texts)))}</failure>"
    yield "</testcase>"


def _bad_row(finding: Finding) -> Iterator[str]:
    yield f'<testcase name={attribute(str(finding.place))} classname="Tests" time="0">'
    yield f"<error type={attribute(finding.code)} message={attribute(sentence(finding))}/>"
    yield "</testcase>"
