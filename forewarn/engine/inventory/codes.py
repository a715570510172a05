"""The codes of findings about inventory files (FW7xx), each with its severity and what it says."""

from __future__ import annotations

from enum import Enum

from forewarn.errors import Finding, Place, Severity


class Code(Enum):
    """Code, severity and meaning; the docs print this list."""

    UNKNOWN_KIND = ("FW701", Severity.ERROR, "the kind of the rows is not known")
    HEADINGS = ("FW702", Severity.ERROR, "a heading is missing or stands twice")
    BLANK = ("FW703", Severity.ERROR, "a value is missing")
    BAD_VALUE = ("FW704", Severity.ERROR, "a value is not what the column holds")
    UNKNOWN_REFERENCE = ("FW705", Severity.ERROR, "no record has that number or name")
    AMBIGUOUS_REFERENCE = ("FW706", Severity.ERROR, "several records have that name")
    CONTRADICTION = ("FW707", Severity.ERROR, "two rows say different things about one record")
    NAME_TAKEN = ("FW708", Severity.ERROR, "another record has that name")
    BROKEN_ROW = ("FW709", Severity.ERROR, "the row cannot be read")
    OWNER = ("FW710", Severity.ERROR, "the record belongs to nobody, or to an account and a consumer")
    LEADING_ZEROS = ("FW711", Severity.WARNING, "a number may have lost its leading zeros")
    KEPT_AS_EXTRA = ("FW712", Severity.NOTE, "a heading is not known; the column is kept as an extra field")
    MISSPELT_HEADING = ("FW713", Severity.WARNING, "a heading is not known, but nearly; kept as an extra field")
    ENCODING = ("FW714", Severity.WARNING, "the text is not Unicode; it was read as Windows-1252")
    NOT_READ = ("FW715", Severity.WARNING, "a sheet or a column is not read")
    KIND_FROM_HEADINGS = ("FW716", Severity.NOTE, "the kind was told from the headings")
    TWO_PRIMARY_CONTACTS = ("FW717", Severity.WARNING, "an account has more than one primary contact")

    def __init__(self, code: str, severity: Severity, meaning: str) -> None:
        self.code = code
        self.severity = severity
        self.meaning = meaning

    def at(
        self,
        place: Place,
        message: str,
        *,
        hint: str | None = None,
        text: str | None = None,
        suggestion: str | None = None,
        related: tuple[Place, ...] = (),
    ) -> Finding:
        """A finding of this code at that place."""
        return Finding(
            self.code, self.severity, message, place, text=text, hint=hint, suggestion=suggestion, related=related
        )
