"""Summaries without a language model: sentences of the record itself, picked and put in their order.

Nothing is written that does not stand in the record, nothing leaves the machine, and the same record gives the same
summary. It is a draft for an agent, and says how it was made.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from forewarn.plugins.api import Summarizer, Summary
from forewarn.plugins.hookspecs import hookimpl

MADE_BY = "sentences picked from the record, nothing was added"
MOST_SENTENCES = 5
LONGEST_SENTENCE = 300
"""Longer ones are logs and listings; in characters."""

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"[^\W\d_]{4,}")
"""Words that carry something: shorter ones are mostly articles and prepositions, in most languages."""


def extract(texts: Sequence[str]) -> Summary:
    """The sentences whose words come up most in ``texts`` (oldest first), at most five, in their own order."""
    sentences = list(dict.fromkeys(one.strip() for text in texts for one in _SENTENCE.split(text) if one.strip()))
    short = [one for one in sentences if len(one) <= LONGEST_SENTENCE and len(_WORD.findall(one)) >= 3] or sentences
    counts = Counter(word.lower() for text in texts for word in _WORD.findall(text))

    def weight(position: int) -> tuple[float, int]:
        words = {word.lower() for word in _WORD.findall(short[position])}
        told = sum(counts[word] - 1 for word in words) / (len(words) + 2)
        # How it began and how it stands now are what a reader asks first.
        edge = 1.5 if position in (0, len(short) - 1) else 1.0
        return told * edge + edge, -position

    chosen = sorted(sorted(range(len(short)), key=weight, reverse=True)[:MOST_SENTENCES])
    return Summary("\n".join(short[position] for position in chosen), MADE_BY)


@hookimpl
def forewarn_summaries() -> Mapping[str, Summarizer]:
    """One way for all purposes."""
    return {"case summary": extract, "resolution notes": extract}
