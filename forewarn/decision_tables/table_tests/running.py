"""Running the tests of a workbook or a site: each row decided, and what differs from what it expects."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from forewarn.decision_tables.decision import Decision
from forewarn.decision_tables.explaining import show
from forewarn.decision_tables.index.cells import same
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.model import HitPolicy
from forewarn.decision_tables.policies import BAD_INPUT, CONFLICTING_RULES, EXPRESSION_ERROR, NO_UNIQUE_RULE
from forewarn.decision_tables.table_tests.codes import FAILING_TEST
from forewarn.decision_tables.table_tests.rows import ERROR, RULE, TableTest, read_tests
from forewarn.decision_tables.values import Value
from forewarn.errors import (
    BadInput,
    BadTable,
    ConflictingRules,
    DecisionError,
    Finding,
    NoUniqueRule,
    Place,
    UnknownTable,
)

_EVERY = 1_000


class Progress(Protocol):
    """Called while tests run."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """``done`` of ``total`` tests are through."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise: a heading, ``expected rule`` or ``expected error``, and both as text."""

    what: str
    expected: str
    actual: str
    place: Place


@dataclass(frozen=True, slots=True)
class RanTest:
    """A test with what its table decided, or the error that it gave; it passed where nothing differs."""

    test: TableTest
    decision: Decision | None
    error: str | None
    message: str | None
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether the table answered as expected."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class TestsReport:
    """All tests that ran, and the rows that could not be understood, as findings."""

    __test__ = False  # it is no test class of pytest's

    ran: tuple[RanTest, ...]
    bad_rows: tuple[Finding, ...] = ()

    @property
    def failed(self) -> tuple[RanTest, ...]:
        """The tests that did not pass."""
        return tuple(one for one in self.ran if not one.passed)

    @property
    def passed(self) -> bool:
        """Whether every row is understood and passes."""
        return not self.failed and not self.bad_rows


def run_tests(library: TableSet, *, tables: Collection[str] = (), progress: Progress | None = None) -> TestsReport:
    """Run the tests of ``tables`` (of all, where none is named) against the tables of ``library``.

    A row without ``at`` is decided without an effective time, which a table with effective dates refuses.
    """
    tests, bad_rows = read_tests(library)
    chosen = [test for test in tests if not tables or test.table in tables]
    ran: list[RanTest] = []
    for number, test in enumerate(chosen, 1):
        ran.append(run_test(library, test))
        if progress is not None and (number % _EVERY == 0 or number == len(chosen)):
            progress("test", number, len(chosen))
    return TestsReport(tuple(ran), bad_rows)


def run_test(library: TableSet, test: TableTest) -> RanTest:
    """Decide one row, and compare."""
    decision, error, message = None, None, None
    try:
        decision = library.decide(test.table, test.inputs, at=test.at)
    except (DecisionError, BadTable, UnknownTable) as problem:
        error, message = error_kind(problem), problem.message
    differences = tuple(_differences(library, test, decision, error, message))
    return RanTest(test, decision, error, message, differences)


def test_findings(library: TableSet) -> tuple[Finding, ...]:
    """What the Tests sheets find: rows that cannot be understood, and each expectation that a table does not meet."""
    report = run_tests(library)
    return (*report.bad_rows, *(finding for one in report.failed for finding in _findings(one)))


test_findings.__test__ = False  # type: ignore[attr-defined]


def _findings(ran: RanTest) -> Iterator[Finding]:
    for difference in ran.differences:
        yield FAILING_TEST.finding(
            f"test {ran.test.id!r} of table {ran.test.table!r}: {difference.what} is to be {difference.expected}, "
            f"and is {difference.actual}",
            difference.place,
            text=difference.expected,
        )


def error_kind(problem: Exception) -> str:
    """The kind of error under which a row of Tests expects it."""
    kinds = ((BadInput, BAD_INPUT), (NoUniqueRule, NO_UNIQUE_RULE), (ConflictingRules, CONFLICTING_RULES))
    return next((kind for raised, kind in kinds if isinstance(problem, raised)), EXPRESSION_ERROR)


def _differences(
    library: TableSet, test: TableTest, decision: Decision | None, error: str | None, message: str | None
) -> Iterator[Difference]:
    if test.error is not None or error is not None:
        if test.error != error:
            place = test.cells.get(ERROR, test.place)
            actual = "none" if error is None else f"{error}: {message}"
            yield Difference("the error", test.error or "none", actual, place)
        return
    assert decision is not None  # noqa: S101 - there is a decision or an error
    policy = library.table(test.table).model.hit_policy
    for heading, wanted in test.outputs.items():
        actual_value = _output(decision, heading)
        if not same(_as_tuple(wanted), _as_tuple(actual_value)):
            yield Difference(heading, _shown(wanted), _shown(actual_value), test.cells[heading])
    if test.rules is not None and not _same_rules(policy, test.rules, decision.rules):
        yield Difference("the rule", _rules(test.rules), _rules(decision.rules), test.cells[RULE])


def _output(decision: Decision, heading: str) -> Value:
    """An output as a test expects it: under R, O and C all of them as a tuple."""
    outputs = decision.outputs
    return tuple(row[heading] for row in outputs) if isinstance(outputs, list) else outputs[heading]


def _as_tuple(value: Value) -> Value:
    return tuple(value) if isinstance(value, list) else value


def _same_rules(policy: HitPolicy, wanted: tuple[str, ...], actual: tuple[str, ...]) -> bool:
    """Whether the rules are those that are expected; their order is looked at where it is part of the answer."""
    return wanted == actual if policy.many else sorted(wanted) == sorted(actual)


def _shown(value: Value) -> str:
    return "; ".join(show(one) for one in value) if isinstance(value, tuple) and value else show(value)


def _rules(rules: tuple[str, ...]) -> str:
    return ", ".join(rules) or "none"
