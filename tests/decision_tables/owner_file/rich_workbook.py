"""A workbook as owners have them: pictures, shapes, charts, extensions, threads of comments, a pivot, and rules."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import xlsxwriter

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
THREADS = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"

SHEET = "Owner's table"
"""The sheet with the rules; the quote in its name is part of the test."""

ROWS = [
    ["Owner's table"],
    ["First", "If", "If", "Then"],
    ["Rule", "Category", "Stage", "Group"],
    ["Values", "SD-WAN; MPLS", "Triage; Resolution", "Field; Desk"],
    ["R1", "Sd\u2011wan", "Triage ", "Field"],
    ["R2", "MPLS", "Triage", "Desc"],
    ["R3", "-", "-", "Desk"],
]


def png() -> bytes:
    """A picture of one red point."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def rich_workbook(path: Path) -> Path:
    """Write the workbook; the cell C6 has a comment, D6 a thread of comments."""
    plain = path.with_name("plain.xlsx")
    book = xlsxwriter.Workbook(str(plain))
    sheet = book.add_worksheet(SHEET)
    bold = book.add_format({"bold": True, "bg_color": "#EEEEEE", "border": 1})
    text = book.add_format({"num_format": "@", "italic": True, "border": 2, "text_wrap": True})
    for number, row in enumerate(ROWS):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value, bold if number < 4 else text)
    sheet.set_row(4, 30)
    sheet.write_comment("C6", "mine, keep it", {"author": "Owner"})
    sheet.write_comment("D6", "[Threaded comment]\n\nComment:\n    is this right?", {"author": "tc={T1}"})
    sheet.insert_image("H2", "dot.png", {"image_data": io.BytesIO(png())})
    sheet.insert_textbox("H8", "a shape of the owner's")
    sheet.data_validation("B5:B20", {"validate": "list", "source": ["SD-WAN", "MPLS"]})
    sheet.conditional_format("D5:D20", {"type": "text", "criteria": "containing", "value": "Desk", "format": bold})
    sheet.conditional_format("F5:F9", {"type": "data_bar", "data_bar_2010": True, "bar_solid": True})
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 3)
    sheet.print_area("A1:D20")
    sheet.set_header("&CPolicy &D")
    sheet.autofilter("A3:D7")
    figures = book.add_worksheet("_Figures")
    figures.write_column("A1", ["Kind", "a", "b"])
    figures.write_column("B1", ["Count", 1, 2])
    figures.write_formula("D1", "=SUM(B2:B3)", None, 3)
    figures.add_table("F1:G3", {"name": "Numbers", "data": [["x", 1], ["y", 2]]})
    figures.add_sparkline("D3", {"range": "_Figures!B2:B3"})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=_Figures!$B$2:$B$3"})
    figures.insert_chart("J2", chart)
    book.define_name("Kinds", "=_Figures!$A$2:$A$3")
    book.set_custom_property("Owner", "Network team")
    book.close()
    path.write_bytes(with_parts(plain.read_bytes()))
    plain.unlink()
    return path


def with_parts(content: bytes) -> bytes:
    """The workbook with parts that the writing library has no words for: threads, extension validations, a pivot."""
    parts = parts_of(content)
    sheet = parts["xl/worksheets/sheet1.xml"].decode()
    validations = (
        '<ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}" '
        'xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main">'
        '<x14:dataValidations count="1" xmlns:xm="http://schemas.microsoft.com/office/excel/2006/main">'
        '<x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>_Figures!$A$2:$A$3</xm:f></x14:formula1>'
        "<xm:sqref>C5:C20</xm:sqref></x14:dataValidation></x14:dataValidations></ext>"
    )
    before, last, after = sheet.rpartition("</extLst>")
    sheet = f"{before}{validations}{last}{after}"
    sheet = sheet.replace(
        'mc:Ignorable="x14ac"',
        'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" '
        'mc:Ignorable="x14ac xr" xr:uid="{00000000-0001-0000-0000-000000000000}"',
    )
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    parts["xl/threadedComments/threadedComment1.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<ThreadedComments xmlns="{THREADS}">'
        '<threadedComment ref="D6" dT="2026-01-05T10:00:00.00" personId="{P1}" id="{T1}"><text>is this right?</text>'
        "</threadedComment></ThreadedComments>"
    ).encode()
    parts["xl/persons/person.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<personList xmlns="{THREADS}">'
        '<person displayName="Owner" id="{P1}" userId="Owner" providerId="None"/></personList>'
    ).encode()
    relate(parts, "xl/worksheets/sheet1.xml", {
        "http://schemas.microsoft.com/office/2017/10/relationships/threadedComment":
            "../threadedComments/threadedComment1.xml",
    })  # fmt: skip
    relate(parts, "xl/workbook.xml", {
        "http://schemas.microsoft.com/office/2017/10/relationships/person": "persons/person.xml",
    })  # fmt: skip
    add_pivot(parts)
    types = parts["[Content_Types].xml"].decode()
    overrides = {
        "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
        "xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
        "xl/pivotTables/pivotTable1.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotTable+xml",
        "xl/pivotCache/pivotCacheDefinition1.xml":
            "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml",
        "xl/pivotCache/pivotCacheRecords1.xml":
            "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheRecords+xml",
    }  # fmt: skip
    added = "".join(f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides.items())
    parts["[Content_Types].xml"] = types.replace("</Types>", f"{added}</Types>").encode()
    return packed(parts)


def add_pivot(parts: dict[str, bytes]) -> None:
    """A pivot table of the figures, on their sheet."""
    parts["xl/pivotCache/pivotCacheDefinition1.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<pivotCacheDefinition xmlns="{MAIN}" '
        f'xmlns:r="{OFFICE}" r:id="rId1" refreshOnLoad="1" createdVersion="6" refreshedVersion="6" '
        'minRefreshableVersion="3" recordCount="2"><cacheSource type="worksheet">'
        '<worksheetSource ref="A1:B3" sheet="_Figures"/></cacheSource><cacheFields count="2">'
        '<cacheField name="Kind" numFmtId="0"><sharedItems count="2"><s v="a"/><s v="b"/></sharedItems></cacheField>'
        '<cacheField name="Count" numFmtId="0"><sharedItems containsSemiMixedTypes="0" containsString="0" '
        'containsNumber="1" containsInteger="1" minValue="1" maxValue="2"/></cacheField></cacheFields>'
        "</pivotCacheDefinition>"
    ).encode()
    parts["xl/pivotCache/pivotCacheRecords1.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<pivotCacheRecords xmlns="{MAIN}" count="2">'
        '<r><x v="0"/><n v="1"/></r><r><x v="1"/><n v="2"/></r></pivotCacheRecords>'
    ).encode()
    parts["xl/pivotTables/pivotTable1.xml"] = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<pivotTableDefinition xmlns="{MAIN}" name="P1" '
        'cacheId="7" dataOnRows="0" applyNumberFormats="0" applyBorderFormats="0" applyFontFormats="0" '
        'applyPatternFormats="0" applyAlignmentFormats="0" applyWidthHeightFormats="1" dataCaption="Values" '
        'updatedVersion="6" minRefreshableVersion="3" createdVersion="6" indent="0" outline="1" outlineData="1">'
        '<location ref="A10:B13" firstHeaderRow="1" firstDataRow="1" firstDataCol="1"/><pivotFields count="2">'
        '<pivotField axis="axisRow" showAll="0"><items count="3"><item x="0"/><item x="1"/><item t="default"/></items>'
        '</pivotField><pivotField dataField="1" showAll="0"/></pivotFields><rowFields count="1"><field x="0"/>'
        '</rowFields><rowItems count="3"><i><x/></i><i><x v="1"/></i><i t="grand"><x/></i></rowItems>'
        '<colItems count="1"><i/></colItems><dataFields count="1">'
        '<dataField name="Sum of Count" fld="1" baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>'
    ).encode()
    cache = f"{OFFICE}/pivotCacheDefinition"
    workbook_id = relate(parts, "xl/workbook.xml", {cache: "pivotCache/pivotCacheDefinition1.xml"})
    relate(parts, "xl/worksheets/sheet2.xml", {f"{OFFICE}/pivotTable": "../pivotTables/pivotTable1.xml"})
    relate(parts, "xl/pivotTables/pivotTable1.xml", {cache: "../pivotCache/pivotCacheDefinition1.xml"})
    relate(parts, "xl/pivotCache/pivotCacheDefinition1.xml", {f"{OFFICE}/pivotCacheRecords": "pivotCacheRecords1.xml"})
    pivots = f'<pivotCaches><pivotCache cacheId="7" r:id="{workbook_id}"/></pivotCaches>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b"</workbook>", f"{pivots}</workbook>".encode())


def relate(parts: dict[str, bytes], part: str, targets: Mapping[str, str]) -> str:
    """Add relationships of a part by type and target; the last one's id."""
    folder, _, base = part.rpartition("/")
    name = f"{folder}/_rels/{base}.rels"
    empty = b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"></Relationships>'
    text = parts.setdefault(name, empty).decode()
    number = text.count("<Relationship ")
    for kind, target in targets.items():
        number += 1
        one = f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        text = text.replace("</Relationships>", f"{one}</Relationships>")
    parts[name] = text.encode()
    return f"rId{number}"


def parts_of(content: bytes) -> dict[str, bytes]:
    """Every part of a package by name, in order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A package of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
