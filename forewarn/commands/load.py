"""``forewarn load``: the inventory."""

from __future__ import annotations

from pathlib import Path

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.findings import show_findings
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, say, show_json, show_table
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions.inventory import LoadReport, load_files
from forewarn.errors import Severity


@click.command(
    cls=TaughtCommand,
    short_help="Load accounts, CIs, services and the like from files.",
    examples="""
        forewarn load inventory.xlsx
        forewarn load accounts.csv contacts.csv services.jsonl --strict
    """,
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--strict", is_flag=True, help="Load nothing if any row is bad.")
@json_option
@needs_site
def load(caller: Caller, files: tuple[Path, ...], strict: bool, as_json: bool) -> None:
    """Load who is served with what: workbooks, .csv files or JSON lines.

    A workbook has a sheet a kind, a .csv file is named for its kind:
    accounts, consumers, contacts, CIs, services, CI services, sold products,
    install base, users, groups, group members. Rows may refer to each other
    across files, in any order. What is loaded again changes nothing.

    A bad row is named with file, sheet, row and column, and the others are
    loaded all the same, unless --strict. Exit 1 if a row was refused.
    """
    with caller.site() as site, progress_bar() as progress:
        report = load_files(site, files, strict=strict, asked_by=caller.asked_by, progress=progress)
    if as_json:
        show_json(report.to_dict())
    else:
        show_findings(report.findings, stderr=True)
        _show_counts(report)
    if not report.loaded or any(finding.severity is Severity.ERROR for finding in report.findings):
        click.get_current_context().exit(1)


def _show_counts(report: LoadReport) -> None:
    columns = (
        Column("Kind"),
        Column("Added", right=True),
        Column("Changed", right=True),
        Column("Unchanged", right=True),
        Column("Repeated", right=True),
        Column("Refused", right=True),
    )
    show_table(
        columns,
        [
            (
                count.sheet or "unknown kind",
                count.added,
                count.changed,
                count.unchanged,
                count.repeated,
                count.refused,
            )
            for count in report.counts
        ],
    )
    if not report.loaded:
        say("nothing was loaded: mend the rows that are named above, or leave out --strict")
    elif report.added == report.changed == 0:
        say("nothing was changed")
