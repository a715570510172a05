"""Peers that decide one question: each function makes the peer's own table and gives a function that decides."""

# ruff: noqa: PLC0415 (a peer that is not installed must not hinder the others)

from __future__ import annotations

import json
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.tables import OUTPUTS, Cell, Spec

Ask = Callable[[dict[str, Any]], Any]


def zen_content(spec: Spec, *, collect: bool = False) -> dict[str, Any]:
    """The table in zen-engine's own JSON form."""
    rules = []
    for number, (cells, outputs) in enumerate(zip(spec.rules, spec.outputs, strict=True)):
        rule = {"_id": f"R{number}"}
        rule |= {f"i{at}": _zen_cell(cell) for at, cell in enumerate(cells)}
        rule |= {f"o{at}": json.dumps(text) for at, text in enumerate(outputs)}
        rules.append(rule)
    table = {
        "hitPolicy": "collect" if collect else "first",
        "inputs": [{"id": f"i{at}", "name": name, "field": name} for at, name in enumerate(spec.columns)],
        "outputs": [{"id": f"o{at}", "name": name, "field": name} for at, name in enumerate(OUTPUTS)],
        "rules": rules,
    }
    place = {"x": 0, "y": 0}
    return {
        "nodes": [
            {"id": "in", "type": "inputNode", "name": "in", "position": place},
            {"id": "table", "type": "decisionTableNode", "name": "table", "position": place, "content": table},
            {"id": "out", "type": "outputNode", "name": "out", "position": place},
        ],
        "edges": [
            {"id": "a", "sourceId": "in", "targetId": "table", "type": "edge"},
            {"id": "b", "sourceId": "table", "targetId": "out", "type": "edge"},
        ],
    }


def _zen_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    return json.dumps(cell) if isinstance(cell, str) else f"[{cell[0]}..{cell[1]})"


def zen_load(content: dict[str, Any]) -> Any:
    """zen-engine with the table loaded the fast way."""
    import zen

    return zen.ZenEngine({"loader": {"type": "static", "content": {"table": content}}})


def zen(spec: Spec, *, collect: bool = False) -> Ask:
    """zen-engine."""
    evaluate = zen_load(zen_content(spec, collect=collect)).evaluate
    return lambda question: evaluate("table", question)["result"]


def datalogic(spec: Spec) -> Ask:
    """datalogic-py: the rules as one chain of conditions, compiled once, asked in a session."""
    import datalogic_py

    chain: list[Any] = []
    for number, (cells, outputs) in enumerate(zip(spec.rules, spec.outputs, strict=True)):
        terms: list[Any] = []
        for name, cell in zip(spec.columns, cells, strict=True):
            if isinstance(cell, str):
                terms.append({"==": [{"var": name}, cell]})
            elif cell is not None:
                terms += [{">=": [{"var": name}, cell[0]]}, {"<": [{"var": name}, cell[1]]}]
        chain += [{"and": terms}, [*outputs, f"R{number}"]]
    engine = datalogic_py.Engine()
    rule = engine.compile({"if": chain})
    session = engine.session()
    return lambda question: session.evaluate(rule, question)


def spiff(spec: Spec) -> Ask:
    """SpiffWorkflow's DMN engine, with a stand-in for the workflow task that it wants."""
    from lxml import etree
    from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
    from SpiffWorkflow.dmn.engine.DMNEngine import DMNEngine
    from SpiffWorkflow.dmn.parser.DMNParser import DMNParser

    space = "https://www.omg.org/spec/DMN/20191111/MODEL/"
    rules = []
    for number, (cells, outputs) in enumerate(zip(spec.rules, spec.outputs, strict=True)):
        entries = "".join(
            f'<inputEntry id="i{number}_{at}"><text>{escape(_spiff_cell(cell))}</text></inputEntry>'
            for at, cell in enumerate(cells)
        )
        entries += "".join(
            f'<outputEntry id="o{number}_{at}"><text>{escape(json.dumps(text))}</text></outputEntry>'
            for at, text in enumerate(outputs)
        )
        rules.append(f'<rule id="R{number}">{entries}</rule>')
    inputs = "".join(
        f'<input id="in{at}" label="{name}"><inputExpression id="e{at}" typeRef="string"><text>{name}</text>'
        "</inputExpression></input>"
        for at, name in enumerate(spec.columns)
    )
    outputs_xml = "".join(f'<output id="out{at}" name="{name}" typeRef="string"/>' for at, name in enumerate(OUTPUTS))
    text = (
        f'<definitions xmlns="{space}" id="d" name="d" namespace="n"><decision id="table" name="table">'
        f'<decisionTable id="t" hitPolicy="UNIQUE">{inputs}{outputs_xml}{"".join(rules)}</decisionTable>'
        "</decision></definitions>"
    )
    root = etree.fromstring(text.encode())
    parser = DMNParser(None, root, {"dmn": space})
    parser.parse()
    engine = DMNEngine(parser.decision.decisionTables[0])

    class Workflow:
        script_engine = PythonScriptEngine()

    class Task:
        workflow = Workflow()
        data: dict[str, Any] = {}  # noqa: RUF012 (set for each question)

    task = Task()

    def ask(question: dict[str, Any]) -> Any:
        task.data = dict(question)
        return engine.result(task)

    return ask


def _spiff_cell(cell: Cell) -> str:
    if cell is None:
        return "-"
    return json.dumps(cell) if isinstance(cell, str) else f"{cell[0]} <= ? < {cell[1]}"


def pydmnrules(spec: Spec) -> Ask:
    """pyDMNrules, from a workbook in its own layout."""
    import openpyxl
    from openpyxl.styles import Border, Side

    # What it and its parser warn of concerns their own grammar; importing and loading sets their filters again.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pyDMNrules

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Table"
    sheet["A1"] = "Table"
    sheet.append(["U", *spec.columns, *OUTPUTS])
    for number, (cells, outputs) in enumerate(zip(spec.rules, spec.outputs, strict=True)):
        sheet.append([number + 1, *map(_pydmn_cell, cells), *map(json.dumps, outputs)])
    # The layout is told by borders: a double line stands between inputs and outputs, and under the headings.
    double, thin = Side(style="double"), Side(style="thin")
    last_input = 1 + len(spec.columns)
    for row in sheet.iter_rows(min_row=2, max_row=2 + len(spec.rules), max_col=last_input + len(OUTPUTS)):
        for cell in row:
            cell.border = Border(
                left=double if cell.column == last_input + 1 else thin,
                right=double if cell.column == last_input else thin,
                top=thin,
                bottom=double if cell.row == 2 else thin,
            )
    rules = pyDMNrules.DMN()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        book.save(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            status = rules.load(str(path))
    if status.get("errors"):
        raise RuntimeError(re.sub(r"\s+", " ", str(status["errors"]))[:200])

    def ask(question: dict[str, Any]) -> Any:
        status, result = rules.decide(question)
        if status:
            raise RuntimeError(str(status)[:200])
        return result["Result"]

    return ask


def _pydmn_cell(cell: Cell) -> str:
    if cell is None:
        return "-"
    return json.dumps(cell) if isinstance(cell, str) else f"[{cell[0]}..{cell[1]})"
