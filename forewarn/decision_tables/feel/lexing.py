"""Tokens of FEEL, cut on demand: which characters make a name depends on the names that are known.

FEEL names may hold spaces, keywords and operator signs (``Years of Service``, ``Approved/Declined``), so no
fixed set of patterns cuts a text. The parser asks for a name where a name may stand, and the longest known one
wins (DMN 1.5 §10.3.1.2, the note on names).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from forewarn.decision_tables.feel.runtime import FeelError

KEYWORDS = frozenset(
    {
        "and",
        "between",
        "else",
        "every",
        "external",
        "false",
        "for",
        "function",
        "if",
        "in",
        "instance",
        "null",
        "or",
        "return",
        "satisfies",
        "some",
        "then",
        "true",
    }
)
"""Words that end a name that nobody knows."""

_START = r"A-Za-z_\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C-\u200D\u2070-\u218F"
_START += r"\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\U00010000-\U000EFFFF"
_PART = _START + r"0-9\u00B7\u0300-\u036F\u203F-\u2040"

_SPACE = re.compile(r"(?:\s+|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_TOKEN = re.compile(
    r"(?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|(?P<string>"(?:[^"\\]|\\.)*")'
    rf"|(?P<word>[{_START}][{_PART}]*)"
    r"|(?P<sign>\*\*|\.\.|->|!=|<=|>=|[-+*/=<>(){}\[\],.:?@])",
    re.DOTALL,
)
_WORD = re.compile(rf"[{_START}][{_PART}]*")
_PART_CHARACTER = re.compile(rf"[{_PART}]")
_NAMELIKE = re.compile(rf"[^\"\[\](){{}}?@,:.<>=*/+-]*[{_START}]")
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(.))", re.DOTALL)
_SIMPLE_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text: ``kind`` is ``number``, ``string``, ``word``, ``sign``, ``end``, or
    ``other`` for a character that FEEL has no use for.
    """

    kind: str
    text: str
    start: int
    end: int


def next_token(text: str, position: int) -> Token:
    """The token that starts at a position or after the white space and comments there. Raises `FeelError`."""
    start = skip_space(text, position)
    if start >= len(text):
        return Token("end", "", start, start)
    match = _TOKEN.match(text, start)
    if match is not None:
        return Token(match.lastgroup or "", match[0], start, match.end())
    if text[start] == '"':
        raise FeelError("a text in quotes is not closed")
    return Token("other", text[start], start, start + 1)


def skip_space(text: str, position: int) -> int:
    """The position behind white space and comments."""
    match = _SPACE.match(text, position)
    return position if match is None else match.end()


def unquote(literal: str) -> str:
    """The text of a string literal, escapes resolved."""

    def resolve(match: re.Match[str]) -> str:
        short, long, plain = match.groups()
        if plain is not None:
            return _SIMPLE_ESCAPES.get(plain, match[0])
        code = int(short or long, 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    resolved = _ESCAPE.sub(resolve, literal[1:-1])
    # Two escapes of the UTF-16 halves of one character are that character.
    return resolved.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def quote(text: str) -> str:
    """A string literal of that text."""
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(plain, escaped)
    return f'"{text}"'


def normal_name(name: str) -> str:
    """A name with single spaces between its parts."""
    return " ".join(name.split())


@lru_cache(maxsize=4096)
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(re.escape(part) for part in name.split(" ")))


def _first(text: str, position: int) -> str:
    """The word that begins at a position, or the one character there: what names are looked up by."""
    match = _WORD.match(text, position)
    return text[position : position + 1] if match is None else match[0]


class Names:
    """Known names, found in a text at a position: the longest that ends where a name may end."""

    __slots__ = ("_by_first", "_known")

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: set[str] = set()
        self._by_first: dict[str, list[str]] = {}
        for name in known:
            self.add(name)

    def add(self, name: str) -> None:
        """Know one more name; one that would pass for a bracket, a number or an operator stays unknown."""
        name = normal_name(name)
        if _NAMELIKE.match(name) and name not in self._known:
            self._known.add(name)
            self._by_first.setdefault(_first(name, 0), []).append(name)

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def longest_at(self, text: str, position: int) -> tuple[str, int] | None:
        """The longest known name at a position and where it ends."""
        best: tuple[str, int] | None = None
        for name in self._by_first.get(_first(text, position), ()):
            match = _pattern(name).match(text, position)
            if match is None or (best is not None and match.end() <= best[1]):
                continue
            end = match.end()
            cut = end < len(text) and _PART_CHARACTER.match(name[-1]) and _PART_CHARACTER.match(text[end])
            if not cut:
                best = (name, end)
        return best
