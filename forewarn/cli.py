"""The command line: a root group that knows every verb by name and imports one only when it is asked for.

Nothing heavy (pandas, SQLAlchemy, pydantic, rich) is imported here, so that ``forewarn --help`` is quick.
The verbs stand in `forewarn.commands`; plugins add theirs as entry points of the group ``forewarn.commands``,
which are listed from metadata and loaded only when they are called.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import click

from forewarn import __version__
from forewarn.errors import BadPlugin, ForewarnError

PLUGIN_COMMANDS = "forewarn.commands"
"""The entry-point group of commands that plugins add."""

EXIT_INTERRUPTED = 130
EXIT_CLOSED_PIPE = 141


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of ours: its module, its line in ``forewarn --help``, and its name there if it is not the verb's own."""

    module: str
    line: str
    attribute: str | None = None

    def load(self, name: str) -> click.Command:
        """Import the module and return its command."""
        return cast("click.Command", getattr(importlib.import_module(self.module), self.attribute or name))


VERBS: Mapping[str, Mapping[str, Verb]] = {
    "A site": {
        "init": Verb("forewarn.commands.init", "Make a site: workbooks, settings, samples."),
        "check": Verb("forewarn.commands.check", "Say what is wrong with a site or a workbook."),
        "checks": Verb("forewarn.commands.checks", "The kinds of findings: list them, explain one."),
        "load": Verb("forewarn.commands.load", "Load accounts, CIs, services and the like from files."),
        "db": Verb("forewarn.commands.db", "The database: check, upgrade, tidy, export, import."),
        "messages": Verb("forewarn.commands.messages", "Message files: list, try, check."),
        "plugins": Verb("forewarn.commands.plugins", "Plugins: what is loaded, what failed, a new one."),
    },
    "Alerts, incidents, cases": {
        "run": Verb("forewarn.commands.run", "Take in alerts and do what the workbooks decide."),
        "alert": Verb("forewarn.commands.alert", "List and show alerts."),
        "incident": Verb("forewarn.commands.incident", "Work on incidents: escalate, resolve, tell customers."),
        "problem": Verb("forewarn.commands.problem", "Work on problems: what causes incidents."),
        "change": Verb("forewarn.commands.change", "Work on change requests: planned work."),
        "impact": Verb("forewarn.commands.impact", "Whom an incident, problem or change hits."),
        "case": Verb("forewarn.commands.case", "Work on customers' cases, major ones too."),
        "major": Verb("forewarn.commands.major", "Propose, approve and reject major cases."),
        "deliver": Verb("forewarn.commands.deliver", "Send the notifications that are waiting."),
        "work": Verb("forewarn.commands.work", "Deliver and look at due rules, all the time."),
        "status": Verb("forewarn.commands.status", "The site on one page: queues, workers, what is wrong."),
        "sinks": Verb("forewarn.commands.sinks", "Where notifications go: list, try, send again."),
        "topics": Verb("forewarn.commands.topics", "Topics of a message bus: add, make on the bus, list."),
        "event": Verb("forewarn.commands.event", "The journal of events: read it, tick, try again."),
    },
    "Decisions": {
        "rules": Verb("forewarn.commands.rules", "Try event rules, and see what they did."),
        "decide": Verb("forewarn.commands.decide", "Ask one decision table."),
        "test": Verb("forewarn.commands.table_tests", "Run the tests that stand in the workbooks."),
        "coverage": Verb("forewarn.commands.coverage", "Which rules decide, and which never do."),
        "backtest": Verb("forewarn.commands.backtest", "Try a table on past incidents; mine rules from them."),
        "explain": Verb("forewarn.commands.explain", "Which table, version, rule and cell decided."),
        "import": Verb("forewarn.commands.dmn", "Make a workbook of a DMN file.", "import_model"),
        "export": Verb("forewarn.commands.dmn", "Write decision tables as DMN XML.", "export_model"),
    },
    "See it work": {
        "demo": Verb("forewarn.commands.demo", "Play an outage from alert to closure, in a temporary site."),
    },
}
"""Our verbs, grouped as the help shows them."""


BEGINNING = (
    ("forewarn demo", "see an outage handled, start to end"),
    ("forewarn init mysite", "make a site of your own"),
    ("forewarn check mysite", "what is wrong with its workbooks?"),
)
"""Where a newcomer starts."""


class RootGroup(click.Group):
    """The group behind ``forewarn``: finds verbs by name, and turns faults into lines and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Our verbs in the order of the help, then those of plugins by name."""
        return [*_own_verbs(), *plugin_commands()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command; a plugin's command never replaces one of ours."""
        verb = _own_verbs().get(cmd_name)
        if verb is not None:
            return verb.load(cmd_name)
        entry_point = plugin_commands().get(cmd_name)
        return None if entry_point is None else load_plugin_command(entry_point)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, with our verbs as the possibilities of a misspelt one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if args[0].startswith("-"):
                raise
            raise click.exceptions.NoSuchCommand(args[0], possibilities=self.list_commands(ctx), ctx=ctx) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs by group, from the lists above and from metadata: nothing is imported for it."""
        width = max(len(name) for name in self.list_commands(ctx))
        for heading, verbs in VERBS.items():
            with formatter.section(heading):
                formatter.write_dl([(name.ljust(width), verb.line) for name, verb in verbs.items()])
        added = plugin_commands()
        if added:
            with formatter.section("From plugins"):
                formatter.write_dl([(name.ljust(width), f"({_origin(point)})") for name, point in added.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """How to begin."""
        with formatter.section("To begin"):
            formatter.write_dl(BEGINNING)
        formatter.write_paragraph()
        formatter.write_text("A verb's own help has examples: forewarn run --help")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; known faults become a line and an exit code, Ctrl-C and a closed pipe are quiet."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except ForewarnError as error:
            click.echo(f"error: {error}", err=True)
            raise click.exceptions.Exit(error.exit_code) from error
        except BrokenPipeError:
            _let_go_of_stdout()
            raise click.exceptions.Exit(EXIT_CLOSED_PIPE) from None
        except KeyboardInterrupt:
            raise click.exceptions.Exit(EXIT_INTERRUPTED) from None
        return result


def _own_verbs() -> dict[str, Verb]:
    return {name: verb for verbs in VERBS.values() for name, verb in verbs.items()}


def plugin_commands() -> dict[str, importlib.metadata.EntryPoint]:
    """The commands that plugins add, by name, read from metadata alone; names of ours are left out."""
    own = _own_verbs()
    found = importlib.metadata.entry_points(group=PLUGIN_COMMANDS)
    return {point.name: point for point in sorted(found, key=lambda point: point.name) if point.name not in own}


def load_plugin_command(entry_point: importlib.metadata.EntryPoint) -> click.Command:
    """Import a plugin's command; raises BadPlugin with its name where that fails or gives no click command."""
    try:
        command = entry_point.load()
    except (Exception, SystemExit) as error:
        # Containment: whatever a plugin's import raises is a fault of the plugin, told in one line.
        raise BadPlugin(
            f"the command {entry_point.name!r} of {_origin(entry_point)} cannot be loaded: "
            f"{type(error).__name__}: {error}",
            hint=f"mend or uninstall the package; it is declared as {entry_point.value}",
        ) from error
    if not isinstance(command, click.Command):
        raise BadPlugin(
            f"the command {entry_point.name!r} of {_origin(entry_point)} is no click command but "
            f"{type(command).__name__}",
            hint=f"{entry_point.value} must name a click.Command",
        )
    return command


def _origin(entry_point: importlib.metadata.EntryPoint) -> str:
    """``acme-forewarn 1.2``: the distribution that declares an entry point."""
    distribution = entry_point.dist
    return entry_point.value if distribution is None else f"{distribution.name} {distribution.version}"


def _let_go_of_stdout() -> None:
    """Point standard output at nothing, so that the interpreter does not complain of the closed pipe at its end."""
    try:
        descriptor = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, descriptor)
    os.close(nothing)


@click.group(
    cls=RootGroup,
    name="forewarn",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
)
@click.version_option(__version__, "--version", prog_name="forewarn", message="%(prog)s %(version)s")
@click.option(
    "--strict-plugins",
    is_flag=True,
    envvar="FOREWARN_STRICT_PLUGINS",
    help="A plugin that fails is an error, and is not left out.",
)
@click.option(
    "--plugins-dir",
    multiple=True,
    metavar="DIR",
    type=click.Path(path_type=Path),
    envvar="FOREWARN_PLUGINS_DIR",
    help="A further folder of plugin files, beside the site's own plugins/.",
)
def root(strict_plugins: bool, plugins_dir: tuple[Path, ...]) -> None:
    """Proactive customer service, decided by spreadsheets.

    An alert becomes an incident; the incident finds the customers it hits;
    they get cases, and are told. Who works on it, when a case is a major one
    and who hears what stand in workbooks that you edit.
    """


def main() -> None:
    """The ``forewarn`` command."""
    root(prog_name="forewarn")
