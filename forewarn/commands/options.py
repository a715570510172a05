"""What verbs have in common: which site, who asks, and whether a machine reads the answer."""

from __future__ import annotations

import functools
import getpass
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from forewarn.commands.rendering import warn
from forewarn.engine.clock import Clock
from forewarn.engine.open_site import OpenSite
from forewarn.errors import BadSettings
from forewarn.site.opening import open_site
from forewarn.site.settings import SETTINGS_FILE

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a verb, and for which site: what ``--site`` and ``--as`` say, or what stands for them."""

    root: Path
    asked_by: str

    @contextmanager
    def site(self, *, clock: Clock | None = None) -> Iterator[OpenSite]:
        """Open the site for as long as the block lasts; its warnings are printed once, to standard error."""
        with open_site(self.root) if clock is None else open_site(self.root, clock=clock) as site:
            for line in site.warnings:
                warn(line)
            yield site


def find_site(start: Path) -> Path:
    """The nearest folder from ``start`` upwards that is a site; raises BadSettings where none is."""
    here = start.resolve()
    for folder in (here, *here.parents):
        if (folder / SETTINGS_FILE).is_file():
            return folder
    raise BadSettings(
        f"no site here: neither {here} nor a folder above it holds {SETTINGS_FILE}",
        hint="make one with: forewarn init DIR, or name one with --site DIR",
    )


def user_name() -> str:
    """The name of the operating system's user, who asks unless ``--as`` says otherwise."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        # A container may run under a number that no user list knows.
        return f"uid {os.getuid()}"


site_option = click.option(
    "--site",
    "site_root",
    metavar="DIR",
    type=click.Path(path_type=Path),
    envvar="FOREWARN_SITE",
    help="The site's folder. Else FOREWARN_SITE, else the nearest site from the current folder upwards.",
)

as_option = click.option(
    "--as", "asked_by", metavar="USER", help="Who asks, for the record. Else the name you are signed in with."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")


def needs_site(command: Command) -> Command:
    """Give a verb the options ``--site`` and ``--as``, and a `Caller` as its first argument."""

    @site_option
    @as_option
    @functools.wraps(command)
    def with_caller(*args: Any, site_root: Path | None, asked_by: str | None, **options: Any) -> Any:
        root = site_root if site_root is not None else find_site(Path.cwd())
        return command(Caller(root, asked_by or user_name()), *args, **options)

    return with_caller  # type: ignore[return-value]


def assignments(pairs: Sequence[str], *, what: str = "name=value") -> Mapping[str, str | None]:
    """``("a=1", "b=null", "c=")`` as a mapping of text: ``null`` is null, nothing after the ``=`` the empty text.

    Text in double quotes is taken literally, so ``a='"null"'`` is the word. Raises click.UsageError for a
    word without ``=`` and for a name that is given twice.
    """
    given: dict[str, str | None] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        name = name.strip()
        if not equals or not name:
            raise click.UsageError(f"{pair!r} is not of the form {what}")
        if name in given:
            raise click.UsageError(f"{name!r} is given twice")
        given[name] = None if text == "null" else unquoted(text)
    return given


def unquoted(text: str) -> str:
    """Text without the double quotes around it, if it has them; a quote inside them has a backslash before it."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('\\"', '"')
    return text
