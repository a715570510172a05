"""``forewarn import`` and ``forewarn export``: decision models as DMN XML, from and to workbooks."""

from __future__ import annotations

from pathlib import Path

import click

from forewarn.commands.caller import Caller, user_name
from forewarn.commands.options import json_option
from forewarn.commands.rendering import say, show_json, warn
from forewarn.commands.teaching import TaughtCommand
from forewarn.decision_tables.dmn import export_dmn, import_dmn, write_dmn
from forewarn.errors import Refused


@click.command(
    name="import",
    cls=TaughtCommand,
    short_help="Make a workbook of a DMN file.",
    examples="""
        forewarn import discount.dmn
        forewarn import discount.dmn -o mysite/decision_tables/discount.xlsx
    """,
)
@click.argument("file", metavar="FILE.dmn", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="The workbook to write. Else FILE.xlsx."
)
@click.option("--force", is_flag=True, help="Write over a workbook that is there.")
@json_option
def import_model(file: Path, *, output: Path | None, force: bool, as_json: bool) -> None:
    """Read DMN XML (1.1 to 1.5) and write it as a workbook.

    Each decision table becomes a sheet; what is not a table goes to the
    sheets Expressions and Types. The workbook decides as the model did, in
    the standard's own mode: an error in a cell gives null. Exit 1 if a part
    of the model could not be taken over; the parts are named.
    """
    target = _target(output or file.with_suffix(".xlsx"), force=force)
    model = import_dmn(file, target)
    problems = [str(problem) for problem in model.problems]
    if as_json:
        show_json({"output": str(target), "problems": problems})
    else:
        for problem in problems:
            warn(problem)
        say(f"made {target}")
    if problems:
        click.get_current_context().exit(1)


@click.command(
    name="export",
    cls=TaughtCommand,
    short_help="Write decision tables as DMN XML.",
    examples="""
        forewarn export --dmn policy.xlsx
        forewarn export --dmn mysite -o mysite.dmn
    """,
)
@click.argument("path", metavar="[PATH]", default=".", type=click.Path(path_type=Path))
@click.option("--dmn", "as_dmn", is_flag=True, required=True, help="As DMN 1.5 XML, the one format there is.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="The file to write. Else PATH with .dmn."
)
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@json_option
def export_model(path: Path, *, as_dmn: bool, output: Path | None, force: bool, as_json: bool) -> None:  # noqa: ARG001 - the flag names the format
    """Write the tables of a workbook, or of a whole site, as DMN 1.5 XML.

    PATH is a workbook or a site's folder. Headings that read a record become
    inputs of that record, tables that feed tables required decisions, and
    effective dates one more input, from which they come back.
    """
    root = path.resolve()
    target = _target(output or (root / f"{root.name}.dmn" if path.is_dir() else path.with_suffix(".dmn")), force=force)
    if path.is_dir():
        with Caller(root, user_name()).site() as site:
            write_dmn(site.rulebook.library.tables, target, name=root.name)
    else:
        export_dmn(path, target)
    if as_json:
        show_json({"output": str(target)})
    else:
        say(f"made {target}")


def _target(path: Path, *, force: bool) -> Path:
    if path.exists() and not force:
        raise Refused(f"{path} is there already", hint="name another file with --output, or say --force")
    if not path.parent.is_dir():
        raise Refused(f"{path.parent} is not a folder", hint="make it first")
    return path
