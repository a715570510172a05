"""``forewarn check``: what is wrong with a site, or with one workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from forewarn.commands.findings import count_findings, show_findings, summary_line
from forewarn.commands.options import find_site, site_option
from forewarn.commands.plugin_options import chosen_plugins
from forewarn.commands.rendering import say, show_json
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import read_library
from forewarn.engine.actions.checking import check_site
from forewarn.engine.clock import SystemClock
from forewarn.errors import Finding, NotFound, Severity
from forewarn.site.opening import load_site_extensions
from forewarn.site.settings import read_settings


@click.command(
    cls=TaughtCommand,
    short_help="Say what is wrong with a site or a workbook.",
    examples="""
        forewarn check
        forewarn check decision_tables/priority.xlsx --strict
        forewarn check mysite --format json
    """,
)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "layout",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print the findings.",
)
@click.option("--strict", is_flag=True, help="Exit 1 for warnings too, not for errors alone.")
@site_option
def check(path: Path | None, layout: str, strict: bool, site_root: Path | None) -> None:
    """Check the workbooks, rules, messages and plugins of a site.

    PATH is a site's folder or one workbook; without it, the site that
    --site names or that you stand in. Every finding names the cell it is
    about and says how to mend it. Nothing is changed.

    Exit 0: nothing is wrong; 1: there is an error (with --strict, or a
    warning); 2: the check could not run.
    """
    findings = sorted_findings(find_findings(path or site_root or find_site(Path.cwd())))
    if layout == "json":
        counts = {f"{severity.value}s": count for severity, count in count_findings(findings).items()}
        show_json({"findings": [finding.to_dict() for finding in findings], "summary": counts})
    else:
        show_findings(findings)
        say(summary_line(findings))
    fatal = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(finding.severity in fatal for finding in findings):
        click.get_current_context().exit(1)


def find_findings(path: Path) -> Sequence[Finding]:
    """What is wrong with the site or workbook at ``path``; raises NotFound or BadSettings."""
    if not path.exists():
        raise NotFound(f"{path} does not exist", hint="name a site's folder or a workbook")
    since = SystemClock().now()
    if path.is_dir():
        return check_site(path, load_site_extensions(path, read_settings(path), chosen_plugins()), since=since).findings
    library = read_library([path])
    # numpy is worth its import only once a workbook is read.
    from forewarn.decision_tables.analysis import analyse_library  # noqa: PLC0415

    return (*library.findings, *analyse_library(library, since=since))


def sorted_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Findings in the order of the sheets, each sheet's from the top: the same on every run."""
    return sorted(findings, key=_position)


def _position(finding: Finding) -> tuple[str, str, int, int, str, str, str]:
    place = finding.place
    letters = "".join(char for char in (place.cell or "").partition(":")[0] if char.isalpha())
    digits = "".join(char for char in (place.cell or "").partition(":")[0] if char.isdigit())
    return (
        place.workbook or "",
        place.sheet or "",
        int(digits or 0),
        len(letters),
        letters,
        finding.code,
        finding.message,
    )
