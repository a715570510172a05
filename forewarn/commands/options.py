"""What verbs have in common: which site, whether a machine reads the answer, and ``name=value``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from forewarn.errors import BadSettings
from forewarn.site.settings import SETTINGS_FILE


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


def aware_time(text: str, option: str) -> datetime:
    """A time that was typed after ``option``. Raises click.BadParameter for another text, and for one without zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is not a time such as 2026-03-01T12:00:00Z", param_hint=option) from error
    if moment.utcoffset() is None:
        raise click.BadParameter(f"{text!r} names no time zone; write 2026-03-01T12:00:00Z", param_hint=option)
    return moment
