"""Drafting a text from a record: enough words first, then the summarizer that a plugin offers (E8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forewarn.errors import BadPlugin, NotFound, Refused
from forewarn.plugins.api import Extensions, Summary
from forewarn.plugins.limits import TookTooLong, within

LEAST_WORDS: Mapping[str, int] = {"case summary": 50, "resolution notes": 200}
"""With fewer words there is nothing to sum up (S3 "Resolution notes generation": 200)."""

SECONDS = 60.0
"""How long a summarizer may think; it runs outside every transaction."""


def draft(extensions: Extensions, purpose: str, texts: Sequence[str]) -> Summary:
    """A draft for ``purpose`` from the texts of a record, oldest first.

    Raises `Refused` where they have too few words, `NotFound` where no plugin drafts for that purpose, and `BadPlugin`
    where the summarizer fails, hangs or answers nonsense.
    """
    summarizer = extensions.summaries.get(purpose)
    if summarizer is None:
        raise NotFound(f"no plugin drafts {purpose!r}", hint=f"there are: {', '.join(sorted(extensions.summaries))}")
    words, least = sum(len(text.split()) for text in texts), LEAST_WORDS.get(purpose, 1)
    if words < least:
        raise Refused(f"the record has too few words for a draft ({purpose}): {words}, and {least} are needed")
    try:
        made = within(SECONDS, lambda: summarizer(tuple(texts)), name=f"summary {purpose}")
    except TookTooLong as hung:
        raise BadPlugin(f"the draft ({purpose}) failed: {hung}") from hung
    except (Exception, SystemExit) as failure:
        raise BadPlugin(f"the draft ({purpose}) failed: {type(failure).__name__}: {failure}") from failure
    if not isinstance(made, Summary) or not isinstance(made.text, str) or not made.text.strip():
        raise BadPlugin(f"the draft ({purpose}) failed: the plugin answered {type(made).__name__}, not a Summary")
    return made
