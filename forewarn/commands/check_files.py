"""What ``forewarn check`` writes: annotated copies, and workbooks with what is safe mended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from forewarn.commands.checked import Subject
from forewarn.commands.rendering import of, warn
from forewarn.decision_tables.owner_file import Mended, annotate, mend
from forewarn.decision_tables.owner_file.files import refuse_open, write_whole
from forewarn.errors import BadSettings, Finding, UnreadableWorkbook


def write_annotated(subject: Subject, findings: Sequence[Finding], target: Path, *, err: bool) -> None:
    """Write a copy of the workbook to ``target``; of a site, a copy of each workbook with findings into that folder.

    A file that cannot be annotated (not .xlsx or .xlsm, or damaged) is told in a line of warning. Raises `Refused`
    where a target is open elsewhere. ``err`` prints what was done on standard error.
    """
    site = subject.path.is_dir()
    if site and target.suffix.lower() in (".xlsx", ".xlsm"):
        raise BadSettings(f"{target} is a file, and a site has many workbooks", hint="name a folder: --annotate OUT")
    for name, source in subject.workbooks().items():
        own = [finding for finding in findings if finding.place.workbook == name]
        if not own:
            continue
        path = target / name if site else target
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            result = annotate(source, own, path)
        except UnreadableWorkbook as error:
            warn(f"{name} is not annotated: {error.message}")
            continue
        kept = f"; {of(len(result.kept), 'cell')} kept a comment of the owner's" if result.kept else ""
        marked = of(result.filled, "cell")
        click.echo(f"{path}: {marked} marked, all findings on sheet {result.summary_sheet}{kept}", err=err)


def mended(subject: Subject, *, write: bool, err: bool) -> Mended:
    """Mend what is safe, tell each change, and with ``write`` write the workbooks, each whole.

    Raises `Refused`, before any is written, where one of them is open elsewhere.
    """
    result = mend(subject.workbooks(), subject.find)
    if write:
        for name in result.contents:
            refuse_open(subject.folder / name)
        for name, content in result.contents.items():
            write_whole(subject.folder / name, content)
    for change in result.changes:
        click.echo(str(change), err=err)
    for refusal in result.refused:
        warn(refusal)
    what = f"{of(len(result.changes), 'cell')} in {of(len(result.contents), 'workbook')}"
    click.echo(f"{what} mended" if write else f"{what} would be mended; nothing is written", err=err)
    return result
