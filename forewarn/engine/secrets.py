"""Keeping secrets out of what people and files are told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

HIDDEN = "***"
SHORTEST = 4
"""Shorter texts are no secrets worth the name, and would blacken half of every line."""

_WORDS = ("password", "secret", "token", "key", "credential")


class Secrets:
    """The secrets among the options of a sink: what ``env:`` and ``file:`` stand for, and what its option's name or
    the password of a URL calls one.
    """

    def __init__(self, options: Mapping[str, Any], root: Path) -> None:
        found = {form for value in _secrets(options, root) for form in (value, quote(value, safe=""), quote(value))}
        # The longest first: one secret may hold another.
        self._texts = sorted((text for text in found if len(text) >= SHORTEST), key=len, reverse=True)

    def hidden(self, text: str) -> str:
        """``text`` with every secret, as it is or as a URL writes it, made unreadable."""
        for secret in self._texts:
            text = text.replace(secret, HIDDEN)
        return text


def _secrets(options: Mapping[str, Any], root: Path) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _secrets(value, root)
        elif isinstance(value, list | tuple):
            yield from _secrets({f"{name} {position}": one for position, one in enumerate(value)}, root)
        elif isinstance(value, str):
            kind, _, rest = value.partition(":")
            if kind == "env":
                yield from _forms(os.environ.get(rest, ""))
            elif kind == "file":
                yield from _forms(_content(root / Path(rest).expanduser()))
            elif any(word in name.lower() for word in _WORDS):
                yield value.strip()
            else:
                yield from _password(value)


def _forms(secret: str) -> Iterator[str]:
    """A secret, each of its lines, and what a URL adds to its host: a library may quote only a part."""
    yield secret.strip()
    yield from (line.strip() for line in secret.splitlines())
    yield from _password(secret.strip())
    if "://" in secret:
        path = secret.strip().split("://", 1)[1].partition("/")[2]
        yield path


def _password(url: str) -> Iterator[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)


def _content(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""  # what cannot be read cannot be told either
