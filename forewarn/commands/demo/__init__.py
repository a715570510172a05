"""``forewarn demo``: an outage from alert to closure, in a temporary site."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from forewarn.commands.demo.outcome import outcome
from forewarn.commands.demo.story import START, act
from forewarn.commands.demo.telling import tell
from forewarn.commands.init import SAMPLE
from forewarn.commands.options import json_option
from forewarn.commands.rendering import show_json
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.clock import SteppingClock
from forewarn.plugins.loading import load_extensions
from forewarn.site.making import make_site
from forewarn.site.opening import open_site

__all__ = ["demo"]


@click.command(
    cls=TaughtCommand,
    short_help="Play an outage from alert to closure, in a temporary site.",
    examples="""
        forewarn demo
        forewarn demo --keep demo-site
        forewarn demo --json
    """,
)
@json_option
@click.option("--keep", metavar="DIR", type=click.Path(path_type=Path), help="Make the site in DIR and leave it there.")
def demo(as_json: bool, keep: Path | None) -> None:
    """Play an outage from its alert to the closed incident.

    An SD-WAN controller does not come back after a change. Its alert opens
    an incident, the incident finds five customers, they get a major case
    with a case each, two levels of engineers work on it, customers answer,
    and all of it is resolved and closed. Every step is one that you can take
    by hand, and every decision comes from a workbook of a freshly made site.

    The site is temporary, unless you --keep it to look around.
    """
    with _site_folder(keep) as folder:
        make_site(folder, workbooks=load_extensions().workbook_directories, sample=SAMPLE)
        # The clock stands still within a step and the story moves it on: the same times on every run.
        with open_site(folder, clock=SteppingClock(START, step=START - START)) as site:
            chapters = act(site, sorted((SAMPLE / "inventory").glob("*.csv")))
            if as_json:
                show_json(outcome(site))
            else:
                tell(site, chapters, kept=keep)


@contextmanager
def _site_folder(keep: Path | None) -> Iterator[Path]:
    """A folder for the site: the one to keep, or one that is removed at the end, whatever happens."""
    if keep is not None:
        yield keep
        return
    parent = Path(tempfile.mkdtemp(prefix="forewarn-demo-"))
    try:
        yield parent / "site"
    finally:
        shutil.rmtree(parent)
