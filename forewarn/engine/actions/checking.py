"""Checking: everything that is wrong with a site, also where it cannot be opened."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from forewarn.decision_tables import Library
from forewarn.engine.checks import check
from forewarn.engine.reports import SiteCheck
from forewarn.engine.rulebook import Contents, read
from forewarn.plugins.api import Extensions


def check_site(
    root: Path, extensions: Extensions, *, since: datetime | None = None, contents: Contents | None = None
) -> SiteCheck:
    """Check the workbooks, event rules, message files and plugins of the site in the folder ``root``.

    Works without a store, and where workbooks are broken: what cannot be read is a finding.
    ``extensions`` is what loading the site's plugins gave. With ``since``, an aware moment, rules with effective
    dates count from then on, and those whose time is over are told. ``contents`` are workbooks by name (bytes, or
    paths), checked in place of those on disk.
    """
    return SiteCheck(findings=check(root, extensions, since=since, contents=contents))


def read_tables(extensions: Extensions, contents: Contents) -> Library:
    """The decision tables of a site's workbooks as they stand in ``contents``, whether or not they could go live.

    What tests, generated tests and a coverage's copy are made from; a table that is refused is left out of it.
    """
    return read(contents, functions=extensions.cell_functions).library
