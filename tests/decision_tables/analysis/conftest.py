"""The brute-force evaluator and the table maker of the tests of deciding serve here too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "deciding"))
