"""The maker of small tables and the brute-force evaluator of other tests serve here too."""

from __future__ import annotations

import sys
from pathlib import Path

for folder in ("deciding", "analysis"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / folder))
