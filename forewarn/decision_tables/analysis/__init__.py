"""What is wrong with a whole table, over all columns together: gaps, overlaps, hidden rules, and the like.

from forewarn.decision_tables.analysis import analyse, findings_of

analysis = analyse(table.model)
for finding in findings_of(analysis):
    print(finding)
"""

from forewarn.decision_tables.analysis.analysing import LIMIT, STEPS, analyse
from forewarn.decision_tables.analysis.codes import ANALYSIS_CODES
from forewarn.decision_tables.analysis.findings import analyse_library, findings_of
from forewarn.decision_tables.analysis.result import Analysis

__all__ = ["ANALYSIS_CODES", "LIMIT", "STEPS", "Analysis", "analyse", "analyse_library", "findings_of"]
