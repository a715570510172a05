"""The stable codes of the findings that reading, cells and table structure give.

FW1xx are about reading a file, FW2xx about a cell, FW3xx about the structure of a table and what it names.
"""

from __future__ import annotations

from dataclasses import dataclass

from forewarn.errors import Finding, Place, Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of finding: its stable code, severity, what it is in one line, and how it is mended."""

    code: str
    severity: Severity
    title: str
    hint: str

    def finding(
        self,
        message: str,
        place: Place,
        *,
        hint: str | None = None,
        rule: str | None = None,
        text: str | None = None,
        suggestion: str | None = None,
        related: tuple[Place, ...] = (),
    ) -> Finding:
        """A finding of this kind; without ``hint`` the code's own."""
        return Finding(
            code=self.code,
            severity=self.severity,
            message=message,
            place=place,
            rule=rule,
            text=text,
            hint=hint if hint is not None else self.hint,
            suggestion=suggestion,
            related=related,
        )


_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

CODES: dict[str, Code] = {}


def _code(code: str, severity: Severity, title: str, hint: str) -> Code:
    CODES[code] = Code(code, severity, title, hint)
    return CODES[code]


UNREADABLE = _code("FW101", _ERROR, "A workbook cannot be read", "save it again from the spreadsheet program")
MACROS = _code("FW102", _WARNING, "A workbook carries macros", "save it as .xlsx; macros are never run")
EXTERNAL_LINK = _code("FW103", _WARNING, "A workbook links to other workbooks", "replace the links by values")
HIDDEN = _code("FW104", _WARNING, "Hidden rows, columns or sheets count", "unhide them, or delete them")
MERGED = _code("FW105", _ERROR, "Merged cells in the rule area", "unmerge them and fill each cell")
LONG_RANGE = _code("FW106", _NOTE, "The used range is far larger than the content", "delete the empty rows and columns")
FORMULA = _code("FW107", _ERROR, "A formula where a value is meant", "type the value; = makes it a formula")
NO_CACHED_VALUE = _code("FW108", _ERROR, "A formula without a stored value", "type the value instead")
ERROR_VALUE = _code("FW109", _ERROR, "A spreadsheet error value", "type the value that is meant")
SCRATCH = _code("FW110", _NOTE, "Columns or a sheet that are not part of a table", "")

SYNTAX = _code("FW201", _ERROR, "A cell that cannot be understood", "see the cell language in the instructions sheet")
WRONG_TYPE = _code("FW202", _ERROR, "A cell of another type than its column", "type a value of the column's type")
NOT_ALLOWED = _code("FW203", _ERROR, "A value that is not allowed", "use one of the allowed values")
NEAR_MISS = _code("FW204", _ERROR, "An allowed value with another spelling", "use the allowed spelling")
CONVERTED = _code(
    "FW205",
    _ERROR,
    "The spreadsheet program turned text into a number or a date",
    "format the cell as text and type it again",
)
EMPTY_RANGE = _code("FW206", _ERROR, "A range that holds nothing", "put the smaller bound first")
ALWAYS_TRUE = _code("FW207", _WARNING, "A test that every allowed value passes", "write - for any value")
ALWAYS_FALSE = _code("FW208", _ERROR, "A test that no allowed value passes", "mend the test or delete the rule")
MIXED_TYPES = _code("FW209", _ERROR, "Values of different types in one cell", "use values of the column's type")
AMBIGUOUS = _code("FW210", _ERROR, "A number or date that can be read in two ways", "use 1.5 and 2026-02-01")
PERCENT = _code("FW211", _WARNING, "A percentage counts as its fraction", "25% is the number 0.25")
INVISIBLE = _code("FW212", _WARNING, "Invisible characters in a text", "type the text again")
LOST_DIGITS = _code(
    "FW213", _WARNING, "A number of more than 15 digits, which spreadsheets cut", "a text column keeps all digits"
)
UNKNOWN_REFERENCE = _code("FW214", _ERROR, "A bound that nothing defines", "name an input or a property that exists")
NULL_NOT_ALLOWED = _code("FW215", _ERROR, "Null listed for a required input", "say nullable in the Glossary")
ANY_CELLS = _code("FW216", _NOTE, "Blank cells mean any value", "write - to make it plain")

UNKNOWN_KIND = _code(
    "FW301", _ERROR, "A sheet whose A2 names no hit policy", "write a hit policy, such as First, or Event rules"
)
UNKNOWN_ROLE = _code(
    "FW302", _ERROR, "A column with an unknown role", "use If, Then, If expression, Then expression or Note"
)
HALF_COLUMN = _code("FW303", _ERROR, "A column with a role or a heading alone", "fill row 2 and row 3")
STRAY_COLUMN = _code(
    "FW304", _ERROR, "A role or heading behind an empty column", "close the gap, or empty rows 2 and 3 there"
)
DUPLICATE_HEADING = _code("FW305", _ERROR, "Two columns with the same heading", "rename one of them")
DUPLICATE_RULE = _code("FW306", _ERROR, "A rule id used twice", "give each rule its own id")
NO_OUTPUT = _code(
    "FW307",
    _ERROR,
    "A row whose output cells are all blank",
    "fill an output (null is one), or move remarks off the table",
)
NOT_LAST = _code(
    "FW308",
    _ERROR,
    "A catch-all rule that is not the last of a First table",
    "move it to the end; rules below never fire",
)
NO_COLUMNS = _code("FW309", _ERROR, "A table without outputs or without rules", "add a Then column and a rule")
MISPLACED_ROW = _code(
    "FW310", _ERROR, "A Values or Default row that is misplaced", "Values is row 4, Default stands once"
)
UNBOUND = _code("FW311", _ERROR, "A heading that nothing binds", "add a Glossary row with record and attribute")
UNTYPED = _code("FW312", _NOTE, "A heading without a type counts as text", "add a Glossary row with its type")
UNKNOWN_ATTRIBUTE = _code("FW313", _ERROR, "A heading bound to an attribute that no record has", "mend the Glossary")
NO_RANK = _code(
    "FW314", _ERROR, "Priority or Output order without a Values row", "list the outputs in row 4, best first"
)
BAD_AGGREGATE = _code("FW315", _ERROR, "An aggregate that cannot be computed", "use exactly one output of type number")
NOT_A_SUBSET = _code("FW316", _ERROR, "Values outside those of the Glossary", "list only values of the Glossary")
GLOSSARY = _code("FW317", _ERROR, "A reserved sheet that cannot be understood", "mend the row")
CONTRADICTION = _code("FW318", _ERROR, "Two rows that define the same thing differently", "keep one of them")
UNKNOWN_NAME = _code("FW319", _ERROR, "A name that nothing has", "use a name that exists")
DUPLICATE_TABLE = _code("FW320", _ERROR, "Two tables of one name", "rename one of them in A1")
CYCLE = _code("FW321", _ERROR, "Tables that read each other in a circle", "break the circle")
UNKNOWN_TABLE = _code("FW322", _ERROR, "A heading that reads a table or output that is not there", "mend the heading")
EFFECTIVE = _code("FW323", _ERROR, "An effective date that cannot be used", "type a date, From before To")
DATES_REVERSED = _code(
    "FW324", _ERROR, "A rule that ends before it begins", "put the earlier date under Effective from"
)
TOO_LARGE = _code("FW326", _ERROR, "A table that is too large", "split it, or delete what does not belong to it")
TOO_MANY = _code(
    "FW327", _ERROR, "A table with too many errors to list", "mend those that are listed, then check again"
)
CONFLICTING_TYPE = _code("FW325", _ERROR, "A heading with another type than its attribute has", "mend the Glossary")
