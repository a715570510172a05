"""Comments added to a worksheet beside those that its owner made.

A comment is a text in the comments part and a shape in a VML drawing that shows it. Drawings that exist are extended
as text, before their last tag: spreadsheet programs write VML that no XML parser takes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from forewarn.decision_tables.owner_file.sheet_cells import CONTROL, SheetCells, cells_of, reference_of
from forewarn.decision_tables.owner_file.workbook_package import WorkbookPackage

AUTHOR = "Forewarn"

_COMMENTS_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
_VML_TYPE = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_SHAPE_ID = re.compile(rb"_x0000_s(\d{1,9})")
_BLOCK = 1024
_WIDEST_LINE = 56
_LONGEST_TEXT = 8_000

_NAMESPACES = (
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_SHAPE_TYPE = (
    '<v:shapetype{} id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    '<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)


@dataclass(slots=True)
class SheetComments:
    """The comments of one sheet, ready to take more."""

    package: WorkbookPackage
    sheet_part: str
    cells: SheetCells

    def taken(self) -> set[tuple[int, int]]:
        """The cells that have a comment, or a thread of comments, of their owner's."""
        found: set[tuple[int, int]] = set()
        for relation in self.package.relations(self.sheet_part):
            if relation.kind in ("comments", "threadedComment") and relation.part in self.package.archive.names:
                for element in self.package.tree(relation.part).iter("{*}comment", "{*}threadedComment"):
                    found.update(cells_of(element.get("ref") or ""))
        return found

    def add(self, texts: Mapping[tuple[int, int], str]) -> bool:
        """Add a comment to each cell; whether that could be done: a drawing that is damaged takes no more shapes."""
        drawing = self._drawing()
        if drawing is None:
            return False
        part, content = drawing
        shapes, numbers = self._shapes(content, texts)
        end = content.rindex(b"</xml>")
        if b"_x0000_t202" not in content:
            shapes = _SHAPE_TYPE.format(_missing_namespaces(content)) + shapes
        if part:
            self.package.put(part, content[:end] + shapes.encode("ascii") + content[end:])
        else:
            blocks = ",".join(str(block) for block in sorted({number // _BLOCK for number in numbers}))
            content = content.replace(b"BLOCKS", blocks.encode())
            end = content.rindex(b"</xml>")
            self._add_drawing(content[:end] + shapes.encode("ascii") + content[end:])
        self._add_texts(texts)
        return True

    def _drawing(self) -> tuple[str, bytes] | None:
        """The part and content of the sheet's VML drawing, a new one without part, or ``None`` for an unusable one."""
        element = next(self.cells.root.iter(self.package.main("legacyDrawing")), None)
        if element is None:
            return "", (
                f'<xml {_NAMESPACES}><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="BLOCKS"/>'
                f"</o:shapelayout></xml>"
            ).encode()
        wanted = element.get(f"{{{self.package.office}}}id")
        part = next((one.part for one in self.package.relations(self.sheet_part) if one.id == wanted), "")
        if part not in self.package.archive.names:
            return None
        content = self.package.archive.read(part)
        return (part, content) if b"</xml>" in content else None

    def _shapes(self, content: bytes, texts: Mapping[tuple[int, int], str]) -> tuple[str, list[int]]:
        used = [int(number) for number in _SHAPE_ID.findall(content)]
        first = max(used, default=_BLOCK) + 1
        shapes: list[str] = []
        namespaces = _missing_namespaces(content)
        for offset, ((row, column), text) in enumerate(texts.items()):
            lines = sum(1 + len(line) // _WIDEST_LINE for line in text.splitlines())
            top, bottom = max(row - 2, 0), max(row - 2, 0) + min(max(lines, 3), 40)
            shapes.append(
                f'<v:shape{namespaces} id="_x0000_s{first + offset}" type="#_x0000_t202" '
                'style="position:absolute;margin-left:60pt;margin-top:2pt;width:300pt;'
                f'height:{min(max(lines, 3), 40) * 13}pt;z-index:{offset + 1};visibility:hidden" '
                'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/>'
                '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
                '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
                '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
                f"<x:Anchor>{column}, 15, {top}, 2, {column + 5}, 15, {bottom}, 2</x:Anchor>"
                "<x:AutoFill>False</x:AutoFill>"
                f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
            )
        return "".join(shapes), list(range(first, first + len(texts)))

    def _add_drawing(self, content: bytes) -> None:
        part = self.package.free_name("xl/drawings/vmlDrawing{}.vml")
        self.package.put(part, content)
        self.package.declare(part, _VML_TYPE)
        relation = self.package.relate(self.sheet_part, "vmlDrawing", part)
        self.cells.set_legacy_drawing(relation, f"{{{self.package.office}}}id")

    def _add_texts(self, texts: Mapping[tuple[int, int], str]) -> None:
        name = self.package.main
        known = next((one.part for one in self.package.relations(self.sheet_part) if one.kind == "comments"), "")
        if known in self.package.archive.names:
            root = self.package.edit(known)
        else:
            part = self.package.free_name("xl/comments{}.xml")
            namespace = etree.QName(self.cells.root).namespace
            root = etree.Element(name("comments"), nsmap={None: str(namespace)})
            self.package.add_tree(part, root, _COMMENTS_TYPE)
            self.package.relate(self.sheet_part, "comments", part)
        authors = root.find(name("authors"))
        if authors is None:
            authors = etree.Element(name("authors"))
            root.insert(0, authors)
        names = [author.text or "" for author in authors]
        if AUTHOR not in names:
            etree.SubElement(authors, name("author")).text = AUTHOR
            names.append(AUTHOR)
        comments = root.find(name("commentList"))
        if comments is None:
            comments = etree.Element(name("commentList"))
            authors.addnext(comments)
        for (row, column), text in sorted(texts.items()):
            attributes = {"ref": reference_of(row, column), "authorId": str(names.index(AUTHOR))}
            comment = etree.SubElement(comments, name("comment"), attributes)
            run = etree.SubElement(etree.SubElement(comment, name("text")), name("t"))
            run.text = _shortened(CONTROL.sub("\ufffd", text))
            run.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _missing_namespaces(content: bytes) -> str:
    """The declarations that a shape needs where the drawing's root has other prefixes than the usual ones."""
    root = content[: content.find(b">", content.find(b"<xml")) + 1]
    return "" if all(prefix in root for prefix in (b"xmlns:v=", b"xmlns:o=", b"xmlns:x=")) else f" {_NAMESPACES}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 2] + " …"
