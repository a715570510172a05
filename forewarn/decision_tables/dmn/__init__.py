"""Decision models in DMN XML (1.1 to 1.5): read, decide, write, and carry over to workbooks and back."""

from __future__ import annotations

from pathlib import Path

from forewarn.decision_tables.dmn.importing import read_source
from forewarn.decision_tables.dmn.model import DmnModel
from forewarn.decision_tables.dmn.xml import UnreadableModel

__all__ = ["DmnModel", "UnreadableModel", "read_dmn"]


def read_dmn(path: Path | str) -> DmnModel:
    """Read a DMN 1.1 to 1.5 file.

    Raises `UnreadableModel`. What a model has beyond what is supported (imports, Java, PMML) is told in its
    ``problems`` and counts as null.
    """
    return DmnModel(read_source(Path(path)))
