"""Message files as they stand on disk: front matter, body, and where each line is.

A file is ``KEY.md``. It may start with front matter, plain ``name: value`` lines between two lines ``---``; the
rest is the body::

    ---
    flow: Network Initiated Link Failure - L1
    subject: Case {{ case.number }}
    ---
    Dear {{ contact.name }}, ...
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from forewarn.errors import Finding, Place, Severity

LARGEST_FILE = 64 * 1024
FRONT_MATTER = ("subject", "flow", "about")
"""What front matter may say: the subject of a letter, the flow that posts the message, a word on what it is for."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One message file. ``subject_line`` and ``body_line`` are the lines (from 1) where these start in the file.

    A file with an error among its ``faults`` cannot be rendered.
    """

    key: str
    path: Path
    shown: str
    language: str | None
    subject: str | None = None
    flow: str | None = None
    subject_line: int = 1
    flow_line: int = 1
    body: str = ""
    body_line: int = 1
    faults: tuple[Finding, ...] = ()

    def place(self, line: int | None = None) -> Place:
        """The file, and the line where one is known."""
        return Place(self.shown, cell=None if line is None else f"line {line}")


def message_files(directory: Path) -> Iterator[MessageFile]:
    """The message files of a directory and of its sub-folders named like a language (``de``, ``pt-BR``), by key.

    Names that start with an underscore or a dot, and ``README.md``, are not messages. A directory that is not there
    has none.
    """
    if not directory.is_dir():
        return
    languages = sorted(one for one in directory.iterdir() if one.is_dir() and _LANGUAGE.fullmatch(one.name))
    for folder in [directory, *languages]:
        language = None if folder is directory else folder.name
        for path in sorted(folder.glob("*.md")):
            if not path.name.startswith(("_", ".")) and path.name != "README.md":
                shown = "/".join([directory.name, *path.relative_to(directory).parts])
                yield _read(path, shown, language)


def _read(path: Path, shown: str, language: str | None) -> MessageFile:
    """Read one file; what is wrong with it becomes its faults."""
    key = path.stem
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            fault = f"the file has {size} bytes, a message has at most {LARGEST_FILE}"
            return MessageFile(key, path, shown, language, faults=(_unreadable(shown, fault),))
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        return MessageFile(key, path, shown, language, faults=(_unreadable(shown, error.strerror or str(error)),))
    except UnicodeDecodeError as error:
        fault = f"byte {error.start + 1} is not UTF-8 text"
        return MessageFile(key, path, shown, language, faults=(_unreadable(shown, fault),))
    return _split(key, path, shown, language, text.replace("\r\n", "\n").split("\n"))


def _unreadable(shown: str, why: str) -> Finding:
    return Finding("FW601", Severity.ERROR, f"this message cannot be read: {why}", Place(shown))


def _split(key: str, path: Path, shown: str, language: str | None, lines: list[str]) -> MessageFile:
    """Part front matter and body."""
    if lines[0].rstrip() != "---":
        return MessageFile(key, path, shown, language, body="\n".join(lines))
    faults: list[Finding] = []
    values: dict[str, tuple[str, int]] = {}
    end = next((number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"), None)
    if end is None:
        fault = Finding("FW602", Severity.ERROR, "the front matter has no end", Place(shown, cell="line 1"))
        hint = "put a line --- after its last line"
        return MessageFile(key, path, shown, language, faults=(_with_hint(fault, hint),))
    for number, line in enumerate(lines[1:end], start=2):
        if not line.strip():
            continue
        name, colon, value = (part.strip() for part in line.partition(":"))
        place = Place(shown, cell=f"line {number}")
        if not colon or name not in FRONT_MATTER:
            near = get_close_matches(name, FRONT_MATTER, n=1)
            message = f"front matter has no {name!r}" if colon else f"not a line of front matter: {line.strip()!r}"
            faults.append(
                Finding(
                    "FW602",
                    Severity.ERROR,
                    message,
                    place,
                    text=line.strip(),
                    hint=f"write one of {', '.join(f'{one}: …' for one in FRONT_MATTER)}",
                    suggestion=near[0] if near else None,
                )
            )
        elif name in values:
            faults.append(Finding("FW602", Severity.ERROR, f"{name!r} stands twice in the front matter", place))
        elif value:
            values[name] = (value, number)
    subject, subject_line = values.get("subject", (None, 1))
    flow, flow_line = values.get("flow", (None, 1))
    return MessageFile(
        key,
        path,
        shown,
        language,
        subject=subject,
        flow=flow,
        subject_line=subject_line,
        flow_line=flow_line,
        body="\n".join(lines[end + 1 :]),
        body_line=end + 2,
        faults=tuple(faults),
    )


def _with_hint(finding: Finding, hint: str) -> Finding:
    return Finding(finding.code, finding.severity, finding.message, finding.place, hint=hint)
