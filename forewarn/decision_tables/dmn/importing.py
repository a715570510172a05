"""From DMN XML to a `ModelSource`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from forewarn.decision_tables.dmn.boxed import KINDS, Boxes
from forewarn.decision_tables.dmn.item_types import ItemTypes
from forewarn.decision_tables.dmn.source import (
    Definition,
    ModelSource,
    Part,
    Problem,
    TableInput,
    TableOutput,
    TypeSource,
)
from forewarn.decision_tables.dmn.surroundings import Surroundings, free_heading
from forewarn.decision_tables.dmn.tables import read_table
from forewarn.decision_tables.dmn.xml import (
    child,
    children,
    local_name,
    name_of,
    read_document,
    references,
    text_of,
    type_of,
)
from forewarn.decision_tables.feel import FeelSyntaxError, parse_expression
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.types import ANY, FeelType
from forewarn.decision_tables.feel.walking import free_paths
from forewarn.decision_tables.model import TableModel


def read_source(path: Path) -> ModelSource:
    """Read a DMN 1.1 to 1.5 file. Raises `UnreadableModel`; what is only unsupported is told in ``problems``."""
    return _Import(read_document(path), path.stem).source()


class _Import:
    def __init__(self, root: Element, fallback_name: str) -> None:
        self.root = root
        self.name = name_of(root) or fallback_name
        self.problems: list[Problem] = []
        self.tables: list[TableModel] = []
        self.titles: set[str] = set()
        self.table_inputs: list[TableInput] = []
        self.table_outputs: list[TableOutput] = []
        self.elements = {
            element.get("id", ""): element
            for element in children(root, "inputData", "decision", "businessKnowledgeModel", "decisionService")
        }
        self.type_sources = tuple(self._type_sources())
        self.types = ItemTypes(self.type_sources)
        declared = [(name_of(one), self._variable_type(one)) for one in children(root, "inputData")]
        self.functions = frozenset(name_of(one) for one in children(root, "businessKnowledgeModel", "decisionService"))
        self.names = self._names()
        undeclared = {name: one for table in self._free_standing() for name, one in self._undeclared(table).items()}
        self.inputs = (*declared, *undeclared.items())
        self.names |= frozenset(undeclared)
        self.undeclared = frozenset(undeclared)
        self.roots: dict[str, FeelType] = {name: self.types.named(named) for name, named in self.inputs}
        for one in children(root, "decision"):
            self.roots[name_of(one)] = self.types.named(self._variable_type(one))

    def source(self) -> ModelSource:
        for imported in children(self.root, "import"):
            self.problems.append(
                Problem(
                    "", f"the imported model {imported.get('name') or imported.get('namespace')!r} is not read", True
                )
            )
        definitions = [self._decision(one) for one in children(self.root, "decision")]
        definitions += [self._function(one) for one in children(self.root, "businessKnowledgeModel")]
        definitions += [self._service(one) for one in children(self.root, "decisionService")]
        return ModelSource(
            name=self.name,
            namespace=self.root.get("namespace", ""),
            types=self.type_sources,
            inputs=self.inputs,
            definitions=tuple(definitions),
            tables=tuple(self.tables),
            table_inputs=tuple(self.table_inputs),
            table_outputs=tuple(self.table_outputs),
            problems=tuple(self.problems),
        )

    def _type_sources(self) -> Iterator[TypeSource]:
        for element in children(self.root, "itemDefinition"):
            yield from self._type_source(element, name_of(element), None)

    def _type_source(self, element: Element, owner: str, component: str | None) -> Iterator[TypeSource]:
        """An item definition or component, then its components; a structure within one gets a name of its own."""
        parts = list(children(element, "itemComponent"))
        allowed = text_of(child(element, "allowedValues")) or None
        is_list = element.get("isCollection") == "true"
        inner = owner if component is None else f"{owner}.{component}"
        base = type_of(element)
        if parts and component is not None:
            yield TypeSource(owner, component, inner, is_list, allowed)
            yield TypeSource(inner, None, "")
        else:
            yield TypeSource(owner, component, base, is_list, allowed)
        for part in parts:
            yield from self._type_source(part, inner, name_of(part))

    def _variable_type(self, element: Element) -> str:
        return type_of(child(element, "variable"))

    def _names(self) -> frozenset[str]:
        named = {name_of(element) for element in self.elements.values()}
        components = {one.component for one in self.type_sources if one.component is not None}
        parameters = {name_of(one) for one in self.root.iter() if local_name(one) == "formalParameter"}
        return frozenset(named | components | parameters)

    def _free_standing(self) -> Iterator[Element]:
        """The tables that are the whole logic of a decision."""
        for one in children(self.root, "decision"):
            yield from children(one, "decisionTable")

    def _undeclared(self, table: Element) -> dict[str, str]:
        """Names that a table's inputs read and that nothing in the model has, with their types.

        Modellers that run single tables leave input data out: such names are inputs all the same.
        """
        found: dict[str, str] = {}
        for one in children(table, "input"):
            expression = child(one, "inputExpression")
            text = text_of(expression)
            try:
                paths = free_paths(parse_expression(text, self.names).tree)
            except FeelSyntaxError:
                continue
            for path in sorted(paths):
                if path[0] not in self.names and path[0] not in BUILTINS:
                    found.setdefault(path[0], type_of(expression) if text == path[0] else "")
        return found

    def _required(self, element: Element) -> tuple[str, ...]:
        wanted: list[str] = []
        for table in children(element, "decisionTable"):
            wanted.extend(name for name in self._read_names(table) if name in self.undeclared)
        for requirement in children(element, "informationRequirement", "knowledgeRequirement"):
            for reference in references(requirement, "requiredInput", "requiredDecision", "requiredKnowledge"):
                if reference in self.elements:
                    wanted.append(name_of(self.elements[reference]))
                else:
                    self.problems.append(Problem(name_of(element), "requires something that the model does not have"))
        return tuple(wanted)

    def _decision(self, element: Element) -> Definition:
        name = name_of(element)
        type_ = self._variable_type(element)
        boxes = self._boxes(name, type_, {})
        return Definition(Part.DECISION, name, type_, (), self._required(element), boxes.within(element))

    def _function(self, element: Element) -> Definition:
        name = name_of(element)
        type_ = self._variable_type(element)
        logic = child(element, "encapsulatedLogic")
        if logic is None:
            self.problems.append(Problem(name, "the function has no body"))
            return Definition(Part.FUNCTION, name, type_, (), self._required(element), "null")
        given = [(name_of(one), type_of(one)) for one in children(logic, "formalParameter")]
        body = child(logic, *KINDS)
        if not given and body is not None and local_name(body) == "decisionTable":
            given = [(one, "") for one in self._read_names(body)]
        boxes = self._boxes(name, type_ or type_of(logic), dict(given))
        source = boxes.body(logic, frozenset(one for one, _ in given))
        return Definition(Part.FUNCTION, name, type_, tuple(given), self._required(element), source)

    def _read_names(self, table: Element) -> list[str]:
        """What the inputs of a table read, in order: also the parameters of a function that declares none."""
        found: dict[str, None] = {}
        for one in children(table, "input"):
            try:
                tree = parse_expression(text_of(child(one, "inputExpression")), self.names).tree
            except FeelSyntaxError:
                continue
            found.update(dict.fromkeys(sorted(path[0] for path in free_paths(tree))))
        return list(found)

    def _service(self, element: Element) -> Definition:
        def named(kind: str) -> list[str]:
            found = [reference for reference in references(element, kind) if reference in self.elements]
            return [name_of(self.elements[reference]) for reference in found]

        types = dict(self.inputs)
        given = [*named("inputData"), *named("inputDecision")]
        parameters = tuple((name, types.get(name, "")) for name in given)
        return Definition(
            Part.SERVICE, name_of(element), self._variable_type(element), parameters, tuple(named("outputDecision"))
        )

    def _boxes(self, owner: str, type_: str, parameters: dict[str, str]) -> Boxes:
        """The converter of one definition's boxes; its tables are titled after it."""
        parameter_types = {name: self.types.named(named) for name, named in parameters.items()}
        result = self.types.named(type_)

        def tell(message: str, unsupported: bool = False) -> None:
            self.problems.append(Problem(owner, message, unsupported))

        def set_aside(element: Element, local: frozenset[str]) -> str:
            title = free_heading(owner, self.titles)
            here = {name: parameter_types.get(name, ANY) for name in local}
            around = Surroundings(
                title,
                self.names | local if local else self.names,
                {**self.roots, **here} if here else self.roots,
                self.types,
                self.functions,
                tell,
            )
            model, inputs, outputs = read_table(element, result, around)
            self.tables.append(model)
            self.table_inputs.extend(inputs)
            self.table_outputs.extend(outputs)
            return title

        return Boxes(self.names, set_aside, tell)
