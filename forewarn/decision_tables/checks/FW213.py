"""A number of more than 15 digits, which spreadsheets cut.

Spreadsheet programs keep 15 digits of a number and fill the rest with zeros.

Bad, found at B4::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | {number 1234567890123456} | large
    R2 | - | small
    [Glossary]
    heading | type | allowed values
    Accounts | number |
    Size | string | small; large

Good::

    [Sizes]
    Sizes
    First | If | Then
    Rule | Accounts | Size
    R1 | {number 123456789012345} | large
    R2 | - | small
    [Glossary]
    heading | type | allowed values
    Accounts | number |
    Size | string | small; large
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code(
    "FW213",
    Severity.WARNING,
    "A number of more than 15 digits, which spreadsheets cut",
    "a text column keeps all digits",
)
