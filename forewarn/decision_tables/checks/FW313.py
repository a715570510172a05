"""A heading bound to an attribute that no record has.

The Glossary binds the heading to an attribute that no record has.

Bad, found at B3::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Category | Flow
    R1 | A | go
    [Glossary]
    heading | record | attribute | type
    Category | incident | catgory | string
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

CHECK = Code("FW313", Severity.ERROR, "A heading bound to an attribute that no record has", "mend the Glossary")
