"""Small decision models for the tests, written as DMN XML, and the ways to a model that decides."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from forewarn.decision_tables.dmn import DmnModel, read_dmn, read_dmn_workbook, write_dmn, write_dmn_workbook

DMN_15 = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def model(*parts: str, namespace: str = DMN_15) -> str:
    """A whole document."""
    inner = "\n".join(parts)
    head = f'<definitions xmlns="{namespace}" name="the model" namespace="urn:test">'
    return f'<?xml version="1.0"?>\n{head}{inner}</definitions>'


def ident(name: str) -> str:
    """An id from a name."""
    return "_" + "".join(letter if letter.isalnum() else "_" for letter in name)


def given(name: str, type_: str = "") -> str:
    """An input."""
    typed = f" typeRef={quoteattr(type_)}" if type_ else ""
    variable = f"<variable name={quoteattr(name)}{typed}/>"
    return f"<inputData name={quoteattr(name)} id={quoteattr(ident(name))}>{variable}</inputData>"


def literal(text: str) -> str:
    """A literal expression."""
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(
    name: str,
    expression: str,
    *,
    inputs: Sequence[str] = (),
    decisions: Sequence[str] = (),
    functions: Sequence[str] = (),
    type_: str = "",
) -> str:
    """A decision with what it requires."""
    typed = f" typeRef={quoteattr(type_)}" if type_ else ""
    required = "".join(
        f'<informationRequirement><requiredInput href="#{ident(one)}"/></informationRequirement>' for one in inputs
    )
    required += "".join(
        f'<informationRequirement><requiredDecision href="#{ident(one)}"/></informationRequirement>'
        for one in decisions
    )
    required += knowledge(functions)
    return (
        f"<decision name={quoteattr(name)} id={quoteattr(ident(name))}><variable name={quoteattr(name)}{typed}/>"
        f"{required}{expression}</decision>"
    )


def knowledge(functions: Sequence[str]) -> str:
    """Requirements of functions."""
    return "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{ident(one)}"/></knowledgeRequirement>' for one in functions
    )


def function(
    name: str,
    parameters: Sequence[tuple[str, str]],
    expression: str,
    *,
    functions: Sequence[str] = (),
    type_: str = "",
) -> str:
    """A business knowledge model."""
    typed = f" typeRef={quoteattr(type_)}" if type_ else ""
    formal = "".join(
        f"<formalParameter name={quoteattr(one)}" + (f" typeRef={quoteattr(kind)}" if kind else "") + "/>"
        for one, kind in parameters
    )
    return (
        f"<businessKnowledgeModel name={quoteattr(name)} id={quoteattr(ident(name))}>"
        f"<variable name={quoteattr(name)}{typed}/><encapsulatedLogic>{formal}{expression}</encapsulatedLogic>"
        f"{knowledge(functions)}</businessKnowledgeModel>"
    )


def table(
    inputs: Sequence[tuple[str, str] | tuple[str, str, str]],
    outputs: Sequence[tuple[str, str] | tuple[str, str, str] | tuple[str, str, str, str]],
    rules: Sequence[Sequence[str]],
    policy: str = "UNIQUE",
    aggregation: str = "",
) -> str:
    """A decision table: inputs (expression, type, allowed), outputs (name, type, allowed, default), rules of cells."""
    aggregated = f' aggregation="{aggregation}"' if aggregation else ""
    made = [f'<decisionTable hitPolicy="{policy}"{aggregated}>']
    for expression, type_, *allowed in inputs:
        typed = f" typeRef={quoteattr(type_)}" if type_ else ""
        values = f"<inputValues><text>{escape(allowed[0])}</text></inputValues>" if allowed else ""
        made.append(
            f"<input><inputExpression{typed}><text>{escape(expression)}</text></inputExpression>{values}</input>"
        )
    for name, type_, *more in outputs:
        named = f" name={quoteattr(name)}" if name else ""
        typed = f" typeRef={quoteattr(type_)}" if type_ else ""
        values = f"<outputValues><text>{escape(more[0])}</text></outputValues>" if more and more[0] else ""
        default = f"<defaultOutputEntry><text>{escape(more[1])}</text></defaultOutputEntry>" if len(more) > 1 else ""
        made.append(f"<output{named}{typed}>{values}{default}</output>")
    for number, cells in enumerate(rules, start=1):
        made.append(f'<rule id="rule{number}">')
        made += [f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells[: len(inputs)]]
        made += [f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in cells[len(inputs) :]]
        made.append("</rule>")
    return "".join([*made, "</decisionTable>"])


def structure(name: str, members: Sequence[tuple[str, str]], *, is_list: bool = False) -> str:
    """An item definition with components."""
    parts = "".join(
        f"<itemComponent name={quoteattr(one)}><typeRef>{kind}</typeRef></itemComponent>" for one, kind in members
    )
    return f'<itemDefinition name={quoteattr(name)} isCollection="{str(is_list).lower()}">{parts}</itemDefinition>'


def item(name: str, base: str, allowed: str = "", *, is_list: bool = False) -> str:
    """An item definition of a base type."""
    values = f"<allowedValues><text>{escape(allowed)}</text></allowedValues>" if allowed else ""
    collected = str(is_list).lower()
    return (
        f"<itemDefinition name={quoteattr(name)} isCollection={quoteattr(collected)}>"
        f"<typeRef>{base}</typeRef>{values}</itemDefinition>"
    )


WAYS = ("xml", "workbook", "rewritten")


def load(document: str, folder: Path, way: str) -> DmnModel:
    """The model as read, after a way through a workbook, or after it was written as XML again."""
    path = folder / "model.dmn"
    path.write_text(document, encoding="utf-8")
    found = read_dmn(path)
    if way == "workbook":
        write_dmn_workbook(found, folder / "model.xlsx")
        return read_dmn_workbook(folder / "model.xlsx")
    if way == "rewritten":
        write_dmn(found, folder / "again.dmn")
        return read_dmn(folder / "again.dmn")
    return found
