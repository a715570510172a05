"""The DMN Technology Compatibility Kit, as far as it is at hand: set ``DMN_TCK_DIR`` to run another or larger one."""

from __future__ import annotations

import csv
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent


def load_runner() -> ModuleType:
    """The runner, which is a program and no package."""
    spec = importlib.util.spec_from_file_location("tck_run", HERE / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tck_run"] = module
    spec.loader.exec_module(module)
    return module


RUN = load_runner()
KIT = RUN.default_directory()
FILES = list(RUN.test_files(KIT)) if (KIT / "TestCases").is_dir() else []


@pytest.mark.skipif(not FILES, reason="no compatibility kit: set DMN_TCK_DIR")
@pytest.mark.parametrize("path", FILES, ids=[path.parent.name for path in FILES])
def test_kit(path: Path) -> None:
    """Every case gives what the kit expects, from the XML and after XML → workbook → engine.

    What is not supported is told as skipped, with the reason.
    """
    results = RUN.run_file(path, KIT)
    assert results
    assert [result for result in results if result.status == "ERROR"] == []
    ignored = [result for result in results if result.status == "IGNORED"]
    if ignored:
        pytest.skip(f"{len(ignored)} of {len(results)} cases are not supported: {ignored[0].detail}")


MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="m" namespace="n">
  <inputData name="A" id="a"><variable name="A" typeRef="number"/></inputData>
  <decision name="Twice" id="d"><variable name="Twice" typeRef="number"/>
    <informationRequirement><requiredInput href="#a"/></informationRequirement>
    <literalExpression><text>A * 2</text></literalExpression></decision>
  <decision name="Foreign" id="f"><variable name="Foreign"/>
    <literalExpression expressionLanguage="urn:javascript"><text>1</text></literalExpression></decision>
</definitions>"""

CASES = """<?xml version="1.0" encoding="UTF-8"?>
<testCases xmlns="http://www.omg.org/spec/DMN/20160719/testcase" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <modelName>{model}</modelName>
  <testCase id="right"><inputNode name="A"><value xsi:type="xsd:decimal">2</value></inputNode>
    <resultNode name="Twice"><expected><value xsi:type="xsd:decimal">4.000000001</value></expected></resultNode>
  </testCase>
  <testCase id="wrong"><inputNode name="A"><value xsi:type="xsd:decimal">2</value></inputNode>
    <resultNode name="Twice"><expected><value xsi:type="xsd:decimal">5</value></expected></resultNode></testCase>
  <testCase id="null"><inputNode name="A"><value xsi:nil="true"/></inputNode>
    <resultNode name="Twice"><expected><value xsi:nil="true"/></expected></resultNode></testCase>
  <testCase id="foreign">
    <resultNode name="Foreign"><expected><value xsi:type="xsd:decimal">1</value></expected></resultNode></testCase>
</testCases>"""


def small_kit(folder: Path, model: str = "m.dmn") -> Path:
    """A kit of one directory."""
    place = folder / "TestCases" / "level" / "one"
    place.mkdir(parents=True)
    (place / "m.dmn").write_text(MODEL)
    (place / "m-test-01.xml").write_text(CASES.format(model=model))
    return folder


def test_a_result_is_told_for_every_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """SUCCESS, ERROR and IGNORED are told apart and counted, and written in the kit's own form."""
    kit = small_kit(tmp_path / "kit")
    output = tmp_path / "tck_results.csv"
    sys.argv = ["run.py", str(kit), "-o", str(output)]
    assert RUN.main() == 1
    assert capsys.readouterr().out.splitlines() == [
        "level/one: 2 ok, 1 wrong, 1 ignored",
        "total: 2 ok, 1 wrong, 1 ignored",
    ]
    with output.open(newline="") as file:
        rows = list(csv.reader(file))
    assert [row[:4] for row in rows] == [
        ["level/one", "m-test-01.xml", "right", "SUCCESS"],
        ["level/one", "m-test-01.xml", "wrong", "ERROR"],
        ["level/one", "m-test-01.xml", "null", "SUCCESS"],
        ["level/one", "m-test-01.xml", "foreign", "IGNORED"],
    ]
    assert "expected Decimal('5'), got Decimal('4')" in rows[1][4]
    assert output.read_text().startswith('"level/one","m-test-01.xml","right","SUCCESS",""\n')


def test_a_model_that_is_missing_is_ignored_and_counted(tmp_path: Path) -> None:
    """No case is dropped where its model cannot be read."""
    kit = small_kit(tmp_path, model="other.dmn")
    (path,) = RUN.test_files(kit)
    assert [result.status for result in RUN.run_file(path, kit)] == ["IGNORED"] * 4


def test_no_kit_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a kit the runner says which variable names one."""
    sys.argv = ["run.py", str(tmp_path)]
    assert RUN.main() == 2
    assert "DMN_TCK_DIR" in capsys.readouterr().err
