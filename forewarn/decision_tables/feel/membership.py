"""When a value is what a unary test names: equal to it, in its range, or an item of its list (DMN 1.5 §10.3.2.8)."""

from __future__ import annotations

from forewarn.decision_tables.feel.runtime import FeelValue, Range, in_range, kind_of, same


def matches(subject: FeelValue, value: FeelValue) -> bool | None:
    """Whether a subject equals a value, lies in a range, or is an item of a list."""
    if isinstance(value, Range):
        if isinstance(subject, Range):
            return same(subject, value)
        return in_range(subject, value)
    if isinstance(value, tuple):
        if same(subject, value) is True:
            return True
        outcome: bool | None = False
        for item in value:
            if isinstance(item, Range) and not isinstance(subject, Range):
                kind = kind_of(item.low if item.low is not None else item.high)
                holds = in_range(subject, item) if kind_of(subject) == kind else None
            else:
                holds = same(subject, item)
            if holds is True:
                return True
            if holds is None and subject is None:
                outcome = None
        return outcome
    return same(subject, value)
