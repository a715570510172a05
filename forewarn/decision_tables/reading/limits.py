"""How large a workbook may be, and how long reading it may take."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for reading one untrusted file.

    ``file_bytes`` and ``unpacked_bytes`` bound the file and what its zip members unpack to; ``ratio`` bounds
    unpacked to packed once the unpacked size passes ``ratio_from`` bytes (small parts of real workbooks
    compress well); ``cells`` bounds the used rectangle of one sheet; ``seconds`` is
    computing time a file, and three times as much the time on the clock, so that a busy machine refuses nothing;
    ``memory_bytes`` is the address space of the reading process; ``answer_bytes`` bounds what it may send back.
    """

    file_bytes: int = 32 * 1024 * 1024
    unpacked_bytes: int = 256 * 1024 * 1024
    ratio: int = 200
    ratio_from: int = 16 * 1024 * 1024
    cells: int = 4_000_000
    seconds: float = 8.0
    memory_bytes: int = 512 * 1024 * 1024
    answer_bytes: int = 256 * 1024 * 1024


STANDARD = Limits()

TABLES = replace(STANDARD, cells=1_500_000)
"""For workbooks of decision tables: 100,000 rules of 15 columns."""
