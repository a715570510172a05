"""What a check's docstring says: its summary, why it matters, a bad and a good example."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass

_DOCUMENT = re.compile(
    r"(?P<title>[^\n]+)\.\n\n(?P<why>.+?)\n\n"
    r"Bad, found at (?P<at>[^\n]+)::\n\n(?P<bad>.+?)\n\nGood::\n\n(?P<good>.+)\Z",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A check explained. ``bad`` and ``good`` are sheets as lines of cells between bars; ``at`` is the bad cell."""

    title: str
    why: str
    at: str
    bad: str
    good: str


def explain(code: str) -> Explanation | None:
    """The explanation in the file of a check, ``None`` for a code that has no file, or without docstrings (``-OO``).

    Raises ValueError for a docstring of another form.
    """
    try:
        module = importlib.import_module(f"forewarn.decision_tables.checks.{code}")
    except ModuleNotFoundError:
        return None
    if module.__doc__ is None:
        return None
    match = _DOCUMENT.match(inspect.cleandoc(module.__doc__))
    if match is None:
        raise ValueError(f"the docstring of {code} is not a summary, a reason, a bad and a good example")
    dedented = {name: inspect.cleandoc(match[name]) for name in ("bad", "good")}
    return Explanation(match["title"], " ".join(match["why"].split()), match["at"], **dedented)
