"""Opening text files that people and programs wrote: encodings, and lines of bounded length."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TextIO

from forewarn.errors import Place, UnreadableWorkbook

LONGEST_LINE = 4_000_000
"""Characters of one line; a longer one is no row of an inventory, and would have to be held in memory."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of a file; ``guessed`` where nothing in the file says so, with the first text that shows it."""

    name: str
    guessed: bool = False
    sample: str = ""
    line: int = 1


def check_file(path: Path, label: str) -> None:
    """Raise UnreadableWorkbook where there is no file to open."""
    where = Place(label)
    if path.is_dir():
        raise UnreadableWorkbook("this is a folder", place=where, hint="name the files in it")
    if not path.exists():
        raise UnreadableWorkbook("there is no such file", place=where, hint="check the name")
    if not path.is_file():
        raise UnreadableWorkbook("this is not a file", place=where, hint="save it as a file first")


def open_bytes_error(error: OSError, label: str) -> UnreadableWorkbook:
    """The one line for a file that the system does not let us read."""
    return UnreadableWorkbook(
        f"the file cannot be opened: {error.strerror or error}", place=Place(label), hint="check its permissions"
    )


def find_encoding(path: Path, label: str) -> Encoding:
    """Tell the encoding: by its mark, else UTF-8 where the bytes are that, else Windows-1252 as a guess.

    Raises UnreadableWorkbook for bytes that are none of these, and for files that are not text.
    """
    try:
        with path.open("rb") as file:
            start = file.read(4)
            for mark, name in _BYTE_ORDER_MARKS:
                if start.startswith(mark):
                    return Encoding(name)
            if len(start) >= 4 and start[1] == 0 and start[3] == 0 and start[0] and start[2]:
                return Encoding("utf-16-le")
            if len(start) >= 4 and start[0] == 0 and start[2] == 0 and start[1] and start[3]:
                return Encoding("utf-16-be")
            file.seek(0)
            return _utf8_or_windows(file, label)
    except OSError as error:
        raise open_bytes_error(error, label) from error


def _utf8_or_windows(file: BinaryIO, label: str) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    for block in _blocks(file):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            # The position counts in what the decoder saw: bytes kept from the block before, then this block.
            seen = error.object
            line += seen[: error.start].count(b"\n")
            around = seen[max(error.start - 20, 0) : error.start + 20].split(b"\n")
            sample = next((part for part in around if seen[error.start] in part), b"")
            return _windows(file, label, sample, line)
        line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _windows(file, label, b"", line)
    return Encoding("utf-8")


def _windows(file: BinaryIO, label: str, sample: bytes, line: int) -> Encoding:
    file.seek(0)
    decoder = codecs.getincrementaldecoder("cp1252")()
    for block in _blocks(file):
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            raise UnreadableWorkbook(
                "the text is neither UTF-8 nor Windows-1252",
                place=Place(label),
                hint="save it as CSV UTF-8",
            ) from error
    return Encoding("cp1252", guessed=True, sample=sample.decode("cp1252", "replace").strip(), line=line)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block


def bounded_lines(file: TextIO, label: str) -> Iterator[str]:
    """The lines of a text file, ends kept; raises UnreadableWorkbook for one of unreasonable length."""
    number = 0
    try:
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) >= LONGEST_LINE:
                raise UnreadableWorkbook(
                    f"line {number} is longer than {LONGEST_LINE:,} characters",
                    place=Place(label),
                    hint="this does not look like rows of an inventory",
                )
            yield line
    except UnicodeDecodeError as error:
        raise UnreadableWorkbook(
            f"the text breaks off after line {number}: {error.reason}", place=Place(label), hint="save it as CSV UTF-8"
        ) from error
