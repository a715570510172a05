"""From a `ModelSource` to DMN 1.5 XML (elements in the order of the standard's schema)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent, register_namespace

from forewarn.decision_tables.dmn import entries
from forewarn.decision_tables.dmn.effective_dates import EFFECTIVE, time_test
from forewarn.decision_tables.dmn.from_tables import names_of
from forewarn.decision_tables.dmn.source import Definition, ModelSource, Part, TypeSource
from forewarn.decision_tables.dmn.tables import ALWAYS
from forewarn.decision_tables.dmn.xml import WRITTEN_NAMESPACE
from forewarn.decision_tables.feel.lexing import quote, unquote
from forewarn.decision_tables.feel.types import SPELLINGS
from forewarn.decision_tables.model import HitPolicy, OutputColumn, Rule, TableModel
from forewarn.decision_tables.values import Kind

_ASK = re.compile(r'\btable\s+("(?:[^"\\]|\\.)*")')
_WHOLE = re.compile(r'\s*table\s+("(?:[^"\\]|\\.)*")\s*\Z')
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_POLICIES = {
    HitPolicy.UNIQUE: "UNIQUE",
    HitPolicy.ANY: "ANY",
    HitPolicy.PRIORITY: "PRIORITY",
    HitPolicy.FIRST: "FIRST",
    HitPolicy.RULE_ORDER: "RULE ORDER",
    HitPolicy.OUTPUT_ORDER: "OUTPUT ORDER",
}
_AGGREGATIONS = {
    HitPolicy.COLLECT_SUM: "SUM",
    HitPolicy.COLLECT_MIN: "MIN",
    HitPolicy.COLLECT_MAX: "MAX",
    HitPolicy.COLLECT_COUNT: "COUNT",
}


def write_source(source: ModelSource, path: Path) -> None:
    """Write a model as DMN 1.5 XML. Raises `ForewarnError` for what DMN cannot say (business time)."""
    register_namespace("", WRITTEN_NAMESPACE)
    root = _Export(source).root()
    indent(root)
    ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _tag(name: str) -> str:
    return f"{{{WRITTEN_NAMESPACE}}}{name}"


def _add(parent: Element, tag: str, /, **attributes: str) -> Element:
    kept = {key: _NOT_XML.sub("\ufffd", value) for key, value in attributes.items() if value}
    return SubElement(parent, _tag(tag), kept)


def _add_text(parent: Element, tag: str, text: str, /, **attributes: str) -> Element:
    element = _add(parent, tag, **attributes)
    SubElement(element, _tag("text")).text = _NOT_XML.sub("\ufffd", text)
    return element


class _Export:
    def __init__(self, source: ModelSource) -> None:
        self.source = source
        self.tables = {table.name: table for table in source.tables}
        self.inputs = {(one.table, one.heading): one.source for one in source.table_inputs}
        self.outputs = {(one.table, one.heading): one.name for one in source.table_outputs}
        self.ids: dict[str, str] = {}
        self._taken: set[str] = set()
        self.nested = tuple(self._nested())

    def root(self) -> Element:
        root = Element(
            _tag("definitions"),
            {
                "name": self.source.name,
                "id": self._id("definitions", self.source.name),
                "namespace": self.source.namespace or "urn:forewarn:model",
                "exporter": "Forewarn",
            },
        )
        self._types(root)
        for name, type_ in self.source.inputs:
            element = _add(root, "inputData", name=name, id=self._id("input", name))
            _add(element, "variable", name=name, typeRef=self._type(type_))
        for definition in self.source.definitions:
            if definition.part is Part.FUNCTION:
                self._function(root, definition)
        for definition in self.nested:
            self._function(root, definition)
        for definition in self.source.definitions:
            if definition.part is Part.DECISION:
                self._decision(root, definition)
        for definition in self.source.definitions:
            if definition.part is Part.SERVICE:
                self._service(root, definition)
        return root

    def _id(self, kind: str, name: str) -> str:
        """An XML id for a thing of the model: letters and digits of its name, numbered where they are taken."""
        key = f"{kind} {name}"
        if key not in self.ids:
            base = f"{kind}_" + re.sub(r"[^A-Za-z0-9_.-]+", "_", name)
            number = 1
            wanted = base
            while wanted in self._taken:
                number += 1
                wanted = f"{base}_{number}"
            self._taken.add(wanted)
            self.ids[key] = wanted
        return self.ids[key]

    def _type(self, name: str) -> str:
        return SPELLINGS.get(name.lower(), name)

    # Types

    def _types(self, root: Element) -> None:
        components: dict[str, list[TypeSource]] = {}
        for one in self.source.types:
            if one.component is not None:
                components.setdefault(one.name, []).append(one)
        for one in self.source.types:
            if one.component is not None:
                continue
            element = self._item(root, "itemDefinition", one.name, one, is_structure=one.name in components)
            for component in components.get(one.name, ()):
                self._item(element, "itemComponent", component.component or "", component, is_structure=False)

    def _item(self, parent: Element, tag: str, name: str, one: TypeSource, *, is_structure: bool) -> Element:
        element = _add(parent, tag, name=name, isCollection="true" if one.is_list else "false")
        if not is_structure:
            _add(element, "typeRef").text = self._type(one.base) or "Any"
        if one.allowed:
            _add_text(element, "allowedValues", one.allowed)
        return element

    # Definitions

    def _kind(self, name: str) -> tuple[str, str]:
        """What kind of requirement a name is, with the id that it refers to."""
        for definition in (*self.source.definitions, *self.nested):
            if definition.name == name:
                kind = {Part.DECISION: "decision", Part.FUNCTION: "function", Part.SERVICE: "service"}[definition.part]
                return kind, self._id(kind, name)
        return "input", self._id("input", name)

    def _requirements(self, element: Element, definition: Definition) -> None:
        asked = [self._function_name(title) for title in self._titles(definition)]
        wanted = [(name, *self._kind(name)) for name in dict.fromkeys((*definition.requires, *asked))]
        # Information comes before knowledge in the schema.
        for name, kind, reference in wanted:
            if kind in {"input", "decision"} and definition.part is Part.DECISION:
                requirement = _add(
                    element, "informationRequirement", id=self._id("requires", f"{definition.name} {name}")
                )
                _add(requirement, "requiredInput" if kind == "input" else "requiredDecision", href=f"#{reference}")
        for name, kind, reference in wanted:
            if kind in {"function", "service"}:
                requirement = _add(
                    element, "knowledgeRequirement", id=self._id("requires", f"{definition.name} {name}")
                )
                _add(requirement, "requiredKnowledge", href=f"#{reference}")

    def _decision(self, root: Element, definition: Definition) -> None:
        element = _add(root, "decision", name=definition.name, id=self._id("decision", definition.name))
        _add(element, "variable", name=definition.name, typeRef=self._type(definition.type))
        self._requirements(element, definition)
        self._expression(element, definition)

    def _function(self, root: Element, definition: Definition) -> None:
        element = _add(root, "businessKnowledgeModel", name=definition.name, id=self._id("function", definition.name))
        _add(element, "variable", name=definition.name, typeRef=self._type(definition.type))
        logic = _add(element, "encapsulatedLogic", kind="FEEL")
        for name, type_ in definition.parameters:
            _add(logic, "formalParameter", name=name, typeRef=self._type(type_))
        self._expression(logic, definition)
        self._requirements(element, definition)

    def _service(self, root: Element, definition: Definition) -> None:
        element = _add(root, "decisionService", name=definition.name, id=self._id("service", definition.name))
        _add(element, "variable", name=definition.name, typeRef=self._type(definition.type))
        for name in definition.requires:
            _add(element, "outputDecision", href=f"#{self._id('decision', name)}")
        for name, _ in definition.parameters:
            kind, reference = self._kind(name)
            if kind == "decision":
                _add(element, "inputDecision", href=f"#{reference}")
        for name, _ in definition.parameters:
            kind, reference = self._kind(name)
            if kind == "input":
                _add(element, "inputData", href=f"#{reference}")

    def _expression(self, parent: Element, definition: Definition) -> None:
        whole = _WHOLE.match(definition.source)
        if whole is not None:
            self._table(parent, self.tables[unquote(whole[1])], definition)
            return
        text = _ASK.sub(lambda match: self._call(unquote(match[1])), definition.source)
        _add_text(parent, "literalExpression", text, typeRef=self._type(definition.type))

    # Tables within expressions: XML has no way to name one there, so each becomes a function of what it reads

    def _titles(self, definition: Definition) -> list[str]:
        if _WHOLE.match(definition.source):
            return []
        return [unquote(match[1]) for match in _ASK.finditer(definition.source)]

    def _function_name(self, title: str) -> str:
        return f"{title} table"

    def _call(self, title: str) -> str:
        arguments = [source for (table, _), source in self.inputs.items() if table == title]
        return f"{self._function_name(title)}({', '.join(arguments)})"

    def _nested(self) -> Iterator[Definition]:
        for definition in self.source.definitions:
            for title in self._titles(definition):
                headings = [heading for table, heading in self.inputs if table == title]
                for heading in headings:
                    self.inputs[self._function_name(title), heading] = heading
                yield Definition(
                    Part.FUNCTION,
                    self._function_name(title),
                    parameters=tuple((heading, "") for heading in headings),
                    requires=tuple(
                        name for name in definition.requires if self._part_of(name) in {Part.FUNCTION, Part.SERVICE}
                    ),
                    source=f"table {quote(title)}",
                )

    def _part_of(self, name: str) -> Part | None:
        return next((one.part for one in self.source.definitions if one.name == name), None)

    # Decision tables

    def _table(self, parent: Element, table: TableModel, definition: Definition) -> None:
        renamed = names_of(table, self.tables)
        element = _add(
            parent,
            "decisionTable",
            id=self._id("table", definition.name),
            hitPolicy=_POLICIES.get(table.hit_policy, "COLLECT"),
            aggregation=_AGGREGATIONS.get(table.hit_policy, ""),
            outputLabel=table.outputs[0].heading if len(table.outputs) == 1 else "",
        )
        for column in table.inputs:
            source = self.inputs.get((definition.name, column.heading)) or self.inputs.get(
                (table.name, column.heading), column.heading
            )
            one = _add(element, "input", label=column.heading)
            plain = "" if column.type.is_list or column.type.kind is Kind.ANY else column.type.kind.value
            _add_text(one, "inputExpression", source, typeRef=plain)
            if column.allowed is not None:
                _add_text(one, "inputValues", entries.unary_tests(column.allowed, renamed))
        if table.effective:
            one = _add(element, "input", label=EFFECTIVE)
            _add_text(one, "inputExpression", EFFECTIVE, typeRef=Kind.DATE_AND_TIME.value)
        for heading in table.conditions:
            one = _add(element, "input", label=heading.heading)
            _add_text(one, "inputExpression", ALWAYS, typeRef=Kind.BOOLEAN.value)
        for output in table.outputs:
            self._output(element, output, table, renamed)
        notes = list(dict.fromkeys(heading for rule in table.rules for heading, _ in rule.notes))
        for note in notes:
            _add(element, "annotation", name=note)
        for rule in table.rules:
            self._rule(element, rule, table, renamed, notes)

    def _output(self, parent: Element, output: OutputColumn, table: TableModel, renamed: dict[str, str]) -> None:
        plain = "" if output.type.is_list or output.type.kind is Kind.ANY else output.type.kind.value
        name = self.outputs.get((table.name, output.heading), output.heading) if len(table.outputs) > 1 else ""
        element = _add(parent, "output", name=name, label=output.heading, typeRef=plain)
        if output.ranked is not None:
            _add_text(element, "outputValues", ", ".join(entries.value_text(value) for value in output.ranked))
        elif output.allowed is not None:
            _add_text(element, "outputValues", entries.unary_tests(output.allowed, renamed))
        if output.default is not None:
            _add_text(element, "defaultOutputEntry", entries.result(output.default, renamed))
        elif table.has_default:
            _add_text(element, "defaultOutputEntry", "null")

    def _rule(self, parent: Element, rule: Rule, table: TableModel, renamed: dict[str, str], notes: list[str]) -> None:
        element = _add(parent, "rule", id=self._id("rule", f"{table.name} {rule.id}"), label=rule.id)
        for test in rule.tests:
            _add_text(element, "inputEntry", entries.unary_tests(test, renamed))
        if table.effective:
            _add_text(element, "inputEntry", time_test(rule.effective_from, rule.effective_to))
        for test in rule.conditions:
            _add_text(element, "inputEntry", entries.condition(test, renamed))
        for cell in rule.outputs:
            _add_text(element, "outputEntry", entries.result(cell, renamed))
        written = dict(rule.notes)
        for note in notes:
            _add_text(element, "annotationEntry", written.get(note, ""))
