"""Styles added to a workbook: a cell's own style with a fill, a bold heading, text as it is typed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage
from forewarn.errors import Severity

_FILLS = {Severity.ERROR: "FFFFC7CE", Severity.WARNING: "FFFFEB9C", Severity.NOTE: "FFDDEBF7"}
"""Red, yellow and blue, light enough for black text."""

_STYLES_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_COLLECTIONS = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs")
"""The beginning of a style sheet, in its order (ECMA-376 part 1 §18.8.39)."""


@dataclass(slots=True)
class AddedStyles:
    """Makes styles in a workbook's style sheet, each once; nothing that stands there changes."""

    package: WorkbookPackage
    _fills: dict[str, str] = field(default_factory=dict)
    _filled: dict[tuple[str, str], str] = field(default_factory=dict)
    _part: str = ""
    _text: str = ""

    def filled(self, style: str | None, severity: Severity) -> str:
        """The index of the cell style ``style`` with the severity's fill."""
        return self.coloured(style, _FILLS[severity])

    def coloured(self, style: str | None, colour: str) -> str:
        """The index of the cell style ``style`` with a fill of that colour, ``FFFFC7CE``."""
        base = style if style is not None and style.isdigit() else "0"
        key = (base, colour)
        if key not in self._filled:
            formats = self._collection("cellXfs")
            known = [child for child in formats if isinstance(child.tag, str)]
            clone = deepcopy(known[int(base)]) if int(base) < len(known) else self._plain()
            clone.set("fillId", self._fill(colour))
            clone.set("applyFill", "1")
            self._filled[key] = self._append("cellXfs", clone)
        return self._filled[key]

    def heading(self) -> str:
        """The index of a new cell style with a bold font."""
        font = etree.Element(self._name("font"))
        etree.SubElement(font, self._name("b"))
        etree.SubElement(font, self._name("sz"), {"val": "11"})
        etree.SubElement(font, self._name("name"), {"val": "Calibri"})
        style = self._plain()
        style.set("fontId", self._append("fonts", font))
        style.set("applyFont", "1")
        return self._append("cellXfs", style)

    def wrapped(self) -> str:
        """The index of a new cell style whose text wraps and stands at the top."""
        style = self._plain()
        style.set("applyAlignment", "1")
        etree.SubElement(style, self._name("alignment"), {"vertical": "top", "wrapText": "1"})
        return self._append("cellXfs", style)

    def text(self) -> str:
        """The index of a cell style that keeps what is typed into the cell as text."""
        if not self._text:
            style = self._plain()
            style.set("numFmtId", "49")
            style.set("applyNumberFormat", "1")
            self._text = self._append("cellXfs", style)
        return self._text

    def _fill(self, colour: str) -> str:
        if colour not in self._fills:
            fill = etree.Element(self._name("fill"))
            pattern = etree.SubElement(fill, self._name("patternFill"), {"patternType": "solid"})
            etree.SubElement(pattern, self._name("fgColor"), {"rgb": colour})
            etree.SubElement(pattern, self._name("bgColor"), {"indexed": "64"})
            # The first two fills of a style sheet are taken for none and grey whatever they say.
            while len(self._collection("fills")) < 2:
                reserved = etree.Element(self._name("fill"))
                kind = "none" if len(self._collection("fills")) == 0 else "gray125"
                etree.SubElement(reserved, self._name("patternFill"), {"patternType": kind})
                self._append("fills", reserved)
            self._fills[colour] = self._append("fills", fill)
        return self._fills[colour]

    def _plain(self) -> etree._Element:
        ids = {"numFmtId": "0", "fontId": "0", "fillId": "0", "borderId": "0", "xfId": "0"}
        return etree.Element(self._name("xf"), ids)

    def _append(self, collection: str, element: etree._Element) -> str:
        parent = self._collection(collection)
        parent.append(element)
        elements = [child for child in parent if isinstance(child.tag, str)]
        parent.set("count", str(len(elements)))
        return str(len(elements) - 1)

    def _collection(self, local: str) -> etree._Element:
        root = self._root()
        found = root.find(self._name(local))
        if found is not None:
            return found
        made = etree.Element(self._name(local), {"count": "0"})
        before = [self._name(one) for one in _COLLECTIONS[: _COLLECTIONS.index(local)]]
        position = max((root.index(child) + 1 for child in root if child.tag in before), default=0)
        root.insert(position, made)
        return made

    def _root(self) -> etree._Element:
        if not self._part:
            related = self.package.relations(self.package.workbook_part)
            self._part = next((one.part for one in related if one.kind == "styles"), "") or self._new_part()
        return self.package.edit(self._part)

    def _new_part(self) -> str:
        """A style sheet for a workbook that has none: the default font, fills, border and cell style."""
        part = self.package.free_name("xl/styles{}.xml")
        namespace = etree.QName(self.package.tree(self.package.workbook_part)).namespace
        root = etree.fromstring(
            f'<styleSheet xmlns="{namespace}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
            '<fills count="2"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill></fills>'
            '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs></styleSheet>'
        )
        self.package.add_tree(part, root, _STYLES_TYPE)
        self.package.relate(self.package.workbook_part, "styles", part)
        return part

    def _name(self, local: str) -> str:
        return self.package.main(local)
