"""Sites for the tests of events: the stock ones, with rules of a test's own where it has any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from forewarn.engine.open_site import OpenSite
from forewarn.engine.rulebook import KINDS, Rulebook, correlated
from forewarn.engine.vocabulary import attributes
from forewarn.rules import RuleSet, RuleVocabulary
from tests.engine.events.streams import VirtualClock, rules_from


@pytest.fixture
def rules() -> Callable[..., RuleSet]:
    """Event rules from mappings of (role, heading) to cells."""

    def made(*rows: Mapping[tuple[str, str], Any]) -> RuleSet:
        vocabulary = RuleVocabulary(attributes=correlated(attributes()), kinds=KINDS)
        return rules_from(rows, vocabulary)

    return made


@pytest.fixture
def ruled(open_site: Callable[..., OpenSite]) -> Callable[..., OpenSite]:
    """A site without inventory on virtual time, with the stock rules or with others."""

    def opened(rule_set: RuleSet | None = None, *, inventory: bool = False) -> OpenSite:
        stock = open_site(inventory=inventory)
        book = stock.rulebook
        chosen = rule_set if rule_set is not None else book.rule_set
        return replace(stock, rulebook=Rulebook(book.library, chosen, stock.store), clock=VirtualClock())

    return opened
