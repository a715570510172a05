"""A heading that nothing binds.

In a site every heading stands for an attribute of a record, or for a name that plugins and messages know; nothing
says which this is.

Bad, found at B3::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Category | Flow
    R1 | A | go
    [Glossary]
    heading | record | attribute | type
    Flow | flow | name | string

Good::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Category | Flow
    R1 | A | go
    [Glossary]
    heading | record | attribute | type
    Category | incident | category | string
    Flow | flow | name | string
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW311", Severity.ERROR, "A heading that nothing binds", "add a Glossary row with record and attribute")
