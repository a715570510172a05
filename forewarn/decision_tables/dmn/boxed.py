"""Boxed expressions (DMN 1.5 §7.3 and §10.2) as FEEL text, with decision tables set aside under titles."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from forewarn.decision_tables.dmn.xml import child, children, local_name, name_of, text_of
from forewarn.decision_tables.feel import FeelSyntaxError, parse_expression
from forewarn.decision_tables.feel.lexing import quote

RESULT = "_result"
"""The key under which the result of a boxed context stands."""

KINDS = (
    "literalExpression",
    "decisionTable",
    "context",
    "invocation",
    "relation",
    "list",
    "functionDefinition",
    "conditional",
    "filter",
    "for",
    "some",
    "every",
)


class Boxes:
    """Turns the boxed expressions of one definition into FEEL.

    ``names`` are the names that its expressions may hold; ``set_aside`` takes a decision table with the names
    in its scope and gives its title; ``problem`` is told what cannot be taken over, and whether it is only unsupported.
    """

    def __init__(
        self,
        names: frozenset[str],
        set_aside: Callable[[Element, frozenset[str]], str],
        problem: Callable[[str, bool], None],
    ) -> None:
        self._names = names
        self._set_aside = set_aside
        self._problem = problem

    def within(self, element: Element, local: frozenset[str] = frozenset()) -> str:
        """The FEEL of the expression that stands in an element; ``null`` where there is none."""
        found = child(element, *KINDS)
        return "null" if found is None else self.text(found, local)

    def text(self, element: Element, local: frozenset[str]) -> str:
        """The FEEL of one boxed expression."""
        match local_name(element):
            case "literalExpression":
                return self._literal(element, local)
            case "decisionTable":
                return f"table {quote(self._set_aside(element, local))}"
            case "context":
                return self._context(element, local)
            case "invocation":
                return self._invocation(element, local)
            case "relation":
                return self._relation(element, local)
            case "list":
                return "[" + ", ".join(self._wrapped(item, local) for item in children(element, *KINDS)) + "]"
            case "functionDefinition":
                return self.function(element, local)
            case "conditional":
                parts = [self._part(element, part, local) for part in ("if", "then", "else")]
                return "if {} then {} else {}".format(*parts)
            case "filter":
                return f"{self._part(element, 'in', local)}[{self._part(element, 'match', local | {'item'})}]"
            case _:
                return self._iteration(element, local)

    def _literal(self, element: Element, local: frozenset[str]) -> str:
        source = text_of(element)
        language = element.get("expressionLanguage", "")
        if child(element, "importedValues") is not None or (language and "feel" not in language.lower()):
            self._problem(f"an expression in {language or 'another document'} is not run: {source[:80]!r}", True)
            return "null"
        if not source:
            return "null"
        try:
            parse_expression(source, self._names | local if local else self._names)
        except FeelSyntaxError as error:
            self._problem(f"{source[:80]!r} is no FEEL: {error.message}", False)
            return "null"
        return source

    def _wrapped(self, element: Element, local: frozenset[str]) -> str:
        """The text in parentheses, for use inside another; a comment at its end must not swallow what follows."""
        written = self.text(element, local)
        return f"({written}\n)" if "//" in written else f"({written})"

    def _part(self, element: Element, name: str, local: frozenset[str]) -> str:
        part = child(element, name)
        found = None if part is None else child(part, *KINDS)
        return "(null)" if found is None else self._wrapped(found, local)

    def _context(self, element: Element, local: frozenset[str]) -> str:
        entries: list[str] = []
        result = False
        for entry in children(element, "contextEntry"):
            variable = child(entry, "variable")
            name = RESULT if variable is None else name_of(variable)
            found = child(entry, *KINDS)
            entries.append(f"{quote(name)}: {'null' if found is None else self._wrapped(found, local)}")
            local |= {name}
            result = result or variable is None
        return "{" + ", ".join(entries) + "}" + (f".{RESULT}" if result else "")

    def _invocation(self, element: Element, local: frozenset[str]) -> str:
        called = child(element, *KINDS)
        function = "null" if called is None else self.text(called, local)
        arguments: list[str] = []
        for binding in children(element, "binding"):
            parameter = child(binding, "parameter")
            found = child(binding, *KINDS)
            if parameter is not None:
                value = "null" if found is None else self._wrapped(found, local)
                arguments.append(f"{name_of(parameter)}: {value}")
        return f"{function}({', '.join(arguments)})"

    def _relation(self, element: Element, local: frozenset[str]) -> str:
        columns = [name_of(column) for column in children(element, "column")]
        rows: list[str] = []
        for row in children(element, "row"):
            cells = zip(columns, children(row, *KINDS), strict=False)
            rows.append("{" + ", ".join(f"{quote(name)}: {self._wrapped(cell, local)}" for name, cell in cells) + "}")
        return "[" + ", ".join(rows) + "]"

    def parameters(self, element: Element) -> list[str]:
        """The names of a function's formal parameters."""
        return [name_of(parameter) for parameter in children(element, "formalParameter")]

    def function(self, element: Element, local: frozenset[str]) -> str:
        """A function definition as FEEL."""
        names = self.parameters(element)
        return f"function({', '.join(names)}) {self.body(element, local | frozenset(names))}"

    def body(self, element: Element, local: frozenset[str]) -> str:
        """The body of a function definition; Java and PMML ones are not run."""
        kind = element.get("kind", "FEEL")
        if kind not in {"F", "FEEL"}:
            self._problem(f"a function in {kind} is not run", True)
            return "null"
        return self.within(element, local)

    def _iteration(self, element: Element, local: frozenset[str]) -> str:
        variable = " ".join(element.get("iteratorVariable", "").split())
        source = self._part(element, "in", local)
        kind = local_name(element)
        inner = local | {variable, "partial"}
        if kind == "for":
            return f"for {variable} in {source} return {self._part(element, 'return', inner)}"
        return f"{kind} {variable} in {source} satisfies {self._part(element, 'satisfies', inner)}"
