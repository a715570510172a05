"""``forewarn coverage``: how often each rule decided, shown and painted on a copy of the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forewarn.commands.caller import Caller, user_name
from forewarn.commands.checked import Subject
from forewarn.commands.deciding_files import CHUNK
from forewarn.commands.frame_files import read_rows
from forewarn.commands.options import aware_time, find_site, json_option, site_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, heading, of, say, show_json, show_table, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import Table
from forewarn.decision_tables.coverage import RuleHits, TableCoverage, coverage_of_frames
from forewarn.decision_tables.library import TableSet
from forewarn.decision_tables.owner_file.files import refuse_open, write_whole
from forewarn.decision_tables.owner_file.heat_map import HeatMap, heat_map
from forewarn.engine.actions.coverage import recorded_coverage
from forewarn.engine.clock import SystemClock
from forewarn.errors import BadSettings, NotFound, UnreadableWorkbook

if TYPE_CHECKING:
    import pandas

Covered = Sequence[tuple[Table, TableCoverage]]


@click.command(
    cls=TaughtCommand,
    short_help="Which rules decide, and which never do.",
    examples="""
        forewarn coverage
        forewarn coverage "Incident Escalation Policy" --since 2026-01-01T00:00:00Z
        forewarn coverage Priority -o heat_maps
        forewarn coverage Discount --workbook discount.xlsx --frame orders.csv
    """,
)
@click.argument("tables", metavar="[TABLE]...", nargs=-1)
@click.option("--since", metavar="TIME", help="Only decisions recorded from then on, such as 2026-03-01T00:00:00Z.")
@click.option(
    "--frame",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Count over the rows of a csv, Parquet, xlsx or jsonl instead; with one TABLE.",
)
@click.option("--at", metavar="TIME", help="With --frame: the effective time. Else now.")
@click.option(
    "--workbook", metavar="FILE", type=click.Path(path_type=Path), help="With --frame: a workbook, without a site."
)
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    type=click.Path(path_type=Path),
    help="Paint the heat map: on a copy of --workbook, or of the site's workbooks into the folder OUT.",
)
@json_option
@site_option
def coverage(
    *,
    tables: tuple[str, ...],
    since: str | None,
    frame: Path | None,
    at: str | None,
    workbook: Path | None,
    output: Path | None,
    as_json: bool,
    site_root: Path | None,
) -> None:
    """Count how often each rule of the TABLEs (of all) decided.

    From the decisions that the site recorded, or, with --frame, from deciding
    every row of a file. A rule counts by its id, whatever version decided.

    With -o, copies of the workbooks are painted: a rule that never decided is
    reddish, the others greener the more they decided, with figures in a
    comment on the rule's id, and all of them on the sheet _Coverage. Nothing
    else in the copy differs from the original.
    """
    if workbook is not None and frame is None:
        raise click.UsageError("--workbook goes with --frame: a workbook alone has no recorded decisions")
    if frame is not None and (len(tables) != 1 or since is not None):
        raise click.UsageError("--frame goes with one TABLE and without --since")
    if at is not None and frame is None:
        raise click.UsageError("--at goes with --frame")
    subject = Subject(workbook or site_root or find_site(Path.cwd()))
    library = subject.library()
    if frame is not None:
        moment = SystemClock().now() if at is None else aware_time(at, "--at")
        covered: Covered = [_of_frame(library.table(tables[0]), frame, moment)]
    else:
        covered = _of_records(subject, library, tables, None if since is None else aware_time(since, "--since"))
    painted = {} if output is None else _paint(subject, covered, output)
    if as_json:
        show_json({"tables": [_document(one) for _, one in covered], "written": painted})
        return
    for _, one in covered:
        _tell(one)
    for path in painted.values():
        say(f"painted: {path}")


def _of_frame(table: Table, path: Path, at: datetime) -> tuple[Table, TableCoverage]:
    if not path.exists():
        raise NotFound(f"{path} does not exist", hint="name a file of rows")
    return table, coverage_of_frames(table, _decided(table, read_rows(path, table), at))


def _decided(table: Table, rows: pandas.DataFrame, at: datetime) -> Iterator[pandas.DataFrame]:
    with progress_bar() as progress:
        for start in range(0, len(rows), CHUNK):
            yield table.decide_frame(rows.iloc[start : start + CHUNK], at=at, errors="report")
            if progress is not None:
                progress("decide", min(start + CHUNK, len(rows)), len(rows))


def _of_records(subject: Subject, library: TableSet, names: Sequence[str], since: datetime | None) -> Covered:
    tables = [library.table(name) for name in names] or list(library.tables)
    with Caller(subject.path, user_name()).site() as site:
        return list(zip(tables, recorded_coverage(site, tables, since=since), strict=True))


def _paint(subject: Subject, covered: Covered, output: Path) -> Mapping[str, Path]:
    """Write the painted copies; a table without any decision is painted too."""
    site = subject.path.is_dir()
    if site and output.suffix.lower() in (".xlsx", ".xlsm"):
        raise BadSettings(f"{output} is a file, and a site has many workbooks", hint="name a folder: --output OUT")
    contents = subject.workbooks()
    by_book: dict[str, list[tuple[Table, TableCoverage]]] = {}
    for table, one in covered:
        by_book.setdefault(table.model.place.workbook or "", []).append((table, one))
    painted: dict[str, HeatMap] = {}
    for name, own in by_book.items():
        try:
            painted[name] = heat_map(contents[name], [(table.model, one) for table, one in own])
        except UnreadableWorkbook as error:
            warn(f"{name} is not painted: {error.message}")
    targets = {name: output / name if site else output for name in painted}
    for target in targets.values():
        refuse_open(target)
    for name, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, painted[name].content)
        if painted[name].kept:
            warn(f"{name}: {of(len(painted[name].kept), 'cell')} kept a comment of the owner's")
    return targets


def _tell(one: TableCoverage) -> None:
    heading(f"{one.table}: {of(one.decisions, 'decision')}")
    show_table(
        [Column("rule", folds=True), Column("hits", right=True), Column("share", right=True), Column("last hit")],
        [_row(hits, one) for hits in one.rules],
    )
    if one.never:
        say(f"never decided: {', '.join(one.never)}")
    for count, what in (
        (one.no_rule, "named no rule"),
        (one.errors, "could not be decided"),
        (one.other_versions, "were made by other versions of the table"),
    ):
        if count:
            say(f"{count:,} {what}")
    if one.gone:
        say(f"rules that are no longer there: {', '.join(f'{hits.rule} ({hits.hits:,})' for hits in one.gone)}")


def _row(hits: RuleHits, one: TableCoverage) -> tuple[object, ...]:
    share = f"{hits.hits / one.decisions:.1%}" if one.decisions else ""
    return hits.rule, f"{hits.hits:,}", share, hits.last


def _document(one: TableCoverage) -> Mapping[str, object]:
    return {
        "table": one.table,
        "decisions": one.decisions,
        "no_rule": one.no_rule,
        "errors": one.errors,
        "other_versions": one.other_versions,
        "rules": one.rules,
        "never": one.never,
        "gone": one.gone,
    }
