"""Drafts: enough words, honest by default, contained where a plugin makes them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.engine import summaries
from forewarn.errors import BadPlugin, NotFound, Refused
from forewarn.plugins.api import Extensions, Summary
from forewarn.plugins.loading import load_extensions
from forewarn.plugins.stock.summaries import MADE_BY, extract

STOCK = load_extensions(strict=True)
LONG = ["The tunnel to Boston went down after the upgrade. The controller restarted by itself."] * 20


def offering(summarizer: Any) -> Extensions:
    """What a plugin with this summarizer gives."""
    return replace(STOCK, summaries={"resolution notes": summarizer})


@given(st.lists(st.text(max_size=400), max_size=12))
def test_the_stock_summary_says_nothing_that_is_not_in_the_record(texts: list[str]) -> None:
    """Every line of it stands in the record, in the record's order; there are at most five; it says how it was made."""
    made = extract(texts)
    lines = [line for line in made.text.split("\n") if line]
    assert made.made_by == MADE_BY
    assert len(lines) <= 5
    everything = "\n".join(texts)
    assert all(line in everything for line in lines)


def test_the_stock_summary_finds_what_the_record_is_about() -> None:
    """The sentence whose words come up again is kept, the small talk is not."""
    small_talk = [
        "Thanks for your patience with this.",
        "Happy holidays to everyone.",
        "Please call back after lunch.",
        "Kind regards from Boston.",
        "Somebody will write tomorrow.",
        "Nothing else happened today.",
    ]
    about = ["The firmware of the router is faulty.", "The router firmware was replaced by older firmware."]
    made = extract(["Customers cannot reach the portal.", *small_talk[:3], about[0], *small_talk[3:], about[1]])
    assert set(about) <= set(made.text.split("\n"))


def test_too_few_words_are_refused() -> None:
    """Resolution notes want 200 words; one less is refused and the line says both numbers."""
    with pytest.raises(Refused, match="199, and 200 are needed"):
        summaries.draft(STOCK, "resolution notes", ["word"] * 199)
    assert summaries.draft(STOCK, "resolution notes", LONG).made_by == MADE_BY


def test_an_unknown_purpose_is_named() -> None:
    """The line says what there is."""
    with pytest.raises(NotFound, match=r"'poem'.*case summary, resolution notes"):
        summaries.draft(STOCK, "poem", LONG)


def _exits(texts: Any) -> Any:
    raise SystemExit(3)


def _raises(texts: Any) -> Any:
    raise ConnectionError("the model is out")


@pytest.mark.parametrize(
    ("summarizer", "said"),
    [
        (_raises, "ConnectionError: the model is out"),
        (_exits, "SystemExit: 3"),
        (lambda texts: "a text", "answered str, not a Summary"),
        (lambda texts: Summary(" ", "me"), "not a Summary"),
    ],
    ids=["raises", "exits", "answers text", "answers nothing"],
)
def test_a_broken_summarizer_is_one_line(summarizer: Any, said: str) -> None:
    """Whatever it does, who asked is told in one line."""
    with pytest.raises(BadPlugin, match=r"the draft \(resolution notes\) failed: ") as caught:
        summaries.draft(offering(summarizer), "resolution notes", LONG)
    assert said in str(caught.value)


def test_a_summarizer_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent is told after the limit."""
    monkeypatch.setattr(summaries, "SECONDS", 0.1)
    with pytest.raises(BadPlugin, match=r"within 0\.1 s"):
        summaries.draft(offering(lambda texts: time.sleep(60)), "resolution notes", LONG)


def test_a_plugin_replaces_the_stock_summarizer() -> None:
    """What a plugin answers is handed on with its own word of how it was made."""
    made = summaries.draft(offering(lambda texts: Summary("Mended.", "our model")), "resolution notes", LONG)
    assert made == Summary("Mended.", "our model")
