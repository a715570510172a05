"""Who calls a verb that needs an open site, and opening it."""

from __future__ import annotations

import functools
import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from forewarn.commands.options import as_option, find_site, site_option
from forewarn.commands.plugin_options import chosen_plugins
from forewarn.commands.rendering import warn
from forewarn.engine.open_site import OpenSite
from forewarn.site.opening import open_site

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls a verb, and for which site: what ``--site`` and ``--as`` say, or what stands for them."""

    root: Path
    asked_by: str

    @contextmanager
    def site(self) -> Iterator[OpenSite]:
        """Open the site for as long as the block lasts; its warnings are printed once, to standard error."""
        with open_site(self.root, plugins=chosen_plugins()) as site:
            for line in site.warnings:
                warn(line)
            yield site


def user_name() -> str:
    """The name of the operating system's user, who asks unless ``--as`` says otherwise."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        # A container may run under a number that no user list knows.
        return f"uid {os.getuid()}"


def needs_site(command: Command) -> Command:
    """Give a verb the options ``--site`` and ``--as``, and a `Caller` as its first argument."""

    @site_option
    @as_option
    @functools.wraps(command)
    def with_caller(*args: Any, site_root: Path | None, asked_by: str | None, **options: Any) -> Any:
        root = site_root if site_root is not None else find_site(Path.cwd())
        return command(Caller(root, asked_by or user_name()), *args, **options)

    return with_caller  # type: ignore[return-value]
