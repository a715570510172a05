"""``docs/commands.md`` and the commands say the same."""

from __future__ import annotations

import shlex

import click
import pytest

from tests.commands.command_docs import DOCUMENT, blocks, commands, help_of

TEXT = DOCUMENT.read_text(encoding="utf-8")
COMMANDS = commands()


@pytest.mark.parametrize("path", COMMANDS)
def test_the_document_holds_the_help_of_every_command(path: str) -> None:
    """Each command's help stands in the document, word for word.

    After a change: python -m tests.commands.command_docs
    """
    assert blocks(TEXT).get(path) == help_of(path)


def test_the_document_holds_no_command_that_is_gone() -> None:
    """No help block stays behind when its command goes."""
    assert set(blocks(TEXT)) <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_says_what_it_does(path: str) -> None:
    """Each option of a command stands in its help with an explanation, and each leaf command with an example."""
    command = COMMANDS[path]
    shown = " ".join(help_of(path).split())
    for option in command.params:
        if isinstance(option, click.Option) and not option.hidden:
            assert option.help, f"{path} {option.name}"
            assert max(option.opts, key=len) in shown
    if not isinstance(command, click.Group):
        assert f"Examples: {path}" in shown


@pytest.mark.parametrize("path", COMMANDS)
def test_the_help_fits_80_columns(path: str) -> None:
    """No line of any help is longer than 80 columns."""
    assert [line for line in help_of(path).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("path", [path for path, command in COMMANDS.items() if not isinstance(command, click.Group)])
def test_the_examples_parse(path: str) -> None:
    """Every example in a help text is one that the command would accept."""
    command = COMMANDS[path]
    lines = command.examples.replace("\\\n", " ").splitlines()
    calls = [shlex.split(line.rpartition("| ")[2]) for line in lines if "forewarn " in line]
    assert calls
    for words in calls:
        assert words[: len(path.split())] == path.split()
        command.make_context(path, words[len(path.split()) :])
