"""``forewarn db``: the database of a site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from forewarn.commands.caller import Caller, needs_site
from forewarn.commands.options import json_option
from forewarn.commands.progress import progress_bar
from forewarn.commands.rendering import of, say, show_json, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.engine.actions import database
from forewarn.engine.store import Store, open_store
from forewarn.site.opening import database_url
from forewarn.site.settings import read_settings

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(short_help="The database: check, upgrade, tidy, export, import.")
def db() -> None:
    """Look after the database of a site.

    Works without the workbooks of the site: only the settings are read.
    """


def _url(caller: Caller) -> str:
    root = caller.root.resolve()
    return database_url(read_settings(root).database.url, root)


@contextmanager
def _store(caller: Caller) -> Iterator[Store]:
    with open_store(_url(caller)) as store:
        yield store


@db.command(
    cls=TaughtCommand,
    short_help="Bring the tables to this version.",
    examples="""
        forewarn db upgrade
    """,
)
@json_option
@needs_site
def upgrade(caller: Caller, as_json: bool) -> None:
    """Bring the tables of the database to this version of forewarn.

    All of it or nothing. Back the database up before: there is no way back.
    A database that is up to date is left as it is.
    """
    revision = database.upgrade_store(_url(caller))
    if as_json:
        show_json({"schema": revision})
    else:
        say(f"the database is at schema {revision}")


@db.command(
    cls=TaughtCommand,
    short_help="Look for damage and for edits behind the scenes.",
    examples="""
        forewarn db check
        forewarn db check --json
    """,
)
@json_option
@needs_site
def check(caller: Caller, as_json: bool) -> None:
    """Check the file, the tables, the references and the seals.

    Streams and decisions are sealed when they are written: what was changed,
    taken away or slipped in since then is named. Keep the hash of the newest
    seal elsewhere, and a chain that was made anew shows too.
    Exit 1 if anything is wrong.
    """
    with _store(caller) as store, progress_bar() as progress:
        report = database.check_store(store, progress)
    if as_json:
        show_json(report)
    else:
        for problem in report.problems:
            warn(problem)
        say(f"{report.database}: schema {report.schema}, {of(report.seals, 'seal')} over {report.entries:,} entries")
        say(f"newest seal {report.head}")
        say(f"{of(len(report.problems), 'problem')} found" if report.problems else "all is well")
    if report.problems:
        click.get_current_context().exit(1)


@db.command(
    cls=TaughtCommand,
    short_help="Give back the space of what is gone.",
    examples="""
        forewarn db vacuum
    """,
)
@json_option
@needs_site
def vacuum(caller: Caller, as_json: bool) -> None:
    """Let the database give back space, and count its tables anew.

    Others wait meanwhile where the database is a file.
    """
    with _store(caller) as store:
        before, after = database.vacuum_store(store)
    if as_json:
        show_json({"bytes_before": before, "bytes_after": after})
    else:
        say(f"{before:,} bytes before, {after:,} after")


@db.command(
    "export",
    cls=TaughtCommand,
    short_help="Write the whole store to one file.",
    examples="""
        forewarn db export store.zip
    """,
)
@click.argument("file", type=_FILE)
@json_option
@needs_site
def export_(caller: Caller, file: Path, as_json: bool) -> None:
    """Write everything that the database holds to a new FILE.

    The file is the same for every kind of database: import it into another
    one to move from SQLite to PostgreSQL, or back. Others may go on working;
    the file has what stood there when it began.
    """
    with _store(caller) as store, progress_bar() as progress:
        done = database.export_store(store, file, progress)
    _show(done, "written to", as_json=as_json)


@db.command(
    "import",
    cls=TaughtCommand,
    short_help="Fill an empty database from such a file.",
    examples="""
        forewarn db import store.zip
    """,
)
@click.argument("file", type=_FILE)
@json_option
@needs_site
def import_(caller: Caller, file: Path, as_json: bool) -> None:
    """Read FILE, which `forewarn db export` wrote, into an empty database.

    All of it or nothing. Refused where the database holds anything, or the
    file is not as it was written.
    """
    with _store(caller) as store, progress_bar() as progress:
        done = database.import_store(store, file, progress)
    _show(done, "read from", as_json=as_json)


def _show(done: database.Transfer, what: str, *, as_json: bool) -> None:
    if as_json:
        show_json(done)
        return
    tables = sum(1 for count in done.rows.values() if count)
    say(f"{of(done.total, 'row')} of {of(tables, 'table')} {what} {done.path}")
    say(f"newest seal {done.head}")
    if done.broken is not None:
        warn(done.broken)
