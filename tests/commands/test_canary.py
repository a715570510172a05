"""A secret that is planted behind every reference comes out nowhere, whatever fails."""

from __future__ import annotations

import logging
import socket
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import Result

from tests.commands.conftest import call

CANARY = "kanarien-Vogel/73%+x"
"""With characters that a URL must write otherwise: that form must not come out either."""

PLUGIN = '''
import logging
import os
from forewarn.plugins.api import DeliveryResult, Outcome
from forewarn.plugins.hookspecs import hookimpl


class Chatty:
    """Says its key in all that it answers and raises."""

    def __init__(self, key, how):
        self.key = key
        self.how = how

    def deliver(self, batch):
        if self.how == "raises":
            raise ConnectionError(f"cannot log in with {self.key}")
        return [DeliveryResult(one.event_id, Outcome(self.how), f"not with {self.key}") for one in batch]

    def close(self):
        raise OSError(f"{self.key} is still open")


def open_chatty(settings):
    key = os.environ[settings.options["api_key"].removeprefix("env:")]
    if settings.options["how"] == "opens not":
        raise ValueError(f"{key} is no key")
    return Chatty(key, settings.options["how"])


@hookimpl
def forewarn_sinks():
    return {"chatty": open_chatty}
'''

SETTINGS = """
[sinks.hook]
kind = "webhook"
url = "http://127.0.0.1:{answering}/hook"
secret = "env:CANARY"
token = "file:canary.txt"

[sinks.dead_hook]
kind = "webhook"
url = "http://127.0.0.1:{closed}/hook"
secret = "file:canary.txt"
token = "env:CANARY"

[sinks.hook_behind_a_reference]
kind = "webhook"
url = "env:CANARY_URL"

[sinks.chat]
kind = "slack"
url = "env:CANARY_URL"

[sinks.dead_chat]
kind = "slack"
url = "env:CANARY_DEAD_URL"

[sinks.bad_chat]
kind = "slack"
url = "env:CANARY"

[sinks.post]
kind = "smtp"
host = "127.0.0.1"
port = {closed}
security = "none"
from = "noc@example.com"
user = "noc"
password = "env:CANARY"

[sinks.post_in_the_clear]
kind = "smtp"
host = "mail.invalid"
security = "none"
from = "noc@example.com"
user = "noc"
password = "file:canary.txt"

[sinks.written_down]
kind = "chatty"
api_key = "env:CANARY"
how = "raises"

[sinks.refuses]
kind = "chatty"
api_key = "env:CANARY"
how = "refused"

[sinks.later]
kind = "chatty"
api_key = "env:CANARY"
how = "retry"

[sinks.locked]
kind = "chatty"
api_key = "env:CANARY"
how = "needs credentials"

[sinks.opens_not]
kind = "chatty"
api_key = "env:CANARY"
how = "opens not"

[sinks.odd]
kind = "smtp"
password = "{canary}"
hosst = "x"

[sinks.unset]
kind = "webhook"
url = "http://127.0.0.1:{closed}/"
secret = "env:NOT_SET"
"""


class _Refusing(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500, f"no {self.path} {self.headers.get('Authorization')}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture
def planted(worked: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A site whose every reference holds the canary."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Refusing) as server, socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = unused.getsockname()[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("CANARY", CANARY)
        monkeypatch.setenv("CANARY_URL", f"http://127.0.0.1:{server.server_address[1]}/services/{quote(CANARY)}")
        monkeypatch.setenv("CANARY_DEAD_URL", f"http://127.0.0.1:{closed}/services/{quote(CANARY)}")
        (worked / "canary.txt").write_text(CANARY + "\n")
        (worked / "plugins" / "chatty.py").write_text(PLUGIN)
        text = SETTINGS.format(answering=server.server_address[1], closed=closed, canary=CANARY)
        with (worked / "forewarn.toml").open("a") as file:
            file.write(text)
        yield worked
        server.shutdown()
        thread.join()


def forms() -> set[str]:
    """The canary, and as URLs and JSON write it."""
    return {CANARY, quote(CANARY), quote(CANARY, safe=""), CANARY.split("/", maxsplit=1)[0]}


def spoken(result: Result) -> str:
    """All that a command lets out, its traceback if it has one included."""
    trace = "".join(traceback.format_exception(*result.exc_info)) if result.exc_info else ""
    return result.output + result.stderr + trace


def test_the_canary_is_silent(planted: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Commands, their JSON, tracebacks, logs at every level, the database and every file that is written."""
    caplog.set_level(logging.DEBUG)
    on = ("--site", planted)
    told = [spoken(call("case", "comment", "CS0000002", "news", *on))]
    for json in ((), ("--json",)):
        told += [spoken(call("deliver", *on, *json)), spoken(call("sinks", "list", *on, *json))]
        told.append(spoken(call("plugins", "list", *on, *json)))
    for name in ("hook", "dead_hook", "chat", "dead_chat", "bad_chat", "post", "written_down", "refuses", "odd"):
        told += [spoken(call("sinks", "replay", name, *on)), spoken(call("sinks", "test", name, *on, "--json"))]
    told.append(spoken(call("check", planted, "--format", "json")))
    told.append(spoken(call("case", "show", "CS0000002", *on, "--json")))
    everything = "\n".join([*told, caplog.text])
    # Each of them failed, and said so: a test in which nothing is said proves nothing.
    for sign in (
        "cannot log in with ***",
        "not with ***",
        "*** is no key",
        "answered 500",
        "no answer",
        "Connection refused",
    ):
        assert sign in everything, sign
    written = b"".join(path.read_bytes() for path in planted.rglob("*") if path.is_file() and path.name not in SOURCES)
    assert b"cannot log in with" in written
    for form in forms():
        assert form not in everything, everything[max(0, everything.find(form) - 300) :][:600]
        assert form.encode() not in written


SOURCES = ("canary.txt", "forewarn.toml", "chatty.py")
"""Where the canary was planted."""


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://noc:{}@127.0.0.1:1/forewarn", "oracle://noc:{}@db/x", "no url {}"]
)
def test_the_password_of_a_database_is_silent(
    site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, url: str
) -> None:
    """A database that cannot be opened is an error without its password, by reference or written down."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("DATABASE", url.format(quote(CANARY, safe="")))
    settings = (site / "forewarn.toml").read_text()
    for reference in ("env:DATABASE", url.format(quote(CANARY, safe=""))):
        (site / "forewarn.toml").write_text(settings.replace("sqlite:///forewarn.db", reference))
        result = call("incident", "list", "--site", site)
        assert result.exit_code == 2, result.output
        for form in forms():
            assert form not in result.output + result.stderr + caplog.text
