"""``forewarn decide``: ask one decision table."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import click

from forewarn.commands.caller import Caller, user_name
from forewarn.commands.deciding_files import decide_file
from forewarn.commands.explain import explained_rules, rule_places, show_rules
from forewarn.commands.frame_files import check_files
from forewarn.commands.options import assignments, aware_time, find_site, json_option, site_option
from forewarn.commands.rendering import Column, heading, say, show_json, show_table
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import Decision, Table, read_workbook
from forewarn.decision_tables.explaining import show
from forewarn.decision_tables.literals import CellProblem, text_literal
from forewarn.decision_tables.model import InputColumn
from forewarn.decision_tables.values import Value
from forewarn.engine.actions import decisions
from forewarn.errors import BadInput


class Tables(Protocol):
    """What has decision tables by name: a workbook, or the library of a site."""

    def table(self, name: str) -> Table:
        """The table of that name; raises UnknownTable or BadTable."""


@click.command(
    cls=TaughtCommand,
    short_help="Ask one decision table.",
    examples="""
        forewarn decide Priority impact="1 - High" urgency="2 - Medium"
        forewarn decide "Incident Escalation Policy" category=SD-WAN \\
            subcategory="Link failure" stage=null --explain
        forewarn decide Discount amount=120 --workbook discount.xlsx
        forewarn decide Priority --frame incidents.csv -o decided.csv
    """,
)
@click.argument("table")
@click.argument("inputs", metavar="NAME=VALUE...", nargs=-1)
@click.option(
    "--workbook", metavar="FILE", type=click.Path(path_type=Path), help="A table of this workbook, without a site."
)
@click.option("--at", metavar="TIME", help="The time to decide for, such as 2026-03-01T12:00:00Z. Else now.")
@click.option("--explain", "explained", is_flag=True, help="For each rule the first cell that stopped it.")
@click.option(
    "--frame",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Decide every row of a csv, Parquet, xlsx or jsonl.",
)
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="Where the decided rows of --frame go."
)
@json_option
@site_option
def decide(
    table: str,
    inputs: tuple[str, ...],
    *,
    workbook: Path | None,
    at: str | None,
    explained: bool,
    frame: Path | None,
    output: Path | None,
    as_json: bool,
    site_root: Path | None,
) -> None:
    """Ask TABLE what it decides for these inputs. Nothing is recorded.

    NAME is a heading or what it is bound to (incident.category). VALUE is read
    by the type of its column. "name=null" is null, "name=" is the empty text,
    a list is separated by commas.

    With --frame, each row of FILE is decided: its columns are named like the
    inputs, others are kept as they are, and the outputs, the rules and what
    went wrong with a row are added. Exit 1 if a row could not be decided.
    """
    given = assignments(inputs)
    moment = None if at is None else aware_time(at, "--at")
    if frame is not None or output is not None:
        _decide_rows(
            table, given, frame, output, workbook=workbook, moment=moment, as_json=as_json, site_root=site_root
        )
        return
    if workbook is not None:
        book = read_workbook(workbook, errors="report")
        asked = book.table(table)
        decision = book.decide(table, read_inputs(book, table, given), at=moment)
    else:
        root = site_root if site_root is not None else find_site(Path.cwd())
        with Caller(root, user_name()).site() as site:
            library = site.rulebook.library
            asked = library.table(table)
            decision = decisions.decide(site, table, read_inputs(library, table, given), at=moment)
    explanation = decision.explain() if explained else None
    if as_json:
        extra = {} if explanation is None else {"explanation": explained_rules(explanation, rule_places(asked))}
        show_json({**decision.to_dict(), **extra})
        return
    show_decision(decision)
    if explanation is not None:
        heading("Rules")
        show_rules(explanation, rule_places(asked))


def _decide_rows(
    name: str,
    given: Mapping[str, str | None],
    frame: Path | None,
    output: Path | None,
    *,
    workbook: Path | None,
    moment: datetime | None,
    as_json: bool,
    site_root: Path | None,
) -> None:
    """Decide a file of rows with a table of a workbook or a site."""
    if frame is None or output is None:
        raise click.UsageError("--frame FILE and --output FILE go together")
    if given:
        raise click.UsageError("give inputs either as NAME=VALUE or as columns of --frame")
    check_files(frame, output)
    if workbook is not None:
        counts = decide_file(read_workbook(workbook, errors="report").table(name), frame, output, at=moment)
    else:
        root = site_root if site_root is not None else find_site(Path.cwd())
        with Caller(root, user_name()).site() as site:
            table = site.rulebook.library.table(name)
            counts = decide_file(table, frame, output, at=moment or site.clock.now())
    if as_json:
        show_json({"rows": counts.rows, "errors": counts.errors, "output": str(output)})
    else:
        errors = f", {counts.errors:,} could not be decided (column error)" if counts.errors else ""
        say(f"{counts.rows:,} rows decided{errors}: {output}")
    if counts.errors:
        click.get_current_context().exit(1)


def show_decision(decision: Decision) -> None:
    """Print the outputs, the rules behind them, and the version of the table."""
    outputs = decision.outputs
    if isinstance(outputs, list):
        headings = list(outputs[0]) if outputs else []
        if outputs:
            show_table(
                [Column(name, folds=True) for name in headings],
                [[show(row[name]) for name in headings] for row in outputs],
            )
        else:
            say("(no rule matched: an empty list)")
    else:
        for name, value in outputs.items():
            say(f"{name}: {show(value)}")
    say(f"rules: {', '.join(decision.rules) or '(none)'}")
    for code in decision.diagnostics:
        say(f"diagnostic: {code}")
    say(f"table: {decision.table}, version {decision.version[:12]}")


def read_inputs(tables: Tables, goal: str, given: Mapping[str, str | None]) -> dict[str, Any]:
    """What was typed as values of the columns' types. Raises BadInput naming the nearest input where a name is
    unknown, and where a text is not of its column's type.
    """
    columns = {name: column for column in _input_columns(tables, goal, set()) for name in _names(column)}
    folded = {name.casefold(): name for name in columns}
    values: dict[str, Any] = {}
    for typed, text in given.items():
        name = typed if typed in columns else folded.get(typed.casefold(), typed)
        if name not in columns:
            raise _unknown_input(goal, typed, columns)
        column = columns[name]
        values[_key(column, name)] = None if text is None else _value(column, goal, text)
    return values


def _input_columns(tables: Tables, name: str, seen: set[str]) -> Iterator[InputColumn]:
    """The inputs of a table and of the tables that it reads, its own last so that they win."""
    seen.add(name)
    table = tables.table(name)
    for column in table.inputs:
        needed = None if column.binding is None else column.binding.table
        if needed is not None and needed not in seen:
            yield from _input_columns(tables, needed, seen)
    yield from table.inputs


def _names(column: InputColumn) -> Iterator[str]:
    if column.binding is not None:
        if column.binding.attribute is not None:
            yield column.binding.attribute
        yield column.binding.name
    yield column.heading


def _key(column: InputColumn, name: str) -> str:
    """What a table reads: the heading where it was typed, else the bound name (``impact`` is ``incident.impact``)."""
    return name if name == column.heading or column.binding is None else column.binding.name


def _unknown_input(table: str, typed: str, columns: Mapping[str, InputColumn]) -> BadInput:
    headings = list(dict.fromkeys(column.heading for column in columns.values()))
    near = difflib.get_close_matches(typed.casefold(), [heading.casefold() for heading in headings], n=1)
    meant = next((heading for heading in headings if near and heading.casefold() == near[0]), None)
    hint = f"did you mean {meant!r}?" if meant else f"its inputs: {', '.join(headings) or 'none'}"
    return BadInput(f"table {table!r} has no input {typed!r}", table=table, input=typed, hint=hint)


def _value(column: InputColumn, table: str, text: str) -> Value:
    try:
        if column.type.is_list:
            return tuple(text_literal(item.strip(), column.type.kind) for item in text.split(",") if item.strip())
        return text_literal(text, column.type.kind)
    except CellProblem as problem:
        raise BadInput(
            f"input {column.heading!r} of table {table!r}: {problem.message}",
            table=table,
            input=column.heading,
            place=column.place,
            hint=problem.hint,
        ) from None
