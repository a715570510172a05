"""The text being parsed and the place that the parser has come to. Length and depth are bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from forewarn.decision_tables.feel import lexing
from forewarn.decision_tables.feel.lexing import Token
from forewarn.decision_tables.feel.runtime import FeelError
from forewarn.errors import ForewarnError

T = TypeVar("T")

MAX_SOURCE = 64 * 1024
"""Longest expression, in characters."""

MAX_DEPTH = 48
"""Deepest nesting of an expression."""


class FeelSyntaxError(FeelError, ForewarnError):
    """The text is no FEEL; ``position`` counts the characters before the place where that shows."""

    def __init__(self, message: str, position: int) -> None:
        ForewarnError.__init__(self, message)
        self.position = position


class Tokens:
    """One text and a position in it."""

    def __init__(self, text: str) -> None:
        if len(text) > MAX_SOURCE:
            raise FeelSyntaxError(f"the expression is longer than {MAX_SOURCE} characters", 0)
        self.text = text
        self.position = 0
        self._depth = 0
        self._seen: tuple[int, Token] | None = None

    def peek(self) -> Token:
        """The next token, not consumed."""
        known = self._seen
        if known is not None and known[0] == self.position:
            return known[1]
        try:
            token = lexing.next_token(self.text, self.position)
        except FeelError as error:
            raise FeelSyntaxError(str(error), self.position) from error
        self._seen = (self.position, token)
        return token

    def take(self) -> Token:
        """The next token, consumed."""
        token = self.peek()
        self.position = token.end
        return token

    def at(self, *texts: str) -> bool:
        """Whether the next token is one of these signs or words."""
        token = self.peek()
        return token.kind in {"sign", "word"} and token.text in texts

    def accept(self, text: str) -> bool:
        """Consume the next token if it is this sign or word."""
        if self.at(text):
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume this sign or word, or fail."""
        if not self.accept(text):
            raise self.fault(f"{text!r} is missing")

    def fault(self, message: str) -> FeelSyntaxError:
        """A syntax error at the next token."""
        token = self.peek()
        found = f"before {token.text!r}" if token.kind != "end" else "at the end"
        return FeelSyntaxError(f"{message} {found}", token.start)

    def finish(self) -> None:
        """Fail unless the whole text is consumed."""
        if self.peek().kind != "end":
            raise self.fault("an operator is missing")

    def attempt(self, parse: Callable[[], T]) -> T | None:
        """What is parsed, or ``None`` and nothing consumed where the text does not have that form."""
        position, depth = self.position, self._depth
        try:
            return parse()
        except FeelSyntaxError:
            self.position, self._depth = position, depth
            return None

    def deeper(self) -> None:
        """Enter one more level of nesting, or fail."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.fault(f"the expression is nested deeper than {MAX_DEPTH} levels")

    def higher(self) -> None:
        """Leave a level of nesting."""
        self._depth -= 1
