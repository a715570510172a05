"""From a stream of JSON, in whatever shape, to alert documents: lines, one document over many lines, or lists."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping

from forewarn.engine.receiving.documents import AlertDocument, load_line, load_whole
from forewarn.errors import BadRecord, NotFound
from forewarn.plugins.api import AlertFormat

AUTO = "auto"
PRODUCT = "product"

MAX_WHOLE = 64_000_000
"""Bytes of a document that stretches over many lines."""


def read_alerts(
    lines: Iterable[str | bytes], formats: Mapping[str, AlertFormat], *, chosen: str = AUTO
) -> Iterator[AlertDocument]:
    """Read alerts of any known format, one by one.

    A stream is JSON lines or one JSON document; a list counts as its elements. ``chosen`` is the name of a format,
    ``product`` for product JSON, or ``auto``: each document as the first format that recognises it.
    Raises `NotFound` for a format that nobody offers.
    """
    if chosen not in (AUTO, PRODUCT) and chosen not in formats:
        raise NotFound(f"there is no alert format {chosen!r}", hint=f"formats: {', '.join((AUTO, PRODUCT, *formats))}")
    asked = {chosen: formats[chosen]} if chosen in formats else formats if chosen == AUTO else {}
    for line, value in _values(lines):
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, AlertDocument):
                yield one
            elif not isinstance(one, dict):
                yield AlertDocument(line, None, f"not a JSON object but {type(one).__name__}")
            else:
                yield from _read(line, one, asked, sure=chosen != AUTO)


def _read(
    line: int, content: dict[str, object], formats: Mapping[str, AlertFormat], *, sure: bool
) -> Iterator[AlertDocument]:
    for name, one in formats.items():
        try:
            if not (sure or one.recognises(content)):
                continue
            found = list(one.read(content))
        except BadRecord as problem:
            yield AlertDocument(line, None, str(problem))
        except Exception as problem:  # noqa: BLE001 - a plugin's format: its fault is this document's, not the stream's
            yield AlertDocument(line, None, f"the format {name} failed: {type(problem).__name__}: {problem}")
        else:
            for alert in found:
                yield AlertDocument(line, alert.content, alert.fault, alert.exact)
        return
    yield AlertDocument(line, content)


def _values(lines: Iterable[str | bytes]) -> Iterator[tuple[int, object]]:
    """The JSON values of a stream with the line where each begins; a fault is a document that says so."""
    numbered = enumerate(lines, start=1)
    for number, raw in numbered:
        value = load_line(number, raw)
        if value is None:
            continue
        if isinstance(value, AlertDocument) and _may_go_on(raw):
            yield from _whole(number, raw, numbered, value)
            return
        yield number, value
        break
    for number, raw in numbered:
        value = load_line(number, raw)
        if value is not None:
            yield number, value


def _may_go_on(raw: str | bytes) -> bool:
    text = raw.decode("utf-8-sig", "replace") if isinstance(raw, bytes) else raw.removeprefix("\ufeff")
    return text.lstrip()[:1] in ("{", "[")


def _whole(
    number: int, first: str | bytes, rest: Iterator[tuple[int, str | bytes]], fault: AlertDocument
) -> Iterator[tuple[int, object]]:
    """The stream as one document, if it is one; else line by line."""
    read: list[tuple[int, str | bytes]] = []
    size = len(first)
    for line in rest:
        read.append(line)
        size += len(line[1])
        if size > MAX_WHOLE:
            break
    else:
        value = load_whole([first, *(raw for _, raw in read)])
        if value is not None:
            yield number, value
            return
    yield number, fault
    for later, raw in itertools.chain(read, rest):
        value = load_line(later, raw)
        if value is not None:
            yield later, value
