"""Decision models in DMN XML (1.1 to 1.5): read, decide, write, and carry over to workbooks and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from forewarn.decision_tables.dmn.exporting import write_source
from forewarn.decision_tables.dmn.from_tables import source_of_tables
from forewarn.decision_tables.dmn.importing import read_source
from forewarn.decision_tables.dmn.model import DmnModel
from forewarn.decision_tables.dmn.sheets import export_dmn, import_dmn, read_dmn_workbook, write_dmn_workbook
from forewarn.decision_tables.dmn.xml import UnreadableModel
from forewarn.decision_tables.table import Table

__all__ = [
    "DmnModel",
    "UnreadableModel",
    "export_dmn",
    "import_dmn",
    "read_dmn",
    "read_dmn_workbook",
    "write_dmn",
    "write_dmn_workbook",
]


def read_dmn(path: Path | str) -> DmnModel:
    """Read a DMN 1.1 to 1.5 file.

    Raises `UnreadableModel`. What a model has beyond what is supported (imports, Java, PMML) is told in its
    ``problems`` and counts as null.
    """
    return DmnModel(read_source(Path(path)))


def write_dmn(model: DmnModel | Iterable[Table], path: Path | str, *, name: str | None = None) -> None:
    """Write a model, or the tables of a workbook, as DMN 1.5 XML.

    A model is called ``name`` where given, else by its own name or that of the file. Of tables, bindings become
    inputs by record, tables that feed tables become required decisions, and effective dates become the input
    ``effective at``, from which they come back; aliases stay behind. Raises `ForewarnError` for business time,
    which the standard cannot say.
    """
    path = Path(path)
    if isinstance(model, DmnModel):
        source = model.source if name is None else replace(model.source, name=name)
    else:
        source = source_of_tables([table.model for table in model], name or path.stem)
    write_source(source, path)
