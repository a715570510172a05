"""Types in FEEL text: built-in ones, item definitions, and ``list<…>`` and its like."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forewarn.decision_tables.feel import lexing
from forewarn.decision_tables.feel.lexing import Names, normal_name
from forewarn.decision_tables.feel.tokens import Tokens
from forewarn.decision_tables.feel.types import ContextOf, FeelType, FunctionOf, ListOf, RangeOf, basic

LABEL = re.compile(r"\s*([^:{}\[\](),\"<>?]+?)\s*:")
"""The name of a member, key or argument, up to its colon."""

_TYPE_WORDS = 4


class TypeParser(Tokens):
    """Parses types; ``types`` are the item definitions by name."""

    def __init__(self, text: str, types: Mapping[str, FeelType] | None = None) -> None:
        super().__init__(text)
        self.types = types or {}

    def type(self) -> FeelType:
        """A type: a built-in one, an item definition, or ``list<…>`` and its like."""
        self.deeper()
        found = self._generic_type() or self._named_type()
        self.higher()
        return found

    def _generic_type(self) -> FeelType | None:
        token = self.peek()
        if token.kind != "word" or not lexing.next_token(self.text, token.end).text.startswith("<"):
            return None
        match token.text:
            case "list" | "range":
                self.take()
                self.expect("<")
                item = self.type()
                self.expect(">")
                return ListOf(item) if token.text == "list" else RangeOf(item)
            case "context":
                self.take()
                return ContextOf(tuple(self._members()))
            case "function":
                self.take()
                return self._function_type()
            case _:
                return None

    def _members(self) -> list[tuple[str, FeelType]]:
        self.expect("<")
        members: list[tuple[str, FeelType]] = []
        while True:
            label = LABEL.match(self.text, self.position)
            if label is None:
                raise self.fault("the name of a member is missing")
            self.position = label.end()
            members.append((normal_name(label[1]), self.type()))
            if not self.accept(","):
                self.expect(">")
                return members

    def _function_type(self) -> FeelType:
        self.expect("<")
        parameters: list[FeelType] = []
        while not self.at(">"):
            parameters.append(self.type())
            if not self.accept(","):
                break
        self.expect(">")
        self.expect("->")
        return FunctionOf(tuple(parameters), self.type())

    def _named_type(self) -> FeelType:
        start = lexing.skip_space(self.text, self.position)
        hit = Names(self.types).longest_at(self.text, start)
        if hit is not None:
            name, self.position = hit
            return self.types[name]
        words: list[str] = []
        ends: list[int] = []
        position = start
        while len(words) <= _TYPE_WORDS:
            token = lexing.next_token(self.text, position)
            if token.kind != "word":
                break
            words.append(token.text)
            ends.append(token.end)
            position = token.end
        for count in range(len(words), 0, -1):
            known = basic(" ".join(words[:count]))
            if known is not None:
                self.position = ends[count - 1]
                return known
        raise self.fault("a type is missing")
