"""Counting in windows: how many like facts stand around one, and which."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence


def members(condition: int, flags: Sequence[frozenset[int]], codes: Sequence[int]) -> dict[int, list[int]]:
    """The facts of a condition by key code, each list in order of time."""
    by_key: dict[int, list[int]] = {}
    for index, own in enumerate(flags):
        if condition in own:
            by_key.setdefault(codes[index], []).append(index)
    return by_key


def fullest(moments: Sequence[int], within: int) -> list[int]:
    """For each of the ordered moments, the largest number of moments in a closed window of that length around it.

    A window is taken to end at a moment; so the answer for one is the largest size of the windows that end at it
    or up to ``within`` after it: a sliding maximum, taken from the last moment to the first.
    """
    sizes = [bisect_right(moments, end) - bisect_left(moments, end - within) for end in moments]
    best: list[int] = [0] * len(moments)
    candidates: deque[int] = deque()
    for position in range(len(moments) - 1, -1, -1):
        while candidates and sizes[candidates[-1]] <= sizes[position]:
            candidates.pop()
        candidates.append(position)
        while moments[candidates[0]] > moments[position] + within:
            candidates.popleft()
        best[position] = sizes[candidates[0]]
    return best


def first_window(like: Sequence[int], times: Sequence[int], event: int, within: int, count: int) -> Sequence[int]:
    """The members of the first window around ``event`` that holds at least ``count`` of them."""
    moments = [times[index] for index in like]
    for end in moments[bisect_left(moments, times[event]) :]:
        window = like[bisect_left(moments, end - within) : bisect_right(moments, end)]
        if len(window) >= count:
            return window
    raise AssertionError("a counted rule fired without its count")
