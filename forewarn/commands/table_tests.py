"""``forewarn test``: run the tests that stand in the workbooks, and make such tests from the tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from forewarn.commands.checked import Subject
from forewarn.commands.findings import show_findings
from forewarn.commands.formats.tests_junit import tests_junit
from forewarn.commands.options import find_site, json_option, site_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, of, say, show_json, show_table, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import Table
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.owner_file.files import refuse_open, write_whole
from forewarn.decision_tables.table_tests import RanTest, TestsReport, run_tests
from forewarn.decision_tables.table_tests.generating import MOST, GeneratedTests, generate_tests
from forewarn.decision_tables.table_tests.keeping import KeptTests, keep_tests
from forewarn.errors import BadSettings, BadTable, Finding, Severity


@click.command(
    cls=TaughtCommand,
    short_help="Run the tests that stand in the workbooks.",
    examples="""
        forewarn test
        forewarn test decision_tables/priority.xlsx --table Priority
        forewarn test mysite --junit tests.xml
        forewarn test policy.xlsx --generate -o policy_with_tests.xlsx
        forewarn test mysite --generate --table Priority --write
    """,
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--table", "tables", metavar="NAME", multiple=True, help="Only this table; may be given again.")
@click.option("--junit", metavar="FILE", type=click.Path(path_type=Path), help="Write the results as JUnit XML too.")
@click.option("--generate", is_flag=True, help="Make tests from the tables instead of running those that are there.")
@click.option("--write", "in_place", is_flag=True, help="With --generate: into the workbooks themselves.")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="With --generate: into a copy; of a site, copies into the folder OUT.",
)
@click.option(
    "--most", type=click.IntRange(min=1), default=MOST, show_default=True, help="With --generate: tests a table."
)
@json_option
@site_option
def test(
    *,
    path: Path | None,
    tables: tuple[str, ...],
    junit: Path | None,
    generate: bool,
    in_place: bool,
    output: Path | None,
    most: int,
    as_json: bool,
    site_root: Path | None,
) -> None:
    """Run the rows of the Tests sheets of a site or a workbook.

    PATH is a site's folder or one workbook; without it, the site that
    --site names or that you stand in. A row of a sheet named Tests says what
    a table is asked and what it is to answer; what comes out otherwise is
    told with its cell.

    With --generate, tests are made from the tables as they decide now: an
    input for every rule, both sides of every bound, every two rules that
    meet. They are marked "generated", and made again they replace those
    rows only. Without --write or -o nothing is written.

    Exit 0: every test passed; 1: one failed, or a row cannot be understood;
    2: the tests could not run.
    """
    subject = Subject(path or site_root or find_site(Path.cwd()))
    if (in_place or output is not None) and not generate:
        raise click.UsageError("--write and --output go with --generate")
    if in_place and output is not None:
        raise click.UsageError("give either --write or --output")
    library = subject.library()
    _refuse_bad_tables(library, tables)
    if generate:
        _generate(subject, library, tables, most=most, in_place=in_place, output=output, as_json=as_json)
        return
    with progress_bar() as progress:
        report = run_tests(library, tables=tables, progress=progress)
    if junit is not None:
        write_whole(junit, tests_junit(report).encode())
    if as_json:
        show_json(_document(report))
    else:
        _tell(report, library)
    if not report.passed:
        click.get_current_context().exit(1)


def _refuse_bad_tables(library: TableSet, wanted: Collection[str]) -> None:
    """Raise BadTable or UnknownTable for a table that is asked for, BadTable where all are refused."""
    for name in wanted:
        library.table(name)
    errors = [finding for finding in library.findings if finding.severity is Severity.ERROR]
    if errors and not library.tables:
        raise BadTable("every table is refused", errors)


def _tell(report: TestsReport, library: TableSet) -> None:
    show_findings(report.bad_rows)
    failed = [(ran, difference) for ran in report.failed for difference in ran.differences]
    if failed:
        show_table(
            [
                Column("cell"),
                Column("table", folds=True),
                Column("test", folds=True),
                Column("what"),
                Column("expected", folds=True),
                Column("came out", folds=True),
            ],
            [
                (f"{one.place.sheet}!{one.place.cell}", ran.test.table, ran.test.id, one.what, one.expected, one.actual)
                for ran, one in failed
            ],
        )
        say()
    for name in _refused(library.findings):
        warn(f"{name} has errors, so that tables in it are left out: forewarn check says which")
    counts = [f"{len(report.ran) - len(report.failed):,} passed", f"{len(report.failed):,} failed"]
    if report.bad_rows:
        counts.append(f"{of(len(report.bad_rows), 'finding')} about rows that are no tests")
    if not report.ran and not report.bad_rows:
        say("no tests: write them into a sheet named Tests, or make some with forewarn test --generate")
    else:
        say(f"{of(len(report.ran), 'test')}: {', '.join(counts)}")


def _refused(findings: Sequence[Finding]) -> list[str]:
    return sorted({one.place.workbook or "" for one in findings if one.severity is Severity.ERROR})


def _document(report: TestsReport) -> Mapping[str, Any]:
    return {
        "tests": [_one(ran) for ran in report.ran],
        "findings": report.bad_rows,
        "summary": {
            "tests": len(report.ran),
            "passed": len(report.ran) - len(report.failed),
            "failed": len(report.failed),
            "bad_rows": len(report.bad_rows),
        },
    }


def _one(ran: RanTest) -> Mapping[str, Any]:
    return {
        "table": ran.test.table,
        "id": ran.test.id,
        "place": ran.test.place,
        "passed": ran.passed,
        "error": ran.error,
        "rules": None if ran.decision is None else ran.decision.rules,
        "differences": ran.differences,
    }


def _generate(
    subject: Subject,
    library: TableSet,
    wanted: Collection[str],
    *,
    most: int,
    in_place: bool,
    output: Path | None,
    as_json: bool,
) -> None:
    site = subject.path.is_dir()
    if site and output is not None and output.suffix.lower() in (".xlsx", ".xlsm"):
        raise BadSettings(f"{output} is a file, and a site has many workbooks", hint="name a folder: --output OUT")
    chosen = [table for table in library.tables if not wanted or table.name in wanted]
    generated = _generated(chosen, most)
    kept = keep_tests(library, subject.workbooks(), generated) if in_place or output is not None else {}
    written = _write(subject, kept, output)
    if as_json:
        show_json({"tables": generated, "written": written})
        return
    show_table(
        [Column("table", folds=True), Column("tests", right=True), Column("remark", folds=True)],
        [(one.table, f"{len(one.rows):,}", _remark(one)) for one in generated],
    )
    for name, path in written.items():
        say(f"{path}: {kept[name].added:,} written, {kept[name].removed:,} generated before taken out")
    if not written:
        say("nothing is written: --write writes into the workbooks, -o OUT into a copy")


def _generated(tables: Sequence[Table], most: int) -> list[GeneratedTests]:
    made: list[GeneratedTests] = []
    with progress_bar() as progress:
        for number, table in enumerate(tables, 1):
            made.append(generate_tests(table, most=most))
            if progress is not None:
                progress("generate", number, len(tables))
    return made


def _remark(one: GeneratedTests) -> str:
    remarks = [] if one.complete else ["there are more: --most"]
    if one.unwritable:
        remarks.append(f"{one.unwritable:,} left out: a cell cannot hold their inputs")
    return "; ".join(remarks)


def _write(subject: Subject, kept: Mapping[str, KeptTests], output: Path | None) -> dict[str, Path]:
    targets = {
        name: subject.folder / name if output is None else output / name if subject.path.is_dir() else output
        for name in kept
    }
    for target in targets.values():
        refuse_open(target)
    for name, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, kept[name].content)
    return targets
