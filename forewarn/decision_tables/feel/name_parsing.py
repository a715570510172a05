"""Names in FEEL text: known ones as long as they reach, unknown ones word by word."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from forewarn.decision_tables.feel import lexing
from forewarn.decision_tables.feel.added import added
from forewarn.decision_tables.feel.builtins import BUILTINS
from forewarn.decision_tables.feel.lexing import KEYWORDS, Names, normal_name
from forewarn.decision_tables.feel.nodes import Constant, Name
from forewarn.decision_tables.feel.type_parsing import LABEL, TypeParser
from forewarn.decision_tables.feel.types import FeelType

_BUILTIN_NAMES = Names(BUILTINS)


@lru_cache(maxsize=512)
def _names(known: frozenset[str]) -> Names:
    return Names(known)


class NameParser(TypeParser):
    """Parses names; ``names`` are those in scope and those of members."""

    def __init__(self, text: str, names: Collection[str] = (), types: Mapping[str, FeelType] | None = None) -> None:
        super().__init__(text, types)
        self._known = _names(frozenset(names))
        self._local = Names()
        self._added = added()

    def define(self, name: str) -> None:
        """Know a name that the text itself defines."""
        self._local.add(name)

    def known_name(self, start: int) -> Name | Constant | None:
        """The longest known name at a position, consumed, or ``None``; of an added function the function itself."""
        found = [names.longest_at(self.text, start) for names in (self._local, self._known, _BUILTIN_NAMES)]
        hits = [hit for hit in found if hit is not None]
        other = None if self._added is None else self._added.names.longest_at(self.text, start)
        if self._added is not None and other is not None and all(other[1] > end for _, end in hits):
            name, self.position = other
            return Constant(self._added.functions[name])
        if not hits:
            return None
        name, self.position = max(hits, key=lambda hit: hit[1])
        return Name(name)

    def unknown_name(self) -> str:
        """Words in a row that nobody knows: they are one name."""
        words = [self.take().text]
        while True:
            token = self.peek()
            if token.kind != "word" or token.text in KEYWORDS:
                return " ".join(words)
            words.append(self.take().text)

    def member(self) -> str:
        """The name behind a dot."""
        start = lexing.skip_space(self.text, self.position)
        hit = self._known.longest_at(self.text, start)
        if hit is not None:
            name, self.position = hit
            return name
        if self.peek().kind != "word":
            raise self.fault("a name is missing")
        return self.unknown_name()

    def key(self) -> str:
        """The key of a context entry, with its colon."""
        if self.peek().kind == "string":
            key = lexing.unquote(self.take().text)
            self.expect(":")
            return key
        label = LABEL.match(self.text, lexing.skip_space(self.text, self.position))
        if label is None:
            raise self.fault("a key and ':' are missing")
        self.position = label.end()
        return normal_name(label[1])

    def new_name(self, end: str) -> str:
        """A name being defined: everything up to the word that follows it."""
        match = re.compile(rf"\s*(.+?)\s+{end}(?![\w])", re.DOTALL).match(self.text, self.position)
        if match is None or any(sign in match[1] for sign in '"[](){},'):
            raise self.fault(f"a name and {end!r} are missing")
        self.position = match.end()
        return normal_name(match[1])
