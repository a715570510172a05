"""``docs/findings.md`` from the codes and their files: ``python -m tests.checks.findings_document`` writes it."""

from __future__ import annotations

from pathlib import Path

from forewarn.decision_tables.checks.explaining import explain
from forewarn.decision_tables.codes import Code
from forewarn.engine.checks.catalogue import GROUPS, all_codes

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "findings.md"

_BEGINNING = """\
# What `forewarn check` finds

Every kind of finding has a code that stays. `forewarn checks` lists them, `forewarn checks FW203` explains one: this
page is made from the same source.

An **error** refuses the table it is in (the last good version goes on deciding), a **warning** and a **note** do not.
A site leaves findings out, or chooses them, by codes or their beginnings in `forewarn.toml`:

```toml
[check]
ignore = ["FW216", "FW110"]     # all but these
# select = ["FW2", "FW3"]       # only these

[check.sheets."Incident Escalation Policy"]
ignore = ["FW331"]              # all but these on one sheet
```

A finding that is left out is not told; a table that is refused stays refused.

In the examples a line is a row, bars part its cells, `[Name]` begins a sheet. Braces hold what is not a text:
`{number 5}`, `{date 2026-02-01}`, or what somebody did to the sheet: `{hidden row 6}`.
"""


def document() -> str:
    """The whole page."""
    parts = [_BEGINNING]
    codes = all_codes()
    for beginning, title in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [section(code) for code in codes.values() if code.code.startswith(beginning)]
    return "\n".join(parts)


def section(code: Code) -> str:
    """One code: title, severity, and what its file says."""
    lines = [f"### {code.code} {code.title}", ""]
    explanation = explain(code.code)
    sentence = f"{code.severity.value.capitalize()}."
    if explanation is not None:
        sentence += f" {explanation.why}"
    if code.hint:
        sentence += f" To mend it: {code.hint}."
    lines += [sentence, ""]
    if explanation is not None:
        lines += [f"Bad, found at {explanation.at}:", "", "```", explanation.bad, "```", ""]
        lines += ["Good:", "", "```", explanation.good, "```", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
