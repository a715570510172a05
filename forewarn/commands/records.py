"""Records as lists and as pages: what the verbs of alerts, incidents and cases share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
from rich.text import Text

from forewarn.commands.rendering import (
    Column,
    console,
    heading,
    of,
    say,
    show_fields,
    show_json,
    show_table,
    text_of,
    time_of,
)
from forewarn.engine.reports import ActivityEntry, Change
from forewarn.plugins.api import RecordView

limit_option = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The N newest alone.")

phase_option = click.option(
    "--phase", type=click.Choice(["open", "resolved", "closed"]), help="Those that are open, resolved or closed alone."
)

STREAM_KINDS = ("comment", "work note", "field", "email", "system")

stream_option = click.option(
    "--stream",
    type=click.Choice(["all", "none", *STREAM_KINDS]),
    default="all",
    show_default=True,
    help="Which entries of the activity stream to print.",
)


def show_records(
    records: Sequence[RecordView],
    columns: Sequence[tuple[str, Column]],
    *,
    as_json: bool = False,
    title: str | None = None,
) -> None:
    """Print a list of records, a line each, with the fields that ``columns`` name: ``account/consumer`` is the one
    that has a value. Columns without any value are left out.
    """
    if as_json:
        show_json(records)
        return
    if not records:
        say("none")
        return
    filled = [(field, column) for field, column in columns if any(_field(record, field) for record in records)]
    rows = [[_field(record, field) for field, _ in filled] for record in records]
    show_table([column for _, column in filled], rows, title=title)


def _field(record: RecordView, name: str) -> Any:
    return next((record[field] for field in name.split("/") if record.get(field)), None)


def show_record(record: RecordView, *, also: Sequence[tuple[str, object]] = ()) -> None:
    """Print one record: its kind and number, then a line a field that has a value."""
    console().print(Text.assemble((f"{record.kind} ", "dim"), (record.number, "bold")))
    own = [
        (name.replace("_", " "), value)
        for name, value in record.items()
        if name not in ("id", "number", "extra") and not name.endswith("_id") and value is not False
    ]
    extra = record.get("extra") or {}
    show_fields([*own, *also, *((name, value) for name, value in extra.items())])


def show_stream(entries: Sequence[ActivityEntry], kind: str) -> None:
    """Print the activity stream, oldest first; of one kind alone unless ``kind`` is all."""
    chosen = [entry for entry in entries if kind in ("all", entry.kind)]
    if kind == "none" or not chosen:
        return
    heading("Activity")
    columns = (Column("Time", style="dim"), Column("Who"), Column("Kind"), Column("What", folds=True))
    show_table(columns, [(time_of(entry.at), entry.who, entry.kind, what_happened(entry)) for entry in chosen])


def what_happened(entry: ActivityEntry) -> str:
    """An entry in words: the text of a note, or a field with its old and new value."""
    if entry.field is None:
        return entry.text or ""
    change = f"{entry.field.replace('_', ' ')}: {text_of(entry.old) or '(empty)'} → {text_of(entry.new) or '(empty)'}"
    return f"{change}  {entry.text}" if entry.text else change


def show_change(change: Change, done: str, *, as_json: bool) -> None:
    """Print what an action did, in a line, with what followed from it; ``done`` is the verb in the past."""
    if as_json:
        show_json(change)
        return
    record = change.record
    say(f"{record.number}: {done if change.changed else 'nothing to do, nothing was changed'}")
    words = [
        f"{field.replace('_', ' ')} {record[field]}"
        for field in ("state", "stage", "assignment_group")
        if record.get(field)
    ]
    if words:
        say("  " + ", ".join(words))
    for count, what in ((change.cases_created, "created"), (change.cases_changed, "changed")):
        if count:
            say(f"  {of(count, 'case')} {what}")
    if change.notifications:
        say(f"  {of(change.notifications, 'notification')} waiting; send with: forewarn deliver")
    for note in change.notes:
        say(f"  {note}")
