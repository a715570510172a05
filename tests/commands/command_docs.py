"""The help blocks of ``docs/commands.md``: found by the tests, and written anew by running this file.

A block is a fence after a comment that names the command::

    <!-- help: forewarn incident show -->
    ```text
    Usage: …
    ```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from click.testing import CliRunner

from forewarn.cli import VERBS, root

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "commands.md"

BLOCK = re.compile(r"<!-- help: (?P<command>[^>]+?) -->\n```text\n(?P<text>.*?)```\n", re.DOTALL)


def commands() -> Mapping[str, click.Command]:
    """Every command of the tree by its full name, groups included, those of plugins left out."""
    context = click.Context(root)
    own = {name for verbs in VERBS.values() for name in verbs}
    found = {"forewarn": root}
    for name in sorted(own):
        found |= dict(_below(f"forewarn {name}", root.get_command(context, name)))
    return found


def _below(path: str, command: click.Command | None) -> Iterator[tuple[str, click.Command]]:
    assert command is not None
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from _below(f"{path} {name}", command.get_command(context, name))


def help_of(path: str) -> str:
    """What ``PATH --help`` prints at 80 columns."""
    result = CliRunner().invoke(root, [*path.split()[1:], "--help"], prog_name="forewarn")
    assert result.exit_code == 0, result.output
    return result.output


def blocks(text: str) -> Mapping[str, str]:
    """The help blocks of a document by command."""
    return {match["command"]: match["text"] for match in BLOCK.finditer(text)}


def rewritten(text: str) -> str:
    """A document with every help block as the command prints it today."""

    def block(match: re.Match[str]) -> str:
        return f"<!-- help: {match['command']} -->\n```text\n{help_of(match['command'])}```\n"

    return BLOCK.sub(block, text)


if __name__ == "__main__":
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
