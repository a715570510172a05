"""``forewarn check``: what is wrong with a site, or with one workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from forewarn import __version__
from forewarn.commands.check_files import mended, write_annotated
from forewarn.commands.checked import Subject, sorted_findings
from forewarn.commands.findings import show_findings, summary_line
from forewarn.commands.formats import FORMATS, Report
from forewarn.commands.options import find_site, site_option
from forewarn.commands.rendering import say
from forewarn.commands.teaching import TaughtCommand
from forewarn.commands.watching import watch
from forewarn.decision_tables.codes import SCRATCH
from forewarn.engine.checks.catalogue import all_codes
from forewarn.errors import Finding, ForewarnError, Severity


@click.command(
    cls=TaughtCommand,
    short_help="Say what is wrong with a site or a workbook.",
    examples="""
        forewarn check
        forewarn check decision_tables/priority.xlsx --strict
        forewarn check mysite --format json
        forewarn check policy.xlsx --annotate policy_checked.xlsx
        forewarn check mysite --diff
        forewarn check mysite --fix
        forewarn check mysite --watch
    """,
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", *FORMATS]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too, not for errors alone.")
@click.option(
    "--annotate",
    "annotate_to",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Write a copy that shows the findings in the cells; of a site, copies into the folder OUT.",
)
@click.option(
    "--fix",
    is_flag=True,
    help="Mend what is safe in the workbooks: spelling of listed values, curly quotes, dashes, spaces at the ends.",
)
@click.option("--diff", is_flag=True, help="Show what --fix would change, cell by cell, and write nothing.")
@click.option("-v", "--verbose", is_flag=True, help="List the owner's scratch sheets and columns too.")
@click.option("--watch", "watching", is_flag=True, help="Check again whenever a file changes; Ctrl-C ends it.")
@site_option
def check(
    *,
    path: Path | None,
    layout: str,
    strict: bool,
    annotate_to: Path | None,
    fix: bool,
    diff: bool,
    verbose: bool,
    watching: bool,
    site_root: Path | None,
) -> None:
    """Check the workbooks, rules, messages and plugins of a site.

    PATH is a site's folder or one workbook; without it, the site that
    --site names or that you stand in. Every finding names the cell it is
    about and says how to mend it; forewarn checks CODE explains one.
    Nothing is changed without --fix.

    Exit 0: nothing is wrong; 1: there is an error (with --strict, or a
    warning); 2: the check could not run.
    """
    subject = Subject(path or site_root or find_site(Path.cwd()))
    fatal = frozenset({Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR})
    if watching:
        if fix or diff or annotate_to is not None or layout != "text":
            raise click.UsageError("--watch goes with --strict alone")
        watch(subject.stamps, lambda: _tell_again(subject))
        return
    if fix or diff:
        findings = sorted_findings(mended(subject, write=fix and not diff, err=layout != "text").findings)
    else:
        findings = sorted_findings(subject.find())
    if annotate_to is not None:
        write_annotated(subject, findings, annotate_to, err=layout != "text")
    if layout == "text" and not verbose:
        findings = [finding for finding in findings if finding.code != SCRATCH.code]
    _tell(findings, layout, Report(findings, subject.shown_folder, all_codes(), fatal, __version__))
    if any(finding.severity in fatal for finding in findings):
        click.get_current_context().exit(1)


def _tell(findings: Sequence[Finding], layout: str, report: Report) -> None:
    if layout == "text":
        show_findings(findings)
        say(summary_line(findings))
        return
    text = FORMATS[layout](report)
    if text:
        click.echo(text)


def _tell_again(subject: Subject) -> None:
    try:
        findings = sorted_findings(subject.find())
    except ForewarnError as error:
        # A setting that is half typed ends one look, not the watch.
        click.echo(str(error), err=True)
        return
    show_findings(findings)
    say(f"{summary_line(findings)}; waiting for a change")
    say()
