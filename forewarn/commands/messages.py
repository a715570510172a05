"""``forewarn messages``: what messages there are, how one reads, and what is wrong with them."""

from __future__ import annotations

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.findings import show_findings, summary_line
from forewarn.commands.options import json_option
from forewarn.commands.rendering import Column, say, show_json, show_table
from forewarn.commands.teaching import TaughtGroup
from forewarn.engine.actions.messages import check_messages, list_messages, show_message
from forewarn.errors import Severity


@click.group(cls=TaughtGroup, short_help="Message files: list, try, check.")
def messages() -> None:
    """What engineers and customers are told, as files of the site and of plugins."""


@messages.command(
    "list",
    short_help="List the messages that are used.",
    examples="""
        forewarn messages list
    """,
)
@json_option
@needs_site
def list_(caller: Caller, as_json: bool) -> None:
    """List every message that is used, with the flow it is or its subject.

    A file that a nearer one hides is not listed.
    """
    with caller.site() as site:
        found = list_messages(site)
    if as_json:
        show_json(
            [
                {"key": one.key, "language": one.language, "flow": one.flow, "subject": one.subject, "file": one.path}
                for one in found
            ]
        )
        return
    columns = (Column("Key"), Column("Language"), Column("Flow or subject", folds=True), Column("File", folds=True))
    show_table(columns, [(one.key, one.language, one.flow or one.subject, one.shown) for one in found])


@messages.command(
    "show",
    short_help="Show a message as a record would get it.",
    examples="""
        forewarn messages show case_comment --for CS0000002
        forewarn messages show case_comment --for CS0000002 --text "Mended."
    """,
)
@click.argument("key", metavar="KEY")
@click.option("--for", "number", metavar="NUMBER", required=True, help="The incident (INC…) or case (CS…) to fill in.")
@click.option("--text", metavar="TEXT", default="", help="What an agent writes, where the message passes that on.")
@click.option("--language", metavar="TAG", help="The recipient's language, such as de or de-AT.")
@json_option
@needs_site
def show(caller: Caller, key: str, *, number: str, text: str, language: str | None, as_json: bool) -> None:
    """Show a message filled in for a record; nothing is sent or changed.

    Instructions for engineers take an incident, letters take a case.
    """
    with caller.site() as site:
        rendered = show_message(site, key, number, text=text, language=language)
    if as_json:
        show_json(rendered)
        return
    if rendered.subject:
        say(f"Subject: {rendered.subject}", style="bold")
        say()
    say(rendered.body)


@messages.command(
    "check",
    short_help="Say what is wrong with message files.",
    examples="""
        forewarn messages check
    """,
)
@json_option
@needs_site
def check(caller: Caller, as_json: bool) -> None:
    """Check every message file, hidden ones too.

    Exit 1 if there is an error.
    """
    with caller.site() as site:
        found = check_messages(site)
    if as_json:
        show_json({"findings": found})
    else:
        show_findings(found)
        say(summary_line(found))
    if any(finding.severity is Severity.ERROR for finding in found):
        click.get_current_context().exit(1)
