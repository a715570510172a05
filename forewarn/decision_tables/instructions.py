"""The Instructions sheet: the cell language in a page, for who edits the workbook."""

from __future__ import annotations

INSTRUCTIONS: tuple[tuple[str, str], ...] = (
    (
        "One table a sheet",
        "A1 is its name, A2 its hit policy: Unique, Any, Priority, First, Rule order, Output order, Collect",
    ),
    ("Row 2", "what each column is: If, Then, Note, If expression, Then expression"),
    ("Row 3", "the headings; the Glossary sheet says what each heading reads, and its type"),
    ("Row 4", "where column A says Values: the allowed values (best first under Priority and Output order)"),
    ("Rules", "one a row, with its id in column A; a row that says Default answers where no rule matches"),
    ("", ""),
    ("In an If cell", ""),
    ("-", "any value, also none"),
    ("a, b", "one of these; a; b is the same"),
    ("not(a, b)", "none of these"),
    ("< 5   <= 5   > 5   >= 5", "a comparison"),
    ("[1..5]   [1..5)   (1..5]", "a range; a square bracket takes the end in, a round one leaves it out"),
    (">= property.name", "a bound from the Properties sheet; > Other heading compares with another input"),
    ("null   not(null)", "no value; any value but none"),
    ('"a, b"', "quotes make a text of anything: of commas, of -, of null"),
    ("2026-02-01   2026-02-01T14:30:00Z", "a date; a date and time"),
    ("4h   2d   90m   PT4H   P1Y6M", "a duration; 8 business hours counts on a calendar"),
    ("any of a, b   all of a, b   none of a, b", "for inputs that are lists"),
    ("", ""),
    ("In a Then cell", "one whole value; null for none; commas split only where the type is a list"),
    ("Formulas", "are refused: the cells are formatted as text, so that what is typed stays what was typed"),
    ("Sheets that begin with _", "are scratch, and so are the columns behind the first whose rows 2 and 3 are empty"),
)
