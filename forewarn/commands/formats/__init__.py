"""Findings in the forms that machines take: pure functions from a report to text, one module a form."""

from forewarn.commands.formats.github import github
from forewarn.commands.formats.json_document import json_document
from forewarn.commands.formats.junit import junit
from forewarn.commands.formats.report import Report
from forewarn.commands.formats.sarif import sarif

FORMATS = {"json": json_document, "sarif": sarif, "github": github, "junit": junit}
"""Each form by the word that ``--format`` takes."""

__all__ = ["FORMATS", "Report"]
