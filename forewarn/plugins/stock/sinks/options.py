"""The options of a ``[sinks.NAME]`` table, read strictly: each fault names the table and the option."""

from __future__ import annotations

import os
from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from forewarn.errors import BadSettings, Place
from forewarn.plugins.api import SinkSettings

SETTINGS_FILE = "forewarn.toml"


class Options:
    """The options of one sink. ``known`` are the names that it understands, ``kind`` apart."""

    def __init__(self, settings: SinkSettings, known: Collection[str]) -> None:
        self._table = f"[sinks.{settings.name}]"
        self._values = {name: value for name, value in settings.options.items() if name != "kind"}
        self._root = settings.site_root
        for name in self._values:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = (
                    f"did you mean {near[0]!r}?" if near else f"its options are: {', '.join(sorted(known)) or 'none'}"
                )
                raise self.fault(f"there is no option {name!r}", hint=hint)

    def fault(self, message: str, *, hint: str | None = None) -> BadSettings:
        """An error that names this table."""
        return BadSettings(f"{self._table} {message}", place=Place(SETTINGS_FILE), hint=hint)

    def text(self, name: str, default: str | None = None) -> str:
        """A text; without ``default`` it must be given."""
        value = self._values.get(name, default)
        if value is None:
            raise self.fault(f"needs the option {name!r}", hint=f'write {name} = "…"')
        if not isinstance(value, str) or not value.strip():
            raise self.fault(f"option {name!r} must be text, not {value!r}", hint=f'write {name} = "…"')
        if any(ord(character) < 32 for character in value):
            raise self.fault(f"option {name!r} holds a control character")
        return value.strip()

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        """A whole number between ``least`` and ``most``."""
        value = self._values.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.fault(f"option {name!r} must be a whole number from {least} to {most}, not {value!r}")
        return value

    def choice(self, name: str, default: str, choices: Collection[str]) -> str:
        """One of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            raise self.fault(f"option {name!r} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def path(self, name: str, default: str) -> Path:
        """A path; a relative one is under the site's folder."""
        return self._root / Path(self.text(name, default)).expanduser()

    def given(self, name: str) -> bool:
        """Whether the option stands in the table."""
        return name in self._values

    def secret(self, name: str) -> str | None:
        """A secret, by its reference ``env:NAME`` or ``file:PATH`` or as it is; ``None`` where it is not given.

        No error shows it.
        """
        if name not in self._values:
            return None
        reference = self._values[name]
        kind, _, rest = reference.partition(":") if isinstance(reference, str) else ("", "", "")
        try:
            if kind == "env":
                secret = os.environ[rest]
            elif kind == "file":
                secret = (self._root / Path(rest).expanduser()).read_text("utf-8")
            else:
                secret = reference if isinstance(reference, str) else ""
        except KeyError:
            raise self.fault(f"option {name!r}: the environment variable {rest} is not set") from None
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise self.fault(f"option {name!r}: {rest} cannot be read: {why}") from None
        if not secret.strip() or not secret.strip().isprintable():
            raise self.fault(f"option {name!r} must be a secret of one line", hint=f'write {name} = "env:NAME"')
        return secret.strip()
