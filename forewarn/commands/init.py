"""``forewarn init``: make a site."""

from __future__ import annotations

from pathlib import Path

import click

from forewarn.commands.options import json_option
from forewarn.commands.rendering import of, say, show_json
from forewarn.commands.teaching import TaughtCommand
from forewarn.plugins import stock
from forewarn.plugins.loading import load_extensions
from forewarn.site.making import make_site

SAMPLE = Path(stock.__file__).parent / "sample"
"""The sample plugin, messages and inventory that come with the distribution."""


@click.command(
    cls=TaughtCommand,
    short_help="Make a site: workbooks, settings, samples.",
    examples="""
        forewarn init mysite
    """,
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@json_option
def init(folder: Path, as_json: bool) -> None:
    """Make a site in DIR, a folder that is new or empty.

    It gets workbooks that decide (decision_tables/, rules/), settings
    (forewarn.toml), a sample plugin and a sample message. All of them are
    yours to change; the workbooks open in Excel or LibreOffice.
    """
    made = make_site(folder, workbooks=load_extensions().workbook_directories, sample=SAMPLE)
    if as_json:
        show_json({"site": str(folder), "made": made})
        return
    say(f"made a site in {folder}: {of(len(made), 'file')}")
    for path in made:
        say(f"  {path}")
    say("next:")
    say(f"  forewarn check {folder}")
    say(f"  forewarn load --site {folder} FILE…     accounts, CIs, services and the like")
    say(f"  forewarn run --site {folder} ALERTS     a file of alerts, a JSON object a line")
