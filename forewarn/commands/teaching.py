"""Commands whose help ends with examples, printed as they would be typed."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import click


class TaughtCommand(click.Command):
    """A command with examples: a text whose lines are shown as they are."""

    def __init__(self, *args: Any, examples: str, **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = cleandoc(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, where other commands have a closing remark."""
        _write_examples(formatter, self.examples)


class TaughtGroup(click.Group):
    """A group of commands with examples; it may have some of its own."""

    command_class = TaughtCommand

    def __init__(self, *args: Any, examples: str = "", **attributes: Any) -> None:
        super().__init__(*args, **attributes)
        self.examples = cleandoc(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples, where other groups have a closing remark."""
        _write_examples(formatter, self.examples)


def _write_examples(formatter: click.HelpFormatter, examples: str) -> None:
    if not examples:
        return
    with formatter.section("Examples"):
        for line in examples.splitlines():
            formatter.write(" " * formatter.current_indent + line + "\n" if line else "\n")
