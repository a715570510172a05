"""Good workbooks, spoilt at random from a seed: ``python -m tests.checks.mutations SEED COUNT`` reads each of them.

Prints one JSON document: what went wrong (nothing, if all is well), how many could be read, and the memory used.
"""

from __future__ import annotations

import io
import json
import random
import re
import signal
import sys
import tempfile
import traceback
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from forewarn.decision_tables import read_workbook
from forewarn.decision_tables.owner_file import annotate, mend
from forewarn.errors import Finding, ForewarnError, UnreadableWorkbook
from forewarn.plugins import stock
from tests.memory import peak_kilobytes, peak_kilobytes_of_children

SECONDS = 10
STOCK = sorted((Path(stock.__file__).parent / "workbooks").rglob("*.xlsx"))
_ATTRIBUTE = re.compile(rb' ([\w:]+)="([^"]*)"')
_CELL = re.compile(rb"<c [^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_VALUE = re.compile(rb"(<(?:t|v)(?: [^>]*)?>)([^<]*)(</(?:t|v)>)")
_ELEMENT = re.compile(rb"<(\w+)(?: [^>]*)?/>|<(row|c|is|v|f|sheet|xf|Relationship)\b[^>]*>.*?</\2>", re.DOTALL)

_VALUES = (
    b"", b"-", b"null", b"=1+1", b"#REF!", b"NaN", b"1e309", b"-1e-400", b"1,5", b"[5..1]", b"((((", b'"', b"not(",
    b"any of", b">= property.x", "\u00a0".encode(), "\u201cx\u201d".encode(), b"x" * 40_000, b"2026-02-30", b"9" * 400,
    b"&#0;", b"&lt;", b"true", b"P99999999Y", b"99999999 business hours", b"a;" * 3_000, b"[" * 5_000,
)  # fmt: skip
_ATTRIBUTES = (b"", b"0", b"-1", b"4294967296", b"99999999999999999999", b"A1:XFD1048576", b"XFD1048576", b"s", b"e",
               b"inlineStr", b"../../../etc/passwd", b"rId99", b"\xff\xfe", b"&#1;", b"NaN")  # fmt: skip


class Hang(BaseException):
    """A workbook took too long."""


def mutate(random_: random.Random, content: bytes) -> tuple[str, bytes]:
    """One spoilt copy of a workbook, and what was done to it."""
    kind = random_.choice(sorted(_KINDS))
    return kind, _KINDS[kind](random_, content)


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _in_part(
    change: Callable[[random.Random, bytes], bytes], only: str = ""
) -> Callable[[random.Random, bytes], bytes]:
    def changed(random_: random.Random, content: bytes) -> bytes:
        parts = _parts(content)
        name = random_.choice([name for name in parts if only in name])
        return _packed(parts | {name: change(random_, parts[name])})

    return changed


def _cut(random_: random.Random, part: bytes) -> bytes:
    return part[: random_.randrange(len(part))]


def _flip(random_: random.Random, part: bytes) -> bytes:
    changed = bytearray(part)
    for _ in range(random_.randint(1, 8)):
        changed[random_.randrange(len(changed))] = random_.randrange(256)
    return bytes(changed)


def _attribute(random_: random.Random, part: bytes) -> bytes:
    matches = list(_ATTRIBUTE.finditer(part))
    if not matches:
        return part
    match = random_.choice(matches)
    value = random_.choice([*_ATTRIBUTES, random_.choice(matches)[2]])
    return part[: match.start(2)] + value + part[match.end(2) :]


def _value(random_: random.Random, part: bytes) -> bytes:
    matches = list(_VALUE.finditer(part))
    for match in sorted(
        random_.sample(matches, min(len(matches), random_.randint(1, 3))), key=lambda one: -one.start()
    ):
        part = part[: match.start(2)] + random_.choice(_VALUES) + part[match.end(2) :]
    return part


def _swap(random_: random.Random, part: bytes) -> bytes:
    matches = list(_VALUE.finditer(part))
    if len(matches) < 2:
        return part
    one, two = sorted(random_.sample(matches, 2), key=lambda match: match.start())
    middle = part[one.end(2) : two.start(2)]
    return part[: one.start(2)] + two[2] + middle + one[2] + part[two.end(2) :]


def _element(random_: random.Random, part: bytes) -> bytes:
    matches = list(_ELEMENT.finditer(part))
    if not matches:
        return part
    match = random_.choice(matches)
    return part[: match.start()] + match[0] * random_.choice([0, 0, 2, 50]) + part[match.end() :]


def _cell(random_: random.Random, part: bytes) -> bytes:
    matches = list(_CELL.finditer(part))
    if not matches:
        return part
    match = random_.choice(matches)
    kind = random_.choice([b' t="e"', b' t="b"', b' t="n"', b' t="str"', b' t="d"', b' t="s"', b""])
    reference = re.search(rb'r="[A-Z]+\d+"', match[0])
    value = random_.choice(_VALUES)
    cell = b"<c " + (reference[0] if reference else b"") + kind + b"><v>" + value + b"</v></c>"
    return part[: match.start()] + cell + part[match.end() :]


def _without_part(random_: random.Random, content: bytes) -> bytes:
    parts = _parts(content)
    del parts[random_.choice(list(parts))]
    return _packed(parts)


def _swapped_parts(random_: random.Random, content: bytes) -> bytes:
    parts = _parts(content)
    one, two = random_.sample(list(parts), 2)
    return _packed(parts | {one: parts[two], two: parts[one]})


_KINDS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "file cut": _cut,
    "file bytes flipped": _flip,
    "part cut": _in_part(_cut),
    "part bytes flipped": _in_part(_flip),
    "attribute changed": _in_part(_attribute),
    "sheet attribute changed": _in_part(_attribute, "worksheets/sheet"),
    "values changed": _in_part(_value, "worksheets/sheet"),
    "values swapped": _in_part(_swap, "worksheets/sheet"),
    "cell changed": _in_part(_cell, "worksheets/sheet"),
    "element removed or repeated": _in_part(_element),
    "part removed": _without_part,
    "parts swapped": _swapped_parts,
}


def examine(content: bytes, folder: Path, *, write: bool) -> tuple[Finding, ...] | None:
    """Read a workbook, and write into it; its findings, ``None`` where it is refused."""
    try:
        findings = read_workbook(content, errors="report", name="book.xlsx").findings
    except UnreadableWorkbook:
        return None
    for finding in findings:
        finding.to_dict()
        # A sheet that is scratch as a whole is the one finding about no cell of its sheet.
        if finding.place.sheet is not None and finding.place.cell is None and finding.code != "FW110":
            raise AssertionError(f"a finding without its cell: {finding}")
    if write:
        try:
            annotate(content, findings, folder / "out.xlsx")
            read_workbook(folder / "out.xlsx", errors="report")
            mend(
                {"book.xlsx": content},
                lambda books: read_workbook(_bytes(books["book.xlsx"]), errors="report", name="book.xlsx").findings,
            )
        except ForewarnError as error:
            if not str(error):
                raise
    return findings


def _bytes(content: bytes | Path) -> bytes:
    return content if isinstance(content, bytes) else content.read_bytes()


def main(seed: int, count: int) -> None:
    """Read ``count`` spoilt workbooks and print what went wrong."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Hang

    signal.signal(signal.SIGALRM, stop)
    faults: list[dict[str, object]] = []
    readable = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(seed, seed + count):
            random_ = random.Random(number)
            source = random_.choice(STOCK)
            kind, content = mutate(random_, source.read_bytes())
            signal.alarm(SECONDS)
            try:
                readable += examine(content, Path(folder), write=number % 4 == 0) is not None
            except (Exception, Hang):  # noqa: BLE001 - whatever escapes is what is looked for
                faults.append({"seed": number, "book": source.name, "kind": kind, "fault": traceback.format_exc()})
            finally:
                signal.alarm(0)
    used = max(peak_kilobytes(), peak_kilobytes_of_children())
    print(json.dumps({"faults": faults, "readable": readable, "megabytes": used // 1024}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
