"""Damaged and twisted workbooks: whatever a file holds, it is read, or refused by name."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workbook_files import SMALL, Rows, save, table

from forewarn.decision_tables.assembling import assemble
from forewarn.decision_tables.reading.process import ReadingProcess, read_content
from forewarn.errors import UnreadableWorkbook

TWISTS = [
    (b'r="B4"', b'r="ZZZ99999999"'),
    (b'r="B4"', b'r="XFD1"'),
    (b'r="B4"', b'r="-4"'),
    (b't="s"', b't="e"'),
    (b't="s"', b't="d"'),
    (b't="s"', b't="b"'),
    (b't="s"', b""),
    (b"<v>3</v>", b"<v>99999999999</v>"),
    (b"<v>3</v>", b"<v></v>"),
    (b"</row>", b""),
    (b"<sheetData>", b'<mergeCells><mergeCell ref="A:Z"/><mergeCell ref="B2:A1"/></mergeCells><sheetData>'),
    (b"<sheetData>", b'<cols><col min="0" max="99999999" hidden="1"/></cols><sheetData>'),
    (b'<row r="4"', b'<row r="1048577" hidden="1"'),
    (b'numFmtId="0"', b'numFmtId="-1"'),
    (b'name="Policy"', b'name=""'),
    (b'name="Policy"', b'name="Glossary"'),
    (b'name="Policy"', b'name="_Policy" state="veryHidden"'),
    (b'state="visible"', b'state="odd"'),
    (b"Target=", b'TargetMode="External" Target='),
    (b"worksheets/sheet1.xml", b"../../../../etc/passwd"),
    (b"worksheets/sheet1.xml", b"worksheets/sheet2.xml"),
    (b"<t>", b"<t>\xff\xfe"),
    (b"<t>First", b"<t>Event rules"),
    (b"<t>First", b"<t>C+"),
]


@pytest.fixture(scope="module")
def process() -> Iterator[ReadingProcess]:
    """One reading process for all examples."""
    with ReadingProcess() as process:
        yield process


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a good workbook."""
    path = save(tmp_path_factory.mktemp("damaged") / "good.xlsx", {"Policy": SMALL})
    with zipfile.ZipFile(path) as archive:
        return with_shared_strings({name: archive.read(name) for name in archive.namelist()})


def with_shared_strings(parts: dict[str, bytes]) -> dict[str, bytes]:
    """The workbook as Excel writes it, with its texts in a part of their own."""
    texts: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        texts.append(match[1])
        return b't="s"><v>%d</v>' % (len(texts) - 1)

    shared = {name: re.sub(rb't="inlineStr"><is><t>(.*?)</t></is>', share, content) for name, content in parts.items()}
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    items = b"".join(b"<si><t>%s</t></si>" % text for text in texts)
    shared["xl/sharedStrings.xml"] = b"<sst %s>%s</sst>" % (space, items)
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    relations = "xl/_rels/workbook.xml.rels"
    relation = b'<Relationship Id="rId99" Type="%s" Target="sharedStrings.xml"/></Relationships>' % kind
    shared[relations] = shared[relations].replace(b"</Relationships>", relation)
    return shared


def packed(parts: dict[str, bytes]) -> bytes:
    """Parts as a package."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def outcome(process: ReadingProcess, content: bytes) -> str:
    """``refused`` or ``read``; anything else than these two fails the test by its exception."""
    try:
        sheets = process.read("damaged.xlsx", content)
    except UnreadableWorkbook as error:
        return f"refused: {error}"
    assembly = assemble([sheets], None)
    return f"read: {len(assembly.tables)}"


@pytest.mark.parametrize("twist", TWISTS, ids=[twist[1].decode("latin-1")[:30] or "nothing" for twist in TWISTS])
def test_a_twisted_part_is_read_or_refused(
    process: ReadingProcess, parts: dict[str, bytes], twist: tuple[bytes, bytes]
) -> None:
    """Each attribute that may lie does so, wherever it stands."""
    holding = [name for name, content in parts.items() if twist[0] in content]
    assert holding, "the twist touches nothing"
    for name in holding:
        assert outcome(process, packed({**parts, name: parts[name].replace(*twist)}))


@given(seed=st.integers(0, 2**32))
def test_random_damage_is_read_or_refused(process: ReadingProcess, parts: dict[str, bytes], seed: int) -> None:
    """Bytes changed, cut and doubled in any part, or in the package itself."""
    dice = random.Random(seed)
    part = dice.choice([*sorted(parts), ""])
    content = bytearray(parts[part] if part else packed(parts))
    for _ in range(dice.randint(1, 8)):
        place = dice.randrange(len(content))
        match dice.randrange(3):
            case 0:
                content[place] = dice.randrange(256)
            case 1:
                del content[place : place + dice.randint(1, 40)]
            case _:
                content[place:place] = content[place : place + dice.randint(1, 40)]
    assert outcome(process, packed({**parts, part: bytes(content)}) if part else bytes(content))


def test_a_part_that_is_missing_is_survived(process: ReadingProcess, parts: dict[str, bytes]) -> None:
    """Each part in turn is left out of a workbook that reads when whole."""
    assert outcome(process, packed(parts)) == "read: 1"
    for name in parts:
        assert outcome(process, packed({other: content for other, content in parts.items() if other != name}))


def test_cells_of_any_text_lay_out_to_findings(process: ReadingProcess, tmp_path: Path) -> None:
    """Odd words in every place of a sheet give findings, never a traceback."""
    odd = [
        "=",
        "'",
        "Values",
        "Default",
        "If",
        "Then",
        "\u00a0",
        "-",
        "null",
        "(",
        "[1..",
        "a" * 30_000,
        "›",
        "x › y",
        ".",
    ]
    for seed in range(12):
        dice = random.Random(seed)
        rows = [[dice.choice([*odd, None, 5, True]) for _ in range(5)] for _ in range(6)]
        sheet = table("First", *[[dice.choice(odd) for _ in range(4)] for _ in range(2)], *rows)
        glossary: Rows = [["Heading", "Record", "Attribute", "Type", "Allowed values", "Nullable"], *rows]
        aliases: Rows = [["For", "Spelling", "Value"], *rows]
        path = save(tmp_path / "odd.xlsx", {"Policy": sheet, "Aliases": aliases, "Types": glossary}, glossary=glossary)
        assert outcome(process, read_content(path)).startswith("read")
