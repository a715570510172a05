"""A decision model as it is written, between its files and its meaning.

DMN XML and a workbook's sheets both read to a `ModelSource`, and both are written from one: what a model means
cannot depend on the file that it came in. Everything that is not a table is FEEL text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from forewarn.decision_tables.model import TableModel


class Part(StrEnum):
    """What a definition is, by the word that the ``Expressions`` sheet has for it."""

    DECISION = "decision"
    FUNCTION = "function"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class TypeSource:
    """An item definition, or one component of it (``component`` is its name).

    ``base`` is the type it refers to, empty for a structure of components; ``allowed`` are unary tests that its
    values (of a list: its items) satisfy.
    """

    name: str
    component: str | None
    base: str
    is_list: bool = False
    allowed: str | None = None


@dataclass(frozen=True, slots=True)
class Definition:
    """A decision, a function (business knowledge model) or a decision service.

    ``type`` is the name of its result's type, or empty; ``requires`` are the names that it may use. The source
    of a decision or a function is FEEL, in which ``table "Title"`` asks a table; a service has none, its
    ``requires`` are its output decisions and its parameters the inputs and decisions that a caller gives.
    """

    part: Part
    name: str
    type: str = ""
    parameters: tuple[tuple[str, str], ...] = ()
    requires: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class TableInput:
    """How a table's input is computed: the FEEL source of the column with that heading."""

    table: str
    heading: str
    source: str


@dataclass(frozen=True, slots=True)
class TableOutput:
    """The output that a heading stands for, where a table has a column of that name already."""

    table: str
    heading: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """Something of a model that could not be taken over and counts as null there.

    ``definition`` is the name of what it is about, empty for the whole model. ``unsupported`` is what is right but
    not run here (Java, PMML, another language, imported models); the rest is wrong.
    """

    definition: str
    message: str
    unsupported: bool = False

    def __str__(self) -> str:
        """``Approval: 'x +' is no FEEL``."""
        return f"{self.definition}: {self.message}" if self.definition else self.message


@dataclass(frozen=True, slots=True)
class ModelSource:
    """A model, whole. ``problems`` tells what could not be taken over."""

    name: str
    namespace: str = ""
    types: tuple[TypeSource, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()
    definitions: tuple[Definition, ...] = ()
    tables: tuple[TableModel, ...] = ()
    table_inputs: tuple[TableInput, ...] = ()
    table_outputs: tuple[TableOutput, ...] = ()
    problems: tuple[Problem, ...] = ()

    def names(self) -> set[str]:
        """Every name that an expression of the model may hold: inputs, definitions, parameters and components."""
        parameters = {name for definition in self.definitions for name, _ in definition.parameters}
        components = {entry.component for entry in self.types if entry.component is not None}
        return {name for name, _ in self.inputs} | {one.name for one in self.definitions} | parameters | components
