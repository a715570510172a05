"""``--format json``: every finding with all that is known of it, and how many there are."""

from __future__ import annotations

import json

from forewarn.commands.formats.report import Report
from forewarn.decision_tables.decision import jsonable
from forewarn.errors import Severity


def json_document(report: Report) -> str:
    """``{"findings": […], "summary": {"errors": 1, "warnings": 0, "notes": 0}}``."""
    findings = [jsonable(finding.to_dict()) for finding in report.findings]
    summary = {f"{one.value}s": sum(finding.severity is one for finding in report.findings) for one in Severity}
    return json.dumps({"findings": findings, "summary": summary}, ensure_ascii=False, indent=2)
