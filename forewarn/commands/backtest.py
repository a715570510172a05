"""``forewarn backtest``: a table against what past incidents came to, and rules mined from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from forewarn.commands.findings import show_findings
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import Column, heading, of, say, show_json, show_table, text_of
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import read_library
from forewarn.decision_tables.layout import reserved_name
from forewarn.decision_tables.library import Library
from forewarn.decision_tables.owner_file.files import refuse_open, write_whole
from forewarn.decision_tables.reading.limits import TABLES
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.engine.actions.backtest import SHARE, BacktestReport, Mining
from forewarn.engine.actions.backtest import backtest as run_backtest
from forewarn.engine.history.drafting import why, with_draft
from forewarn.engine.history.evaluating import Agreement, OutcomeResult
from forewarn.engine.history.mapping import MAPPING_SHEET, read_mapping
from forewarn.engine.history.mapping import Mapping as HistoryMapping
from forewarn.engine.history.mining import CONDITIONS, CONFIDENCE, SUPPORT, MinedRule
from forewarn.errors import NotFound, Place, Refused, UnreadableWorkbook

_MOST_SHOWN = 15
"""Groups and bad rows in the text; --json has them all."""


@click.command(
    cls=TaughtCommand,
    short_help="Try a table on past incidents; mine rules from them.",
    examples="""
        forewarn backtest assignment.xlsx --history incidents.csv
        forewarn backtest policy.xlsx --history old.parquet --table Assignment
        forewarn backtest assignment.xlsx --history incidents.csv --mine -o draft.xlsx
        forewarn backtest policy.xlsx --history old.xlsx --mapping columns.xlsx
    """,
)
@click.argument("workbook", type=click.Path(path_type=Path))
@click.option(
    "--history", "history_file", metavar="FILE", required=True, type=click.Path(path_type=Path),
    help="Past incidents: csv, Parquet or a workbook.",
)  # fmt: skip
@click.option("--table", "name", metavar="NAME", help="The table, where the workbook has several.")
@click.option(
    "--mapping", "mapping_file", metavar="FILE", type=click.Path(path_type=Path),
    help="A workbook or csv that says what the columns of the history mean. Else the sheet History of WORKBOOK.",
)  # fmt: skip
@click.option(
    "--mine", "mines", is_flag=True, help="Mine rules that the table lacks, and test them on newer incidents."
)
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=SHARE, show_default=True,
    help="With --mine: the share of the incidents, oldest first, to mine from.",
)  # fmt: skip
@click.option(
    "--support", type=click.IntRange(min=1), default=SUPPORT, show_default=True,
    help="With --mine: of how many incidents a rule must be right.",
)  # fmt: skip
@click.option(
    "--confidence", type=click.FloatRange(0, 1), default=CONFIDENCE, show_default=True,
    help="With --mine: of which share of those that it takes.",
)  # fmt: skip
@click.option(
    "--conditions", type=click.IntRange(1, 4), default=CONDITIONS, show_default=True,
    help="With --mine: how many columns a rule may ask about.",
)  # fmt: skip
@click.option(
    "-o", "--output", metavar="OUT", type=click.Path(path_type=Path),
    help="With --mine: a copy of WORKBOOK with the mined rules on a draft sheet.",
)  # fmt: skip
@json_option
def backtest(
    *,
    workbook: Path,
    history_file: Path,
    name: str | None,
    mapping_file: Path | None,
    mines: bool,
    share: float,
    support: int,
    confidence: float,
    conditions: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Ask a table of WORKBOOK about past incidents, and compare.

    A sheet named History in WORKBOOK (or --mapping) says which column of the
    history is which heading, how its dates are written, and what stands for
    no value. A history may have many rows an incident: inputs are taken from
    the first, as they stood when it was opened, the outcome from the last.

    With --mine, rules are mined from the older incidents that the table does
    not decide, and tested on the newer ones. -o writes them on a draft sheet,
    laid out as the table, for its owner to take over.

    Rows that cannot be used are told with their place; none is lost silently.
    """
    if output is not None and not mines:
        raise click.UsageError("--output goes with --mine: without it there is nothing to draft")
    if output is not None and output.resolve() in (workbook.resolve(), history_file.resolve()):
        raise Refused(f"{output} is a file that is read", hint="write the copy to another file")
    if output is not None:
        refuse_open(output)
    if not workbook.exists():
        raise NotFound(f"{workbook} does not exist", hint="name a workbook")
    library = read_library({workbook.name: workbook})
    if not library.books:
        raise UnreadableWorkbook(library.findings[0].message, place=Place(workbook.name))
    mapping = _mapping(library, mapping_file)
    mining = Mining(share, support, confidence, conditions) if mines else None
    with progress_bar() as progress:
        report = run_backtest(library, history_file, mapping, table=name, mining=mining, progress=progress)
    drafted = None
    if output is not None and report.mined:
        content, drafted = with_draft(workbook, report.model, report.mined, report.outcome)
        write_whole(output, content)
    if as_json:
        show_json(_document(report, output if drafted else None, drafted))
    else:
        _tell(report)
        if drafted:
            say(f"{output}: {of(len(report.mined), 'rule')} on sheet {drafted}, to be taken over or not")


def _mapping(library: Library, path: Path | None) -> HistoryMapping | None:
    if path is None:
        sheets = [sheet for sheet in library.reserved_sheets if reserved_name(sheet.name) == MAPPING_SHEET]
        return read_mapping(sheets[0]) if sheets else None
    if not path.exists():
        raise NotFound(f"{path} does not exist", hint="name a workbook or csv")
    with ReadingProcess(TABLES) as process:
        content = process.read(path.name, read_content(path, TABLES))
    named = [sheet for sheet in content.sheets if reserved_name(sheet.name) == MAPPING_SHEET] or list(content.sheets)
    return read_mapping(named[0])


def _tell(report: BacktestReport) -> None:
    history = report.history
    say(f"{of(history.rows, 'row')}, {of(len(history.incidents), 'incident')}")
    if history.bad:
        show_findings(history.bad[:_MOST_SHOWN])
        more = len(history.bad) - _MOST_SHOWN
        left = f"; {of(history.left_out, 'incident')} left out" if history.left_out else ""
        say(f"{of(len(history.bad), 'row or value', 'rows or values')} cannot be used{left}"
            + (f" ({more:,} more: --json)" if more > 0 else ""))  # fmt: skip
    for column, count in history.later.items():
        say(f"warning: {column!r} is later than the opening in {of(count, 'incident')}: it was not known then")
    if report.table is not None:
        _tell_agreement(f"{report.model.name} as it stands", report.table)
    if report.learned:
        _tell_mined(report)
    usual, right = report.usual
    if report.tested and usual is not None:
        share = f"{right / report.tested:.1%}"
        say(f"for comparison: always {text_of(usual)} is right of {right:,} of {report.tested:,} ({share})")


def _tell_agreement(title: str, agreement: Agreement) -> None:
    heading(title)
    say(
        f"of {of(agreement.incidents, 'incident')}: decided {agreement.decided:,} ({agreement.coverage:.1%}), "
        f"agreed {agreement.agreed:,} ({agreement.agreement:.1%} of the decided)"
    )
    if agreement.errors:
        say(f"{agreement.errors:,} could not be decided: an input that the table refuses")
    show_table(
        [
            Column("came to", folds=True),
            Column("incidents", right=True),
            Column("decided", right=True),
            Column("agreed", right=True),
            Column("decided otherwise", folds=True),
        ],
        [_outcome_row(one) for one in agreement.by_outcome[:_MOST_SHOWN]],
    )
    if len(agreement.by_outcome) > _MOST_SHOWN:
        say(f"and {len(agreement.by_outcome) - _MOST_SHOWN:,} more: --json")


def _outcome_row(one: OutcomeResult) -> Sequence[Any]:
    instead = ", ".join(f"{text_of(value)} {count:,}" for value, count in one.instead[:4])
    more = ", …" if len(one.instead) > 4 else ""
    outcome = "(none)" if one.outcome is None else one.outcome
    return outcome, f"{one.incidents:,}", f"{one.decided:,}", f"{one.agreed:,}", instead + more


def _tell_mined(report: BacktestReport) -> None:
    heading(f"mined from the {of(report.learned, 'oldest incident', 'oldest incidents')}")
    if report.not_allowed:
        say(f"{report.not_allowed:,} came to what the table does not list, and taught nothing")
    if not report.mined or report.with_mined is None:
        say("no rule came to the support and confidence that are asked for")
        return
    show_table(
        [
            Column("if", folds=True),
            Column("then", folds=True),
            Column("right of", right=True),
            Column("confidence", right=True),
        ],
        [
            (_conditions(one), one.outcome, f"{one.right:,} of {one.taken:,}", f"{one.confidence:.0%}")
            for one in report.mined
        ],
    )
    _tell_agreement(f"with the mined rules, on the {report.tested:,} newest", report.with_mined)


def _conditions(rule: MinedRule) -> str:
    return ", ".join(f"{name} = {'none' if value is None else text_of(value)}" for name, value in rule.conditions)


def _document(report: BacktestReport, path: Path | None, sheet: str | None) -> Mapping[str, Any]:
    history = report.history
    usual, right = report.usual
    return {
        "table": report.model.name,
        "outcome": report.outcome,
        "history": {
            "rows": history.rows,
            "incidents": len(history.incidents),
            "left_out": history.left_out,
            "later_than_opening": history.later,
            "findings": history.bad,
        },
        "tested": report.tested,
        "usual": {"outcome": usual, "agreed": right},
        "as_it_stands": None if report.table is None else _agreement(report.table),
        "learned": report.learned,
        "not_allowed": report.not_allowed,
        "mined": [
            {
                "conditions": dict(one.conditions),
                "outcome": one.outcome,
                "support": one.support,
                "taken": one.taken,
                "confidence": round(one.confidence, 4),
                "why": why(one),
            }
            for one in report.mined
        ],
        "with_mined": None if report.with_mined is None else _agreement(report.with_mined),
        "draft": None if path is None else {"workbook": path, "sheet": sheet},
    }


def _agreement(one: Agreement) -> Mapping[str, Any]:
    return {
        "incidents": one.incidents,
        "decided": one.decided,
        "agreed": one.agreed,
        "errors": one.errors,
        "coverage": round(one.coverage, 4),
        "agreement": round(one.agreement, 4),
        "by_outcome": [
            {
                "outcome": result.outcome,
                "incidents": result.incidents,
                "decided": result.decided,
                "agreed": result.agreed,
                "instead": [{"outcome": value, "incidents": count} for value, count in result.instead],
            }
            for result in one.by_outcome
        ],
    }
