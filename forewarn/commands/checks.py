"""``forewarn checks``: every kind of finding, and what one of them means."""

from __future__ import annotations

import click
from rich.text import Text

from forewarn.commands.options import json_option
from forewarn.commands.rendering import SEVERITY_STYLES, console, say, show_json
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables.allowed_values import nearest
from forewarn.decision_tables.checks.explaining import explain
from forewarn.decision_tables.codes import Code
from forewarn.engine.checks.catalogue import GROUPS, all_codes
from forewarn.errors import NotFound


@click.command(
    cls=TaughtCommand,
    short_help="The kinds of findings: list them, explain one.",
    examples="""
        forewarn checks
        forewarn checks FW203
        forewarn checks --json
    """,
)
@click.argument("code", required=False)
@json_option
def checks(code: str | None, as_json: bool) -> None:
    """List every kind of finding, or explain one: a bad example, a good one.

    Leave findings out, or choose them, by these codes or their beginnings
    in forewarn.toml: [check] select, ignore, and [check.sheets."Name"]
    ignore.
    """
    known = all_codes()
    if code is not None:
        wanted = code.upper()
        if wanted not in known:
            near = nearest(wanted, known)
            raise NotFound(f"there is no check {code!r}", hint=f"did you mean {near}?" if near else "forewarn checks")
        known = {wanted: known[wanted]}
    if as_json:
        show_json([_document(one) for one in known.values()])
    elif code is not None:
        say(explanation_of(next(iter(known.values()))))
    else:
        _list()


def _list() -> None:
    out = console()
    group = ""
    for one in all_codes().values():
        if one.code[:3] != group:
            group = one.code[:3]
            out.print(Text(GROUPS[group], style="bold"), soft_wrap=True)
        line = Text.assemble("  ", one.code, " ", (f"{one.severity.value:<7}", SEVERITY_STYLES[one.severity]), " ")
        out.print(line.append(one.title), soft_wrap=True)


def explanation_of(code: Code) -> str:
    """A check in full: what it is, why it matters, a bad and a good example, how it is mended."""
    explanation = explain(code.code)
    parts = [f"{code.code} {code.title} ({code.severity.value})"]
    if explanation is not None:
        parts += [explanation.why, f"Bad, found at {explanation.at}:", _indented(explanation.bad)]
        parts += ["Good:", _indented(explanation.good)]
    if code.hint:
        parts.append(f"To mend it: {code.hint}.")
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _document(code: Code) -> dict[str, str | None]:
    explanation = explain(code.code)
    return {
        "code": code.code,
        "severity": code.severity.value,
        "title": code.title,
        "hint": code.hint or None,
        "why": explanation.why if explanation else None,
        "bad": explanation.bad if explanation else None,
        "at": explanation.at if explanation else None,
        "good": explanation.good if explanation else None,
    }
