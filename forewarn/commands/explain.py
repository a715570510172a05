"""``forewarn explain``: which table, version, rule and cell decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.text import Text

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.rendering import console, plain, say, show_json, time_of
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables import Table
from forewarn.decision_tables.explaining import Explanation, RuleExplanation, show
from forewarn.engine.actions.decisions import explain_record
from forewarn.engine.reports import ExplainedDecision, RecordedDecision
from forewarn.errors import Place


@click.command(
    cls=TaughtCommand,
    short_help="Which table, version, rule and cell decided.",
    examples="""
        forewarn explain INC0000001
        forewarn explain INC0000001 --table "Incident Escalation Policy"
    """,
)
@click.argument("numbers", metavar="INC...", nargs=-1, required=True)
@click.option("--table", metavar="NAME", help="The decisions of this table alone.")
@click.option("--fired", is_flag=True, help="The rules that fired alone, not what stopped the others.")
@json_option
@needs_site
def explain(caller: Caller, numbers: tuple[str, ...], table: str | None, fired: bool, as_json: bool) -> None:
    """Say how everything about an incident, case or alert was decided.

    For each decision: the table and its version, the inputs, the rule that
    fired, and for the other rules the first cell that stopped each. What is
    shown is the version of the table that decided, whatever the workbook
    says today.
    """
    with caller.site() as site:
        found = [made for number in numbers for made in explain_record(site, number)]
        chosen = [made for made in found if table is None or made.decision.table.casefold() == table.casefold()]
        tables = [site.rulebook.table_version(made.decision.table, made.decision.version) for made in chosen]
    if as_json:
        show_json([_as_json(made, rule_places(used)) for made, used in zip(chosen, tables, strict=True)])
        return
    if not chosen:
        say("no decision was recorded" if table is None else f"no decision of {table!r} was recorded")
    for made, used in zip(chosen, tables, strict=True):
        show_recorded(made.decision)
        show_rules(made.explanation, rule_places(used), fired_alone=fired)
        say()


def rule_places(table: Table) -> Mapping[str, Place]:
    """Where each rule of a table stands: the cell of its id."""
    workbook, sheet = table.model.place.workbook, table.model.place.sheet
    return {rule.id: Place(workbook, sheet, f"A{rule.row}") for rule in table.model.rules if rule.row is not None}


def show_recorded(decision: RecordedDecision) -> None:
    """Print what a decision was asked, and what it answered."""
    line = Text.assemble((decision.record, "bold"), " ", (decision.table, "bold"))
    line.append(f"  version {decision.version[:12]}  {time_of(decision.at)}", style="dim")
    console().print(line, soft_wrap=True)
    say("  asked:   " + ", ".join(f"{name} = {show(value)}" for name, value in decision.inputs.items()))
    outputs = output_rows(decision)
    for number, row in enumerate(outputs):
        say(
            ("  decided: " if number == 0 else "           ")
            + ", ".join(f"{name} = {show(value)}" for name, value in row.items())
        )
    if not outputs:
        say("  decided: (an empty list)")
    say("  rules:   " + (", ".join(decision.rules) or "(none)") + "".join(f"; {code}" for code in decision.diagnostics))


def output_rows(decision: RecordedDecision) -> Sequence[Mapping[str, Any]]:
    """The outputs of a decision as rows: one, but under a policy that gives a list."""
    return [decision.outputs] if isinstance(decision.outputs, Mapping) else decision.outputs


def show_rules(explanation: Explanation, places: Mapping[str, Place], *, fired_alone: bool = False) -> None:
    """Print a line a rule: where the one that fired stands, and the first cell that stopped each other one."""
    for rule in explanation.rules:
        if rule.fired or not fired_alone:
            say("  " + _rule_line(rule, places.get(rule.rule)), style="bold" if rule.fired else "dim")


def _rule_line(rule: RuleExplanation, place: Place | None) -> str:
    """``E01: stopped at policy.xlsx › Sheet!C7: Stage is Triage, the cell says empty``."""
    if rule.fired:
        return f"{rule.rule}: fired" + (f", {place}" if place else "")
    if rule.holds:
        return f"{rule.rule}: holds too, the hit policy did not choose it" + (f", {place}" if place else "")
    where = f" at {rule.place}" if rule.place != Place() else ""
    return f"{rule.rule}: stopped{where}: {rule.heading} is {show(rule.value)}, the cell says {rule.cell}"


def explained_rules(explanation: Explanation, places: Mapping[str, Place]) -> list[dict[str, Any]]:
    """The rules of an explanation for JSON, each with the place of the cell that stopped it, or its own."""
    told = explanation.to_dict()["rules"]
    return [
        {**one, "place": str(rule.place) or str(places.get(rule.rule, "")) or None}
        for rule, one in zip(explanation.rules, told, strict=True)
    ]


def _as_json(made: ExplainedDecision, places: Mapping[str, Place]) -> dict[str, object]:
    return {**plain(made.decision), "explanation": explained_rules(made.explanation, places)}
