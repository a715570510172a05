"""A workbook's package: its parts as XML trees, how they relate, and what they are declared as.

The layout is that of ECMA-376 part 2 (packages) and part 1 §12 (SpreadsheetML); the strict form of the standard has
other namespaces for the same elements, so names are taken from what the file itself uses.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from forewarn.decision_tables.owner_file.archive import Archive
from forewarn.errors import UnreadableWorkbook

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
CONTENT_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_DECLARATION = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_CONTENT_TYPES_PART = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """One relationship of a part: its id, its type's last word (``worksheet``), and the part it leads to."""

    id: str
    kind: str
    part: str
    external: bool


@dataclass(slots=True)
class WorkbookPackage:
    """A workbook's parts. Trees are parsed once; those asked for with ``edit`` are written back by `to_bytes`."""

    archive: Archive
    workbook_part: str = ""
    office: str = ""
    """The namespace of relations between office parts: the file's own, transitional or strict."""
    _trees: dict[str, etree._Element] = field(default_factory=dict)
    _edited: set[str] = field(default_factory=set)

    @classmethod
    def open(cls, content: bytes) -> WorkbookPackage:
        """The package in ``content``. Raises `UnreadableWorkbook` where there is no workbook in XML form in it."""
        package = cls(Archive.open(content))
        for relation_type, relation in package._typed_relations(""):
            if relation.kind == "officeDocument":
                package.workbook_part, package.office = relation.part, relation_type.rpartition("/")[0]
        if not package.workbook_part.endswith(".xml") or package.workbook_part not in package.archive.names:
            raise UnreadableWorkbook(
                "only .xlsx and .xlsm files can be written into", hint="save it as .xlsx and try again"
            )
        return package

    def tree(self, part: str) -> etree._Element:
        """The root element of a part, to be looked at. Raises `UnreadableWorkbook` where it is no plain XML."""
        if part not in self._trees:
            try:
                content = self.archive.read(part)
            except KeyError as error:
                raise UnreadableWorkbook(f"{part} is missing in the file", hint="save the workbook again") from error
            self._trees[part] = _parsed(content, part)
        return self._trees[part]

    def edit(self, part: str) -> etree._Element:
        """The root element of a part, to be changed."""
        tree = self.tree(part)
        self._edited.add(part)
        return tree

    def add_tree(self, part: str, root: etree._Element, content_type: str) -> None:
        """Add a part of XML and declare its type."""
        self._trees[part] = root
        self._edited.add(part)
        self.declare(part, content_type)

    def main(self, name: str) -> str:
        """The qualified name of an element of the workbook's own namespace."""
        return f"{{{etree.QName(self.tree(self.workbook_part)).namespace}}}{name}"

    def sheets(self) -> dict[str, str]:
        """The worksheets' parts by the sheets' names; sheets of charts and dialogs are left out."""
        parts = {one.id: one.part for one in self.relations(self.workbook_part) if one.kind == "worksheet"}
        found: dict[str, str] = {}
        for sheet in self.tree(self.workbook_part).iter(self.main("sheet")):
            part = parts.get(sheet.get(f"{{{self.office}}}id") or "")
            if part in self.archive.names:
                found[sheet.get("name") or ""] = part
        return found

    def relations(self, part: str) -> list[Relation]:
        """The relationships of a part."""
        return [relation for _, relation in self._typed_relations(part)]

    def _typed_relations(self, part: str) -> Iterator[tuple[str, Relation]]:
        name = relations_part(part)
        if name not in self.archive.names and name not in self._trees:
            return
        folder = posixpath.dirname(part)
        for one in self.tree(name).iter(f"{{{RELATIONSHIPS}}}Relationship"):
            kind, target = one.get("Type") or "", one.get("Target") or ""
            external = one.get("TargetMode") == "External"
            inside = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            leads_to = target if external else self.archive.spelt(inside)
            yield kind, Relation(one.get("Id") or "", kind.rpartition("/")[2], leads_to, external)

    def relate(self, part: str, kind: str, target: str) -> str:
        """Relate a part to another; the new relationship's id."""
        name = relations_part(part)
        if name not in self.archive.names and name not in self._trees:
            self._trees[name] = etree.Element(f"{{{RELATIONSHIPS}}}Relationships", nsmap={None: RELATIONSHIPS})
            self._declare_extension("rels", "application/vnd.openxmlformats-package.relationships+xml")
        root = self.edit(name)
        taken = {one.get("Id") for one in root}
        number = next(number for number in range(1, len(taken) + 2) if f"rId{number}" not in taken)
        etree.SubElement(
            root,
            f"{{{RELATIONSHIPS}}}Relationship",
            {"Id": f"rId{number}", "Type": f"{self.office}/{kind}", "Target": f"/{target}"},
        )
        return f"rId{number}"

    def free_name(self, pattern: str) -> str:
        """The first name of the form ``pattern`` (with ``{}`` for a number) that no part bears in any case."""
        taken = {name.casefold() for name in self.archive.names | self._trees.keys()}
        number = 1
        while pattern.format(number).casefold() in taken:
            number += 1
        return pattern.format(number)

    def declare(self, part: str, content_type: str) -> None:
        """Declare the content type of an added part."""
        attributes = {"PartName": f"/{part}", "ContentType": content_type}
        etree.SubElement(self.edit(_CONTENT_TYPES_PART), f"{{{CONTENT_TYPES}}}Override", attributes)

    def _declare_extension(self, extension: str, content_type: str) -> None:
        declared = self.tree(_CONTENT_TYPES_PART).iter(f"{{{CONTENT_TYPES}}}Default")
        if all((one.get("Extension") or "").casefold() != extension for one in declared):
            default = etree.Element(
                f"{{{CONTENT_TYPES}}}Default", {"Extension": extension, "ContentType": content_type}
            )
            self.edit(_CONTENT_TYPES_PART).insert(0, default)

    def put(self, part: str, content: bytes) -> None:
        """Write a part that is not XML of ours, as it is."""
        self.archive.put(part, content)

    def to_bytes(self) -> bytes:
        """The file with every edited part written."""
        for part in sorted(self._edited):
            self.archive.put(part, written(self._trees[part]))
        return self.archive.to_bytes()


def relations_part(part: str) -> str:
    """The part that holds the relationships of ``part``; of the package itself for an empty name."""
    folder, base = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def written(root: etree._Element) -> bytes:
    """A tree as a part: UTF-8, what stands around the root element included."""
    return _DECLARATION + etree.tostring(root.getroottree(), xml_declaration=False, encoding="UTF-8")


def _parsed(content: bytes, part: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_blank_text=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableWorkbook(f"{part} in the file is damaged: {error}", hint="save the workbook again") from error
    if root.getroottree().docinfo.doctype:
        raise UnreadableWorkbook(f"{part} holds a document type declaration, which no spreadsheet program writes")
    return root
