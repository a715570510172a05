"""Doing something again whenever files change."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

Stamps = Mapping[str, tuple[int, int]]

_PAUSE = 0.5


def watch(stamps: Callable[[], Stamps], act: Callable[[], None], pause: Callable[[float], None] = time.sleep) -> None:
    """Call ``act`` now and after every change of ``stamps``, until the person at the keyboard stops it.

    ``act`` waits until the files stand still for one ``pause`` (half a second): a spreadsheet program saves in steps.
    """
    try:
        while True:
            seen = stamps()
            act()
            while stamps() == seen:
                pause(_PAUSE)
            seen = stamps()
            pause(_PAUSE)
            while stamps() != seen:
                seen = stamps()
                pause(_PAUSE)
    except KeyboardInterrupt:
        return
