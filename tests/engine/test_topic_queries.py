"""Queries of topics: what they take, and where a wrong one is wrong."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forewarn.engine.publishing.queries import read_query
from forewarn.errors import BadRecord

TICKET: dict[str, Any] = {
    "troubleTicket": {
        "status": "in progress",
        "severity": 2,
        "share": 0.5,
        "open": True,
        "parent": None,
        "relatedEntity": [{"id": "ROUTER-1", "role": "CI"}, {"id": "ROUTER-2", "role": "CI"}],
        "tags": ["sdwan", "link,down"],
        "a.b": "dotted",
    }
}

TAKEN = [
    "",
    "  ",
    "troubleTicket.status=in progress",
    "troubleTicket.status=resolved,in progress",
    " troubleTicket . status = resolved , in progress ",
    "troubleTicket.severity=2",
    "troubleTicket.severity=2.0",
    "troubleTicket.share=0.50",
    "troubleTicket.open=true",
    "troubleTicket.parent=null",
    "troubleTicket.relatedEntity.id=ROUTER-2",
    "troubleTicket.relatedEntity.id=ROUTER-1&troubleTicket.relatedEntity.id=ROUTER-2",
    "troubleTicket.tags=sdwan&troubleTicket.open=true",
    "troubleTicket.tags=link%2Cdown",
    "troubleTicket.a%2Eb=dotted",
]
LEFT = [
    "troubleTicket.status=In Progress",
    "troubleTicket.status=in",
    "troubleTicket.severity=3",
    "troubleTicket.severity=two",
    "troubleTicket.open=false",
    "troubleTicket.open=1",
    "troubleTicket=status",
    "troubleTicket.status.deeper=in progress",
    "missing=null",
    "troubleTicket.tags=sdwan&troubleTicket.open=false",
    "troubleTicket.tags=link,down",
]


@pytest.mark.parametrize("text", TAKEN)
def test_an_event_that_a_query_takes(text: str) -> None:
    """All terms hold; within a term one value is enough, and a list holds each of its elements."""
    assert read_query(text).holds(TICKET)


@pytest.mark.parametrize("text", LEFT)
def test_an_event_that_a_query_leaves(text: str) -> None:
    """Text is compared as it is; what is not there is not null."""
    assert not read_query(text).holds(TICKET)


WRONG = {
    "a": (2, "'=' is missing after 'a'"),
    "a=1&b": (6, "'=' is missing after 'b'"),
    "a=1&&b=2": (5, "a term is missing"),
    "a=1&": (5, "a term is missing"),
    "&a=1": (1, "a term is missing"),
    "=1": (1, "a name is missing"),
    "a..b=1": (3, "a name is missing"),
    "a.=1": (3, "a name is missing"),
    "a=": (3, "a value is missing"),
    "a=1,": (5, "a value is missing"),
    "a=1,,2": (5, "a value is missing"),
    "a=1=2": (4, "a second '='"),
    "x=1&a=b%zz": (8, "'%' without two hexadecimal digits"),
    "a=100%": (6, "'%' without two hexadecimal digits"),
    "a=%ff": (3, "this is no UTF-8"),
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_query_is_one_line_with_the_position(text: str) -> None:
    """Counted from 1, with what is wrong there and what to write."""
    at, problem = WRONG[text]
    with pytest.raises(BadRecord) as caught:
        read_query(text, "header query")
    assert str(caught.value).startswith(f"header query {text!r}, character {at}: {problem}")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(lambda one: one.strip())


@given(
    st.lists(st.tuples(st.lists(words, min_size=1, max_size=3), st.lists(words, min_size=1, max_size=3)), max_size=4)
)
def test_any_text_can_be_asked_for(terms: list[tuple[list[str], list[str]]]) -> None:
    """Written with escapes, any names and values are read back: a document made for the query is taken, and one with
    another value at any one path is not.
    """

    def asked(text: str) -> str:
        return quote(text, safe="").replace(".", "%2E")

    paths = [tuple(path) for path, _ in terms]
    if any(one != other and one[: len(other)] == other for one in paths for other in paths) or len(set(paths)) < len(
        paths
    ):
        return
    text = "&".join(f"{'.'.join(map(asked, path))}={','.join(map(asked, values))}" for path, values in terms)

    def document(changed: tuple[str, ...] | None) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, values in terms:
            inner = made
            for name in path[:-1]:
                inner = inner.setdefault(name, {})
            inner[path[-1]] = "".join(values) + "other" if tuple(path) == changed else values[-1]
        return made

    query = read_query(text)
    assert query.holds(document(None))
    for path in paths:
        assert not query.holds(document(path))


@given(st.text(max_size=30))
def test_a_query_is_read_or_refused_in_one_line(text: str) -> None:
    """Nobody's typing is a traceback, and the position lies within the text or just behind it."""
    try:
        read_query(text)
    except BadRecord as refused:
        at = int(refused.message.rpartition("character ")[2].partition(":")[0])
        assert 1 <= at <= len(text) + 1
