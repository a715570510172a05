"""The tables of ``docs/inventory.md``, made from the lists that reading follows; a test holds the page to them."""

from __future__ import annotations

from forewarn.engine.inventory.codes import Code
from forewarn.engine.inventory.kinds import KINDS, Field, FieldType, Kind


def kinds_table() -> str:
    """Every kind: its sheet or file name, its ``kind`` in JSON lines, what identifies a record, what it is."""
    lines = ["| sheet or file | `kind` | told apart by | what |", "|---|---|---|---|"]
    for kind in KINDS.values():
        apart = ", else ".join(kind.headings(alternative) for alternative in kind.identity)
        lines.append(f"| {kind.sheet} | `{kind.name}` | {apart} | {kind.meaning} |")
    return "\n".join(lines)


def headings_tables() -> str:
    """For every kind a table of its headings."""
    return "\n\n".join(_headings_table(kind) for kind in KINDS.values())


def codes_table() -> str:
    """Every code of a finding, with its severity and meaning."""
    lines = ["| code | severity | meaning |", "|---|---|---|"]
    lines += [f"| {code.code} | {code.severity.value} | {code.meaning} |" for code in Code]
    return "\n".join(lines)


def _headings_table(kind: Kind) -> str:
    lines = [f"### {kind.sheet}", "", "| heading | also | holds | meaning |", "|---|---|---|---|"]
    for field in kind.fields:
        others = dict.fromkeys((*field.other_headings, f"`{field.column}`"))
        needed = " (needed)" if field.required else ""
        lines.append(f"| {field.heading}{needed} | {', '.join(others)} | {_holds(field)} | {field.meaning} |")
    return "\n".join(lines)


def _holds(field: Field) -> str:
    match field.type:
        case FieldType.CHOICE:
            return f"{', '.join(field.choices)} (blank: {field.default})"
        case FieldType.YES_NO:
            return "yes or no (blank: no)"
        case FieldType.REFERENCE:
            return f"number or name, from {KINDS[field.refers_to or ''].sheet}"
        case _:
            return field.type.value
