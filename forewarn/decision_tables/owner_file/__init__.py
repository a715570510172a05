"""Writing into a workbook that its owner made: at package level, so that all else in the file stays as it was.

Only the parts that must change are written anew; every other part is copied as the compressed bytes that it was.
"""

from forewarn.decision_tables.owner_file.annotating import SUMMARY_SHEET, Annotation, annotate
from forewarn.decision_tables.owner_file.mending import Change, Mended, mend
from forewarn.decision_tables.owner_file.setting import set_cells

__all__ = ["SUMMARY_SHEET", "Annotation", "Change", "Mended", "annotate", "mend", "set_cells"]
