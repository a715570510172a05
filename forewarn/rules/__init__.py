"""Event rules: patterns over several events and time, from spreadsheets, matched by durable-rules.

`read_event_rules` makes a `RuleSet` of sheets, `RuleWorker` runs it in a watched process; facts go in, intents come
out. Nothing here knows a store: what is live, what is fresh and what was done already is the caller's to say.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forewarn.rules.facts import DeadLetter, Fact, Intent, SessionRefused
    from forewarn.rules.kinds import STOCK_KINDS, Kinds
    from forewarn.rules.model import Action, ActionKind, EventRule, RuleSet
    from forewarn.rules.needs import Needs, Window
    from forewarn.rules.sheet import ReadRules, read_event_rules
    from forewarn.rules.vocabulary import RuleVocabulary
    from forewarn.rules.worker import RuleWorker

__all__ = [
    "STOCK_KINDS",
    "Action",
    "ActionKind",
    "DeadLetter",
    "EventRule",
    "Fact",
    "Intent",
    "Kinds",
    "Needs",
    "ReadRules",
    "RuleSet",
    "RuleVocabulary",
    "RuleWorker",
    "SessionRefused",
    "Window",
    "read_event_rules",
]

_HOMES = {
    "facts": ("DeadLetter", "Fact", "Intent", "SessionRefused"),
    "kinds": ("STOCK_KINDS", "Kinds"),
    "model": ("Action", "ActionKind", "EventRule", "RuleSet"),
    "needs": ("Needs", "Window"),
    "sheet": ("ReadRules", "read_event_rules"),
    "vocabulary": ("RuleVocabulary",),
    "worker": ("RuleWorker",),
}
"""Names are loaded when they are asked for: the worker process, which is of this package too, needs none of them and
must start quickly."""


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
