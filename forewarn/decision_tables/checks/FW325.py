"""A heading with another type than its attribute has.

The Glossary gives the heading another type than the record's attribute has.

Bad, found at B3::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Accounts | Flow
    R1 | - | go
    [Glossary]
    heading | record | attribute | type
    Accounts | incident | count | string
    Flow | flow | name | string

Good::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Accounts | Flow
    R1 | - | go
    [Glossary]
    heading | record | attribute | type
    Accounts | incident | count | number
    Flow | flow | name | string
"""

# ruff: noqa: N999 - the file bears the name of its code
from __future__ import annotations

from forewarn.decision_tables.checks.code import Code
from forewarn.errors import Severity

CHECK = Code("FW325", Severity.ERROR, "A heading with another type than its attribute has", "mend the Glossary")
