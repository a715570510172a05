"""Event rules: patterns over several events and time, from spreadsheets, matched by durable-rules.

`read_event_rules` makes a `RuleSet` of sheets, `RuleWorker` runs it in a watched process; facts go in, intents come
out. Nothing here knows a store: what is live, what is fresh and what was done already is the caller's to say.
"""

from forewarn.rules.facts import DeadLetter, Fact, Intent, SessionRefused
from forewarn.rules.kinds import STOCK_KINDS, Kinds
from forewarn.rules.model import Action, ActionKind, EventRule, RuleSet
from forewarn.rules.sheet import ReadRules, RuleVocabulary, read_event_rules
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
    "ReadRules",
    "RuleSet",
    "RuleVocabulary",
    "RuleWorker",
    "SessionRefused",
    "read_event_rules",
]
