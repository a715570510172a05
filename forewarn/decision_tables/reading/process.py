"""Reads untrusted workbooks in a child process with bounds on memory, time, size and answer."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

import forewarn
from forewarn.decision_tables.grid import CellError
from forewarn.decision_tables.reading.limits import STANDARD, Limits
from forewarn.decision_tables.reading.sheets import Sheet, WorkbookContent, sheet_from_message
from forewarn.errors import Place, UnreadableWorkbook

_CLOCK_FACTOR = 3


def read_content(path: Path, limits: Limits = STANDARD) -> bytes:
    """The bytes of a workbook file.

    Raises `UnreadableWorkbook`: missing, a folder, not permitted, locked, too large.
    """
    place = Place(workbook=path.name)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnreadableWorkbook("it is a folder, not a workbook", place=place)
        if not stat.S_ISREG(mode):
            # Opening a pipe or a device may wait for ever.
            raise UnreadableWorkbook("it is not a file but a pipe or device", place=place)
        with path.open("rb") as stream:
            content = stream.read(limits.file_bytes + 1)
    except FileNotFoundError as error:
        raise UnreadableWorkbook("there is no such file", place=place, hint=f"looked for {path}") from error
    except PermissionError as error:
        raise UnreadableWorkbook(
            "it may not be read, or another program has locked it",
            place=place,
            hint="close it there, or allow reading",
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableWorkbook(f"it cannot be read: {error}", place=place) from error
    if len(content) > limits.file_bytes:
        raise UnreadableWorkbook(
            f"it is larger than the {limits.file_bytes // (1024 * 1024)} MB allowed",
            place=place,
            hint="split the workbook, or delete pictures and unused sheets",
        )
    return content


class ReadingProcess:
    """A child process that reads workbooks, one after another; started at the first file, closed with ``with``.

    A file that kills the process or runs out of time is refused by itself: the next file gets a new process.
    """

    def __init__(self, limits: Limits = STANDARD) -> None:
        self.limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._files_read = 0

    def __enter__(self) -> ReadingProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child process, if one runs."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        _close_pipes(process)
        process.wait()

    def read(self, name: str, content: bytes) -> WorkbookContent:
        """Read one workbook by its content; ``name`` is for messages, and its suffix tells delimited text.

        Raises `UnreadableWorkbook` with the reason: encrypted, damaged, not a workbook, too large, too slow.
        """
        used_before = self._files_read > 0
        try:
            return self._read(name, content)
        except _OutOfMemory as error:
            if not used_before:
                raise error.refusal from None
        # What earlier files left behind in the process's memory is not this file's fault.
        self.close()
        try:
            return self._read(name, content)
        except _OutOfMemory as error:
            raise error.refusal from None

    def _read(self, name: str, content: bytes) -> WorkbookContent:
        if self._process is None:
            self._process = _start()
            self._files_read = 0
        process = self._process
        self._files_read += 1
        timed_out = threading.Event()

        def stop() -> None:
            timed_out.set()
            process.kill()

        watchdog = threading.Timer(self.limits.seconds * _CLOCK_FACTOR, stop)
        watchdog.start()
        try:
            _send(process, name, content, self.limits)
            return _receive(process, name, self.limits)
        except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as error:
            # A process that a hostile file has taken over may answer anything.
            self.close()
            raise UnreadableWorkbook(
                "the process that reads workbooks gave nonsense", place=Place(workbook=name)
            ) from error
        except _Died:
            self.close()
            if timed_out.is_set() or process.returncode == -signal.SIGXCPU:
                raise UnreadableWorkbook(
                    f"reading it took more than {self.limits.seconds:g} seconds",
                    place=Place(workbook=name),
                    hint="save it again from the spreadsheet program, without unused sheets and formats",
                ) from None
            raise _OutOfMemory(_memory_refusal(name, self.limits)) from None
        finally:
            watchdog.cancel()


class _Died(Exception):
    """The child process ended before its answer did."""


class _OutOfMemory(Exception):
    def __init__(self, refusal: UnreadableWorkbook) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _memory_refusal(name: str, limits: Limits) -> UnreadableWorkbook:
    return UnreadableWorkbook(
        f"reading it failed within {limits.memory_bytes // (1024 * 1024)} MB of memory: it is too large or damaged",
        place=Place(workbook=name),
        hint="delete unused sheets, rows and pictures, and save it again",
    )


def _start() -> subprocess.Popen[bytes]:
    root = str(Path(forewarn.__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH")) if part)
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "forewarn.decision_tables.reading.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert process.stdout is not None  # noqa: S101 - opened with a pipe
    if process.stdout.readline() != b"ready\n":
        process.kill()
        _close_pipes(process)
        raise UnreadableWorkbook(
            f"the process that reads workbooks does not start (exit code {process.wait()})",
            hint=f"run {sys.executable} -m forewarn.decision_tables.reading.child to see why",
        )
    return process


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                # What was still to be written has no reader any more.
                continue


def _send(process: subprocess.Popen[bytes], name: str, content: bytes, limits: Limits) -> None:
    assert process.stdin is not None  # noqa: S101 - opened with a pipe
    request = {"name": name, "length": len(content), "limits": asdict(limits)}
    try:
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.write(content)
        process.stdin.flush()
    except BrokenPipeError as error:
        raise _Died from error


def _receive(process: subprocess.Popen[bytes], name: str, limits: Limits) -> WorkbookContent:
    sheets: list[Sheet] = []
    for message in _messages(process, name, limits):
        if "sheet" in message:
            sheets.append(sheet_from_message(name, message))
        elif "refused" in message:
            refused = message["refused"]
            if "memory" in refused["reason"]:
                raise _OutOfMemory(_memory_refusal(name, limits))
            raise UnreadableWorkbook(refused["reason"], place=Place(workbook=name), hint=refused["hint"])
        else:
            done = message["done"]
            return WorkbookContent(name, tuple(sheets), bool(done["macros"]), bool(done["external_links"]))
    raise _Died


def _messages(process: subprocess.Popen[bytes], name: str, limits: Limits) -> Iterator[Mapping[str, Any]]:
    assert process.stdout is not None  # noqa: S101 - opened with a pipe
    left = limits.answer_bytes
    while line := process.stdout.readline(left + 1):
        left -= len(line)
        if left < 0:
            process.kill()
            raise UnreadableWorkbook("its content is too large", place=Place(workbook=name), hint="split the workbook")
        if not line.endswith(b"\n"):
            return
        yield json.loads(line, parse_float=Decimal, parse_int=Decimal, parse_constant=CellError)
