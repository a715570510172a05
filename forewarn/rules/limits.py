"""What durable-rules 2.0.28 bears, as measured on the released package, and the margins that are kept from it.

The library does not refuse what it cannot hold: it crashes, hangs or answers wrongly. Nothing beyond these
numbers is handed to it.
"""

from __future__ import annotations

from datetime import timedelta

MAX_RULES = 2_000
"""Rules in all sheets together. One handle of the library holds 250 safely (4,097 end it): more are split."""

MAX_PATTERNS_A_SHARD = 48
"""Patterns in one handle. One message may match at most 60 branches at once (64 overrun its stack), a node
may have 400 children (512 hang with the lock held) and a condition may stand in 200 rules (256 crash): with 48
patterns a handle none of the three can be reached."""

MAX_PATTERNS_A_RULE = 15
"""Patterns of one rule, the event and the tick included; 16 message frames are the library's own array."""

MAX_JOIN_TERMS_A_RULE = 28
"""Terms that join patterns, in one rule; the library holds 32 expressions in a sequence."""

MAX_MESSAGE_KEYS = 200
"""Keys of one message; the library's own array has 255 entries."""

MAX_TEXT = 4_096
"""Bytes of one text in a message."""

MAX_INTEGER = 2**61
"""Integers are 64 bits in the library and wrap without a word; sums of two must fit too."""

MAX_ID = 200
"""Characters of an id."""

MAX_FACTS = 5_000
"""Facts of one session. A key that has more is in a storm: it is refused as a whole, never cut silently."""

MAX_FIRINGS = 20_000
"""Combinations of facts that one rule may have to be offered in one session."""

MAX_COMPARISONS = 2_000_000
"""Pairs of facts that one absent pattern may have to be compared with in one session."""

MAX_COUNT = 1_000
"""The largest ``Count``."""

MAX_WITHIN = timedelta(days=366)
"""The longest ``Within``."""

RESERVED_ATTRIBUTES = frozenset({"id", "sid", "label", "chart"})
"""Names that the library keeps for itself; names with ``$`` or ``.`` belong to it too."""
