"""Runs the DMN Technology Compatibility Kit: ``python tests/tck/run.py [DIR]``.

Every test case of every model under ``DIR/TestCases`` is decided twice, from the XML and after XML → workbook →
engine; a case counts as SUCCESS where both give what the kit expects. A line a directory is printed, and
``tck_results.csv`` is written in the form that the kit collects: directory, file, case, SUCCESS, ERROR or IGNORED,
and why. What is not supported is IGNORED and counted.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from defusedxml.ElementTree import fromstring

from forewarn.decision_tables.cell_text import NotInSheets
from forewarn.decision_tables.dmn import (
    DmnModel,
    UnreadableModel,
    read_dmn,
    read_dmn_workbook,
    write_dmn_workbook,
)
from forewarn.decision_tables.feel import temporal
from forewarn.decision_tables.feel.runtime import FeelError
from forewarn.errors import ForewarnError

NAMESPACE = "{http://www.omg.org/spec/DMN/20160719/testcase}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TOLERANCE = Decimal("1E-8")
"""How far a number may lie from the expected one: the kit's results are rounded to eight places."""


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one test case."""

    directory: str
    file: str
    case: str
    status: str
    detail: str = ""

    @property
    def row(self) -> list[str]:
        """The row of ``tck_results.csv``."""
        return [self.directory, self.file, self.case, self.status, self.detail]


def default_directory() -> Path:
    """``DMN_TCK_DIR``, or where the kit lies beside the repository."""
    beside = Path(__file__).parents[2].parent / "shared" / "conformance" / "dmn-tck"
    return Path(os.environ.get("DMN_TCK_DIR", beside))


def test_files(kit: Path) -> Iterator[Path]:
    """The files with test cases, in order."""
    for path in sorted((kit / "TestCases").rglob("*.xml")):
        if "-test" in path.name and b"testCases" in path.read_bytes()[:4096]:
            yield path


def run_file(path: Path, kit: Path, ways: Sequence[str] = ("xml", "workbook")) -> list[Result]:
    """Run every case of one file."""
    directory = path.parent.relative_to(kit / "TestCases").as_posix()
    root = fromstring(path.read_bytes(), forbid_dtd=True)
    cases = [(case.get("id", str(number)), case) for number, case in enumerate(root.iter(f"{NAMESPACE}testCase"), 1)]
    name = (root.findtext(f"{NAMESPACE}modelName") or "").strip()
    try:
        models = load(path.parent / name, ways)
    except (UnreadableModel, NotInSheets) as error:
        return [Result(directory, path.name, case, "IGNORED", one_line(error)) for case, _ in cases]
    except ForewarnError as error:
        return [Result(directory, path.name, case, "ERROR", one_line(error)) for case, _ in cases]
    return [Result(directory, path.name, case, *contained(models, element)) for case, element in cases]


def load(path: Path, ways: Sequence[str]) -> dict[str, DmnModel]:
    """The model of a file, and the same after a way through a workbook."""
    source = read_dmn(path)
    models = {"xml": source}
    if "workbook" in ways:
        with tempfile.TemporaryDirectory() as folder:
            workbook = Path(folder) / "model.xlsx"
            write_dmn_workbook(source, workbook)
            models["workbook"] = read_dmn_workbook(workbook)
    return models


def contained(models: Mapping[str, DmnModel], case: Any) -> tuple[str, str]:
    """The outcome of a case; one that breaks the runner is wrong and stops no other."""
    try:
        return run_case(models, case)
    except FeelError as error:
        return "IGNORED", f"a value of the case has no form here: {one_line(error)}"
    except Exception as error:  # noqa: BLE001 - a fault in the engine is this case's result, told by its name
        return "ERROR", f"{type(error).__name__}: {one_line(error)}"


def run_case(models: Mapping[str, DmnModel], case: Any) -> tuple[str, str]:
    """SUCCESS, ERROR or IGNORED for one case, and why."""
    inputs = {node.get("name"): value_of(node) for node in case.findall(f"{NAMESPACE}inputNode")}
    kind = case.get("type", "decision")
    differences: list[str] = []
    for node in case.findall(f"{NAMESPACE}resultNode"):
        expected_node = node.find(f"{NAMESPACE}expected")
        expected = None if expected_node is None else value_of(expected_node)
        if node.get("errorResult") == "true":
            expected = None
        for way, model in models.items():
            diagnostics: list[str] = []
            try:
                if kind == "decision":
                    actual = model.decide(node.get("name"), inputs, diagnostics=diagnostics)
                else:
                    actual = model.invoke(case.get("invocableName"), inputs, diagnostics=diagnostics)
                    if isinstance(actual, Mapping) and kind == "decisionService" and node.get("name") in actual:
                        actual = actual[node.get("name")]
            except ForewarnError as error:
                differences.append(f"{way}: {node.get('name')}: {one_line(error)}")
                continue
            if not alike(expected, actual):
                why = "; ".join(diagnostics[:3])
                differences.append(f"{way}: {node.get('name')}: expected {expected!r}, got {actual!r} ({why})")
    if not differences:
        return "SUCCESS", ""
    model = next(iter(models.values()))
    asked = [node.get("name") for node in case.findall(f"{NAMESPACE}resultNode")] + [case.get("invocableName")]
    problems = [problem for name in asked if name for problem in model.problems_of(name)]
    if problems and all(problem.unsupported for problem in problems):
        return "IGNORED", "; ".join(map(str, problems[:3]))
    return "ERROR", " | ".join(differences)


def one_line(error: Exception) -> str:
    """An error's text in one line."""
    return " ".join(str(error).split())


def value_of(node: Any) -> Any:
    """The value of an ``inputNode``, ``expected``, ``component`` or ``item``."""
    if node.get(NIL) == "true":
        return None
    listed = node.find(f"{NAMESPACE}list")
    if listed is not None:
        return None if listed.get(NIL) == "true" else tuple(value_of(one) for one in listed.findall(f"{NAMESPACE}item"))
    components = node.findall(f"{NAMESPACE}component")
    if components:
        return {one.get("name"): value_of(one) for one in components}
    value = node.find(f"{NAMESPACE}value")
    return None if value is None else simple_value(value)


def simple_value(value: Any) -> Any:
    """The value of a ``value`` element by its XML Schema type; text where it has none."""
    if value.get(NIL) == "true":
        return None
    text = value.text or ""
    match (value.get(TYPE) or "string").rpartition(":")[2]:
        case "decimal" | "double" | "float" | "integer" | "int" | "long":
            return number(text)
        case "boolean":
            return text.strip() in {"true", "1"}
        case "date":
            return temporal.parse_date(text.strip())
        case "time":
            return temporal.parse_time(text.strip())
        case "dateTime":
            return temporal.parse_datetime(text.strip())
        case "duration" | "dayTimeDuration" | "yearMonthDuration":
            return temporal.parse_duration(text.strip())
        case _:
            return text


def number(text: str) -> Decimal | None:
    """A number; the kit's ``NaN`` and infinities are no FEEL numbers."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def alike(expected: Any, actual: Any) -> bool:
    """Whether a result is the expected one: numbers up to a rounding, contexts by the entries."""
    if isinstance(expected, Decimal) and isinstance(actual, Decimal):
        return abs(expected - actual) <= TOLERANCE * max(Decimal(1), abs(expected))
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return expected.keys() == actual.keys() and all(alike(expected[key], actual[key]) for key in expected)
    if isinstance(expected, tuple) and isinstance(actual, tuple):
        return len(expected) == len(actual) and all(map(alike, expected, actual))
    if isinstance(expected, datetime | date | time | timedelta) and type(expected) is type(actual):
        return bool(expected == actual)
    return type(expected) is type(actual) and bool(expected == actual)


def write_results(results: Iterable[Result], path: Path) -> None:
    """Write ``tck_results.csv``: every field in quotes, no heading."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(result.row for result in results)


def directory_lines(results: Sequence[Result]) -> Iterator[str]:
    """A line a directory, then the sum."""
    by_directory: dict[str, Counter[str]] = {}
    for result in results:
        by_directory.setdefault(result.directory, Counter())[result.status] += 1
    for directory, counts in by_directory.items():
        yield f"{directory}: {counts['SUCCESS']} ok, {counts['ERROR']} wrong, {counts['IGNORED']} ignored"
    total = Counter(result.status for result in results)
    yield f"total: {total['SUCCESS']} ok, {total['ERROR']} wrong, {total['IGNORED']} ignored"


def main() -> int:
    """Run the kit; exit 1 where a case is wrong, 2 where there is no kit."""
    parser = argparse.ArgumentParser(description="Run the DMN Technology Compatibility Kit.")
    parser.add_argument("kit", nargs="?", type=Path, default=default_directory())
    parser.add_argument("-o", "--output", type=Path, default=Path("tck_results.csv"))
    parser.add_argument("--xml-only", action="store_true", help="leave out the way through a workbook")
    parser.add_argument("-v", "--verbose", action="store_true", help="print each case that is not a success")
    options = parser.parse_args()
    if not (options.kit / "TestCases").is_dir():
        print(f"no kit at {options.kit}: set DMN_TCK_DIR", file=sys.stderr)
        return 2
    ways = ("xml",) if options.xml_only else ("xml", "workbook")
    results = [result for path in test_files(options.kit) for result in run_file(path, options.kit, ways)]
    write_results(results, options.output)
    if options.verbose:
        for result in results:
            if result.status != "SUCCESS":
                print(f"{result.directory} {result.case} {result.status}: {result.detail}")
    for line in directory_lines(results):
        print(line)
    return 1 if any(result.status == "ERROR" for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
