"""Reading and writing an owner's file: refused while it is open elsewhere, and written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from forewarn.decision_tables.reading.limits import STANDARD
from forewarn.decision_tables.reading.process import read_content
from forewarn.errors import ForewarnError, Place, Refused


def content_of(source: Path | bytes) -> bytes:
    """The bytes of a file. Raises `UnreadableWorkbook`."""
    return source if isinstance(source, bytes) else read_content(source, STANDARD)


def refuse_open(path: Path) -> None:
    """Raise `Refused` where a spreadsheet program has the file open: it would write over what is changed here."""
    for lock in (path.with_name(f"~${path.name}"), path.with_name(f".~lock.{path.name}#")):
        if lock.exists():
            raise Refused(
                f"the file is open in a spreadsheet program: {lock.name} lies beside it",
                place=Place(workbook=str(path)),
                hint="close it there, or delete that file if nobody has it open",
            )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is seen whole or not at all; one that is there keeps its permissions.

    Raises `Refused` where the file is open elsewhere, `ForewarnError` where it cannot be written.
    """
    refuse_open(path)
    # A link stays a link: what it leads to is replaced.
    path = path.resolve()
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(temporary, path.stat().st_mode & 0o7777 if path.exists() else 0o666 & ~_umask())
        os.replace(temporary, path)
    except OSError as error:
        raise ForewarnError(
            f"cannot be written: {error.strerror}",
            place=Place(workbook=str(path)),
            hint="name another file",
        ) from error
    finally:
        if temporary is not None:
            with suppress(FileNotFoundError):
                os.unlink(temporary)


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
