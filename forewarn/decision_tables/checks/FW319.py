"""A name that nothing has.

The column holds names of things that exist elsewhere (flows, groups, messages), and nothing has this name.

Bad, found at C4::

    {site}
    [Groups]
    Groups
    Unique | If | Then
    Rule | Category | Flow
    R1 | A | gone
    [Glossary]
    heading | record | attribute | type
    Category | incident | category | string
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

CHECK = Code("FW319", Severity.ERROR, "A name that nothing has", "use a name that exists")
