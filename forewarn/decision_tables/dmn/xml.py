"""DMN XML, read with care: no document types, no entities, no network, bounded in size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from forewarn.errors import ForewarnError, Place

MAX_BYTES = 20_000_000
"""Largest file, in bytes."""

MAX_DEPTH = 120
"""Deepest nesting of elements."""

NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20151101/dmn11.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
"""The model namespaces of DMN 1.1 to 1.5."""

WRITTEN_NAMESPACE = NAMESPACES[-1]
"""DMN 1.5, which is what is written."""


class UnreadableModel(ForewarnError):
    """The file cannot be read as a DMN model."""


def read_document(path: Path) -> Element:
    """The ``definitions`` element of a DMN file. Raises `UnreadableModel`."""
    place = Place(path.name)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise UnreadableModel(f"the file has more than {MAX_BYTES} bytes", place=place)
        root = fromstring(path.read_bytes(), forbid_dtd=True)
    except OSError as error:
        raise UnreadableModel(f"cannot be read: {error.strerror}", place=place) from error
    except DefusedXmlException as error:
        raise UnreadableModel("holds a document type or entities", place=place, hint="remove the DOCTYPE") from error
    except (ParseError, ValueError, LookupError) as error:
        raise UnreadableModel(f"is no XML: {error}", place=place) from error
    if not isinstance(root, Element) or local_name(root) != "definitions" or _namespace(root) not in NAMESPACES:
        raise UnreadableModel("is no DMN model", place=place, hint="a DMN 1.1 to 1.5 file starts with <definitions>")
    _check_depth(root, place)
    return root


def _check_depth(root: Element, place: Place) -> None:
    level = [root]
    depth = 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise UnreadableModel(f"is nested deeper than {MAX_DEPTH} elements", place=place)
        level = [child for element in level for child in element]


def _namespace(element: Element) -> str:
    return element.tag[1:].partition("}")[0] if element.tag.startswith("{") else ""


def local_name(element: Element) -> str:
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def children(element: Element, *names: str) -> Iterator[Element]:
    """The child elements of these names; those of other namespaces (diagrams, vendors) are left out."""
    own = _namespace(element)
    for child in element:
        if isinstance(child.tag, str) and _namespace(child) == own and (not names or local_name(child) in names):
            yield child


def child(element: Element, *names: str) -> Element | None:
    """The first child element of one of these names."""
    return next(children(element, *names), None)


def text_of(element: Element | None) -> str:
    """The ``text`` child's text, trimmed; empty where there is none."""
    found = None if element is None else child(element, "text")
    return "" if found is None or found.text is None else found.text.strip()


def name_of(element: Element) -> str:
    """The ``name`` attribute with single spaces."""
    return " ".join(element.get("name", "").split())


_PREFIX = re.compile(r"^(?:[\w.-]+:|\{[^}]*\})")


def type_name(reference: str | None) -> str:
    """A type reference without the prefix that DMN 1.1 writes before it."""
    return "" if reference is None else " ".join(_PREFIX.sub("", reference.strip()).split())


def type_of(element: Element | None) -> str:
    """The type that an element refers to, by attribute or by ``typeRef`` child; empty where it has none."""
    if element is None:
        return ""
    written = element.get("typeRef")
    if written is None:
        found = child(element, "typeRef")
        written = None if found is None else found.text
    return type_name(written)


def references(element: Element, *names: str) -> Iterator[str]:
    """The ids that ``href`` attributes of these child elements point at."""
    for found in children(element, *names):
        yield found.get("href", "").rpartition("#")[2]
