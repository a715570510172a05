"""The stock sinks: repeats, failures, and text that wants to be more than text."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import json
import os
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from services.mail_catcher import MailCatcher

from forewarn.errors import BadSettings
from forewarn.plugins.api import DeliveryResult, Notification, Outcome, Sink, SinkSettings
from forewarn.plugins.loading import load_extensions

SINKS = load_extensions(strict=True).sinks
PASSWORD, SECRET, TOKEN = "env:MAIL_PASSWORD", "env:HOOK_SECRET", "file:token"
AT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def notification(event_id: str = "case created:CS0000001:7", **changes: Any) -> Notification:
    """A letter to Ann Avid, but for ``changes``."""
    fields: dict[str, Any] = {
        "event": "case created",
        "recipient": "Ann Avid",
        "subject": "Your case CS0000001",
        "body": "Dear Ann,\nwe found something.",
        "record": "CS0000001",
        "created_at": AT,
        "address": "ann@avid.example.com",
        "data": {"value": Decimal("1.50")},
    }
    return Notification(event_id, **fields | changes)


@pytest.fixture
def open_sink(tmp_path: Path) -> Iterator[Callable[..., Sink]]:
    """Open a sink of a site; it is closed when the test ends."""
    opened: list[Sink] = []

    def open_(kind: str, **options: Any) -> Sink:
        opened.append(SINKS[kind](SinkSettings("mine", {"kind": kind, **options}, tmp_path)))
        return opened[-1]

    yield open_
    for sink in opened:
        sink.close()


def outcomes(results: Any) -> dict[str, Outcome]:
    """The outcome of each event; a sink answers for each once."""
    assert len({one.event_id for one in results}) == len(results)
    return {one.event_id: one.outcome for one in results}


# console


def test_console_writes_some_lines_and_counts_the_rest(
    open_sink: Callable[..., Sink], capsys: pytest.CaptureFixture[str]
) -> None:
    """Three thousand letters do not bury what a person wants to see; standard output stays clean."""
    batch = [notification(str(number), subject=f"Number {number}") for number in range(3_000)]
    sink = open_sink("console", limit=2)
    for start in range(0, 3_000, 200):
        assert set(outcomes(sink.deliver(batch[start : start + 200])).values()) == {Outcome.DELIVERED}
    sink.close()
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "CS0000001  case created → Ann Avid <ann@avid.example.com>: Number 0",
        "CS0000001  case created → Ann Avid <ann@avid.example.com>: Number 1",
        "… and 2,998 more",
    ]


def test_console_does_not_let_text_steer_the_terminal(
    open_sink: Callable[..., Sink], capsys: pytest.CaptureFixture[str]
) -> None:
    """Escape sequences, line breaks and direction marks of a customer's words become spaces."""
    open_sink("console", stream="stdout").deliver([notification(subject="a\x1b[2Jb\nc\u202ed\x07")])
    out, _ = capsys.readouterr()
    assert out == "CS0000001  case created → Ann Avid <ann@avid.example.com>: a [2Jb c d \n"


# jsonl


def lines(path: Path) -> list[dict[str, Any]]:
    """What stands in a JSON lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_jsonl_writes_all_that_a_machine_wants(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """One object a line, under the site's folder, which is made if need be."""
    sink = open_sink("jsonl", path="out/sent.jsonl")
    assert outcomes(sink.deliver([notification()])) == {"case created:CS0000001:7": Outcome.DELIVERED}
    assert lines(tmp_path / "out" / "sent.jsonl") == [
        {
            "event_id": "case created:CS0000001:7",
            "event": "case created",
            "record": "CS0000001",
            "recipient": "Ann Avid",
            "address": "ann@avid.example.com",
            "subject": "Your case CS0000001",
            "body": "Dear Ann,\nwe found something.",
            "created_at": "2026-03-01T08:30:00+00:00",
            "data": {"value": "1.50"},
        }
    ]


@given(st.lists(st.lists(st.integers(0, 12), max_size=8), max_size=8), st.data())
def test_jsonl_writes_each_event_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[int]], data: st.DataObject
) -> None:
    """However batches overlap, and whichever of two processes delivers, the file holds each event once, in order."""
    root = tmp_path_factory.mktemp("site")
    sinks = [SINKS["jsonl"](SinkSettings("mine", {}, root)) for _ in range(2)]
    for batch in batches:
        data.draw(st.sampled_from(sinks)).deliver([notification(str(number)) for number in batch])
    written = [line["event_id"] for line in lines(root / "notifications.jsonl")] if batches else []
    assert written == list(dict.fromkeys(str(number) for batch in batches for number in batch))


def test_jsonl_mends_a_line_that_a_crash_cut_off(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """Half a line goes, the rest stays, and the event that was cut off is written whole."""
    path = tmp_path / "notifications.jsonl"
    open_sink("jsonl").deliver([notification("1"), notification("2")])
    whole = path.read_bytes()
    for cut in range(1, len(whole), 7):
        path.write_bytes(whole[:cut])
        open_sink("jsonl").deliver([notification("1"), notification("2")])
        assert path.read_bytes() == whole, cut


def test_jsonl_goes_on_when_its_file_is_rotated_or_emptied(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """What was learned of the old file does not count for the new one."""
    sink = open_sink("jsonl")
    path = tmp_path / "notifications.jsonl"
    sink.deliver([notification("1"), notification("2")])
    path.rename(tmp_path / "old.jsonl")
    sink.deliver([notification("1")])
    path.write_text("")
    sink.deliver([notification("3")])
    assert [line["event_id"] for line in lines(path)] == ["3"]


def test_jsonl_tries_again_where_it_cannot_write(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """A folder in the way is a reason to wait, with the path in it."""
    (tmp_path / "notifications.jsonl").mkdir()
    (result,) = open_sink("jsonl").deliver([notification()])
    assert result.outcome is Outcome.RETRY
    assert "notifications.jsonl: Is a directory" in str(result.reason)


def test_jsonl_leaves_nothing_of_a_batch_that_did_not_fit(
    open_sink: Callable[..., Sink], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full in the middle: the file is as before, and the batch is written when there is room."""
    sink = open_sink("jsonl")
    sink.deliver([notification("1")])
    before = (tmp_path / "notifications.jsonl").read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        (result,) = sink.deliver([notification("2")])
    assert (result.outcome, (tmp_path / "notifications.jsonl").read_bytes()) == (Outcome.RETRY, before)
    sink.deliver([notification("2")])
    assert [line["event_id"] for line in lines(tmp_path / "notifications.jsonl")] == ["1", "2"]


# eml


def mails(folder: Path) -> list[email.message.EmailMessage]:
    """The messages of a folder, read by the standard library."""
    return [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in sorted(folder.iterdir())
    ]


def test_eml_is_a_message_that_mail_programs_read(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """Names, subject and body come back as they were, whatever their letters."""
    sink = open_sink("eml", **{"from": "noc@example.com"})
    subject = "Störung ✓ " + "lang " * 40
    sink.deliver([notification(recipient='Jürgen, "J" Øst', subject=subject, body="Grüße\n.\nEnde")])
    (mail,) = mails(tmp_path / "outbox")
    assert mail["from"] == "noc@example.com"
    (to,) = mail["to"].addresses
    assert (to.display_name, to.addr_spec) == ('Jürgen, "J" Øst', "ann@avid.example.com")
    assert mail["subject"] == subject.strip()
    assert mail["date"].datetime == AT
    assert mail.get_content().splitlines() == ["Grüße", ".", "Ende"]
    assert mail["auto-submitted"] == "auto-generated"


def test_eml_repeats_write_the_same_file(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """One file an event, its bytes the same each time, and nothing half-written beside it."""
    for _ in range(2):
        open_sink("eml").deliver([notification()])
        (path,) = (tmp_path / "outbox").iterdir()
        content = path.read_bytes()
    open_sink("eml").deliver([notification()])
    assert path.read_bytes() == content


@given(st.lists(st.text(max_size=120), unique=True, min_size=1, max_size=6))
def test_eml_tells_event_ids_apart(tmp_path_factory: pytest.TempPathFactory, ids: list[str]) -> None:
    """No two event ids share a file, and none gets out of the folder."""
    root = tmp_path_factory.mktemp("site")
    sink = SINKS["eml"](SinkSettings("mine", {}, root))
    sink.deliver([notification(one) for one in [*ids, "../../up", "..", "a/b", "A_b"]])
    assert len(list((root / "outbox").iterdir())) == len({*ids, "../../up", "..", "a/b", "A_b"})
    assert [path.name for path in root.iterdir()] == ["outbox"]


BAD_ADDRESSES = [
    None, "", "ann", "ann@", "@example.com", "ann@exa mple.com", "ann@example.com\nBcc: eve@example.com", "a@b@c",
    "ann@example.com, eve@example.com", "Ann <ann@example.com>", "ann@example.com\r", "änn@example.com", "ann@-\udcff",
    "a" * 65 + "@example.com", "ann@example..com",
]  # fmt: skip


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_eml_refuses_who_cannot_be_written_to(
    address: str | None, open_sink: Callable[..., Sink], tmp_path: Path
) -> None:
    """With a reason, and without harm to the next in the batch."""
    results = open_sink("eml").deliver([notification("1", address=address), notification("2")])
    assert outcomes(results) == {"1": Outcome.REFUSED, "2": Outcome.DELIVERED}
    assert "address" in str(results[0].reason)
    assert len(list((tmp_path / "outbox").iterdir())) == 1


NASTY = st.text(st.characters() | st.sampled_from('\r\n\0\t\x0b\x0c\x1c\x85\u2028<>,;:"\\@=?'), max_size=200)


@given(NASTY, NASTY, NASTY, NASTY)
def test_no_text_adds_a_header(
    tmp_path_factory: pytest.TempPathFactory, recipient: str, subject: str, body: str, record: str
) -> None:
    """Whatever stands in the fields, the message has our headers and one recipient; or it is refused."""
    root = tmp_path_factory.mktemp("site")
    sink = SINKS["eml"](SinkSettings("mine", {}, root))
    (result,) = sink.deliver([notification(recipient=recipient, subject=subject, body=body, record=record)])
    if result.outcome is Outcome.REFUSED:
        return
    (path,) = (root / "outbox").iterdir()
    raw = path.read_bytes()
    head, _, _ = raw.partition(b"\r\n\r\n")
    names = [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in {b" ", b"\t"}]
    ours = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Forewarn-Record", "X-Forewarn-Event"]
    assert names[:8] == ours
    assert set(names[8:]) == {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert b"\n" not in head.replace(b"\r\n", b"")
    (mail,) = mails(root / "outbox")
    assert [one.addr_spec for one in mail["to"].addresses] == ["ann@avid.example.com"]


def test_eml_tries_again_where_it_cannot_write(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "outbox").write_text("in the way")
    (result,) = open_sink("eml").deliver([notification()])
    assert result.outcome is Outcome.RETRY
    assert "outbox" in str(result.reason)


# options

BAD_OPTIONS: Mapping[str, tuple[str, Mapping[str, Any], str]] = {
    "unknown": ("eml", {"form": "a@example.com"}, "there is no option 'form' (did you mean 'from'?)"),
    "not text": ("jsonl", {"path": 5}, "option 'path' must be text, not 5"),
    "empty": ("eml", {"directory": " "}, "option 'directory' must be text"),
    "not a number": ("console", {"limit": "10"}, "option 'limit' must be a whole number from 0 to 100000, not '10'"),
    "yes for a number": ("console", {"limit": True}, "option 'limit' must be a whole number"),
    "not a choice": ("console", {"stream": "printer"}, "option 'stream' must be one of stderr, stdout, not 'printer'"),
    "a header in the sender": ("eml", {"from": "a@example.com\nBcc: b@example.com"}, "holds a control character"),
    "not an address": ("eml", {"from": "the desk"}, "option 'from': 'the desk' is not an e-mail address"),
    "missing": ("webhook", {}, "needs the option 'url'"),
    "no server": ("smtp", {"from": "a@example.com"}, "needs the option 'host'"),
    "not a web address": ("webhook", {"url": "ftp://example.com"}, "option 'url' must start with https://"),
    "a password in the URL": ("webhook", {"url": "https://a:CANARY@example.com"}, "option 'url' holds a password"),
    "a secret that is no text": (
        "webhook",
        {"url": "https://example.com", "secret": 5},
        "a secret of one line",
    ),
    "a secret that is not set": (
        "webhook",
        {"url": "https://example.com", "token": "env:NO_SUCH_VARIABLE"},
        "the environment variable NO_SUCH_VARIABLE is not set",
    ),
    "a secret file that is not there": (
        "webhook",
        {"url": "https://example.com", "token": "file:no/such"},
        "option 'token': no/such cannot be read: No such file or directory",
    ),
    "a secret of two lines": (
        "webhook",
        {"url": "https://example.com", "token": "env:TWO_LINES"},
        "a secret of one line",
    ),
    "a user without a password": ("smtp", {"host": "h", "from": "a@example.com", "user": "u"}, "without a password"),
    "a password in the clear": (
        "smtp",
        {
            "host": "mail.example.com",
            "from": "a@example.com",
            "user": "u",
            "password": "env:CANARY",
            "security": "none",
        },
        "would send the password in the clear",
    ),
}


@pytest.mark.parametrize("what", BAD_OPTIONS)
def test_a_wrong_option_is_named(what: str, open_sink: Callable[..., Sink], monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the table, the option and the mend; never the secret."""
    monkeypatch.setenv("CANARY", "CANARY")
    monkeypatch.setenv("TWO_LINES", "CANARY\nCANARY")
    kind, options, message = BAD_OPTIONS[what]
    with pytest.raises(BadSettings) as caught:
        open_sink(kind, **options)
    assert message in str(caught.value)
    assert str(caught.value).startswith("forewarn.toml: [sinks.mine] ")
    assert "\n" not in str(caught.value)
    assert "CANARY" not in str(caught.value)


# smtp


class _MailServer(socketserver.ThreadingTCPServer):
    """A mail server that answers as ``script`` says: a mapping of command (or command and argument) to answer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, script: Mapping[str, str]) -> None:
        self.script = {"EHLO": "250-here\r\n250 AUTH PLAIN", "AUTH": "235 fine", "DATA": "354 go on", **script}
        self.received: list[tuple[str, bytes]] = []
        self.logins: list[str] = []
        super().__init__(("127.0.0.1", 0), _MailSession)


class _MailSession(socketserver.StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        recipient = ""
        self.say(self.server.script.get("hello", "220 here"))
        for raw in self.rfile:
            line = raw.decode().strip()
            verb = line.split()[0].upper()
            if verb == "AUTH":
                self.server.logins.append(line)
            if verb == "RCPT":
                recipient = line.partition(":")[2].strip("<>")
            answer = self.server.script.get(verb + line[4:], self.server.script.get(verb, "250 fine"))
            if answer == "hang up":
                return
            self.say(answer)
            if answer.startswith("354"):
                content = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    content += part
                self.server.received.append((recipient, content))
                self.say(self.server.script.get("content", "250 kept"))
            if verb == "QUIT":
                return

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")


@contextmanager
def serving(server: socketserver.TCPServer) -> Iterator[Any]:
    """Serve on loopback while the test runs."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def smtp(open_sink: Callable[..., Sink], server: _MailServer, **options: Any) -> Sink:
    """A sink that sends through ``server``."""
    options = {"host": "127.0.0.1", "port": server.server_address[1], "security": "none", **options}
    return open_sink("smtp", **{"from": "noc@example.com"}, **options)


def test_smtp_sends_what_eml_would_write(
    open_sink: Callable[..., Sink], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same message, one connection a batch, logged in once."""
    monkeypatch.setenv("MAIL_PASSWORD", "secret")
    with serving(_MailServer({})) as server:
        sink = smtp(open_sink, server, user="noc", password=PASSWORD)
        batch = [notification("1"), notification("2", address="bob@example.com"), notification("3", address=None)]
        assert outcomes(sink.deliver(batch)) == {
            "1": Outcome.DELIVERED,
            "2": Outcome.DELIVERED,
            "3": Outcome.REFUSED,
        }
        assert len(server.logins) == 1
    open_sink("eml", **{"from": "noc@example.com"}).deliver(batch[:1])
    (path,) = (tmp_path / "outbox").iterdir()
    assert server.received[0] == ("ann@avid.example.com", path.read_bytes())
    assert server.received[1][0] == "bob@example.com"
    assert "secret" not in repr(sink)


SMTP_ANSWERS = {
    "an unknown recipient is for good": ({"RCPT": "550 no such user"}, Outcome.REFUSED, "550 no such user"),
    "a full mailbox is tried again": ({"RCPT": "452 mailbox full"}, Outcome.RETRY, "452 mailbox full"),
    "refused content is for good": ({"content": "554 spam"}, Outcome.REFUSED, "554 spam"),
    "a busy server is tried again": ({"content": "451 later"}, Outcome.RETRY, "451 later"),
    "a wrong password waits for an admin": ({"AUTH": "535 no"}, Outcome.NEEDS_CREDENTIALS, "535 no"),
    "a login that is missing": ({"MAIL": "530 log in"}, Outcome.NEEDS_CREDENTIALS, "530 log in"),
    "a sender that is not ours": ({"MAIL": "550 not yours"}, Outcome.RETRY, "refuses the sender: 550 not yours"),
    "a server that is closing": ({"hello": "421 closing"}, Outcome.RETRY, "closing"),
    "a server that hangs up": ({"DATA": "hang up"}, Outcome.RETRY, "127.0.0.1: "),
}


@pytest.mark.parametrize("what", SMTP_ANSWERS)
def test_smtp_answers_mean_what_they_say(
    what: str, open_sink: Callable[..., Sink], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer of the server has one outcome, for every notification of the batch."""
    monkeypatch.setenv("MAIL_PASSWORD", "CANARY")
    script, outcome, reason = SMTP_ANSWERS[what]
    with serving(_MailServer(script)) as server:
        results = smtp(open_sink, server, user="noc", password=PASSWORD).deliver([notification("1"), notification("2")])
    assert outcomes(results) == {"1": outcome, "2": outcome}
    assert all(reason in str(result.reason) for result in results)
    assert "CANARY" not in str(results)


def test_smtp_keeps_what_was_sent_before_the_server_went_away(open_sink: Callable[..., Sink]) -> None:
    """Only the rest of the batch is tried again."""
    with serving(_MailServer({"RCPT TO:<bob@example.com>": "hang up"})) as server:
        results = smtp(open_sink, server).deliver(
            [notification("1"), notification("2", address="bob@example.com"), notification("3")]
        )
    assert outcomes(results) == {"1": Outcome.DELIVERED, "2": Outcome.RETRY, "3": Outcome.RETRY}


def test_smtp_does_not_fall_back_to_the_clear(open_sink: Callable[..., Sink]) -> None:
    """A server without STARTTLS gets nothing where the settings ask for it."""
    with serving(_MailServer({})) as server:
        results = smtp(open_sink, server, security="starttls").deliver([notification("1")])
    assert outcomes(results) == {"1": Outcome.RETRY}
    assert server.received == []


def test_a_server_that_is_not_there_is_tried_again(open_sink: Callable[..., Sink]) -> None:
    """Nothing listens: both network sinks say so."""
    with socketserver.TCPServer(("127.0.0.1", 0), _MailSession) as free:
        port = free.server_address[1]
    mail = open_sink("smtp", host="127.0.0.1", port=port, security="none", **{"from": "noc@example.com"})
    hook = open_sink("webhook", url=f"http://127.0.0.1:{port}/")
    for sink in (mail, hook):
        results = sink.deliver([notification("1"), notification("2")])
        assert outcomes(results) == {"1": Outcome.RETRY, "2": Outcome.RETRY}
        assert "refused" in str(results[0].reason)


# webhook


class _WebServer(ThreadingHTTPServer):
    """A web server that answers each request with ``status`` and ``headers``, and keeps what it got."""

    daemon_threads = True

    def __init__(self, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.headers = headers or {}
        self.requests: list[tuple[Mapping[str, str], bytes]] = []
        self.connections = 0
        super().__init__(("127.0.0.1", 0), _WebSession)


class _WebSession(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _WebServer

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((dict(self.headers), body))
        self.send_response(self.server.status)
        for name, value in {"Content-Length": "2", **self.server.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


def hook(open_sink: Callable[..., Sink], server: _WebServer, **options: Any) -> Sink:
    """A sink that posts to ``server``."""
    return open_sink("webhook", url=f"http://127.0.0.1:{server.server_address[1]}/in", **options)


def test_webhook_posts_signed_documents(
    open_sink: Callable[..., Sink], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document is that of jsonl; the signature is what a receiver works out; one connection does."""
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    (tmp_path / "token").write_text("t0ken\n")
    with serving(_WebServer()) as server:
        sink = hook(open_sink, server, secret=SECRET, token=TOKEN)
        batch = [notification("case created:1"), notification("ünï\n")]
        assert set(outcomes(sink.deliver(batch)).values()) == {Outcome.DELIVERED}
        assert "s3cret" not in repr(sink)
        assert "t0ken" not in repr(sink)
        sink.close()
    assert server.connections == 1
    (headers, body), (other, _) = server.requests
    open_sink("jsonl").deliver(batch)
    assert json.loads(body) == lines(tmp_path / "notifications.jsonl")[0]
    assert headers["Idempotency-Key"] == "case created:1"
    assert other["Idempotency-Key"].isalnum()
    assert headers["Authorization"] == "Bearer t0ken"
    at, signed = (part.partition("=")[2] for part in headers["Forewarn-Signature"].split(","))
    assert hmac.new(b"s3cret", at.encode() + b"." + body, hashlib.sha256).hexdigest() == signed


HTTP_ANSWERS: Mapping[str, tuple[int, Mapping[str, str], Outcome, timedelta | None]] = {
    "no content": (204, {"Content-Length": "0"}, Outcome.DELIVERED, None),
    "gone": (410, {}, Outcome.REFUSED, None),
    "not understood": (422, {}, Outcome.REFUSED, None),
    "unauthorised": (401, {}, Outcome.NEEDS_CREDENTIALS, None),
    "forbidden": (403, {}, Outcome.NEEDS_CREDENTIALS, None),
    "too many": (429, {"Retry-After": "120"}, Outcome.RETRY, timedelta(seconds=120)),
    "too many, for a year": (429, {"Retry-After": "31536000"}, Outcome.RETRY, timedelta(days=1)),
    "too many, until then": (503, {"Retry-After": "Sun, 06 Nov 1994 08:49:37 GMT"}, Outcome.RETRY, timedelta()),
    "too many, nonsense": (503, {"Retry-After": "soon"}, Outcome.RETRY, None),
    "broken": (500, {}, Outcome.RETRY, None),
    "elsewhere": (302, {"Location": "http://127.0.0.1:1/"}, Outcome.REFUSED, None),
}


@pytest.mark.parametrize("what", HTTP_ANSWERS)
def test_webhook_answers_mean_what_they_say(what: str, open_sink: Callable[..., Sink]) -> None:
    """Each status has one outcome, and the wait that the other side asks for is heeded within a day."""
    status, headers, outcome, wait = HTTP_ANSWERS[what]
    with serving(_WebServer(status, headers)) as server:
        sink = hook(open_sink, server)
        (result,) = sink.deliver([notification("1")])
        sink.close()
    assert (result.outcome, result.retry_after) == (outcome, wait)
    assert (result.outcome is Outcome.DELIVERED) or str(status) in str(result.reason)


def test_webhook_does_not_wait_for_an_endless_answer(open_sink: Callable[..., Sink]) -> None:
    """The status line is the answer: what comes after it, if ever, is not read."""
    with serving(_WebServer(200, {"Content-Length": "99999999999"})) as server:
        sink = hook(open_sink, server, timeout=1)
        assert sink.deliver([notification("1")]) == [DeliveryResult("1", Outcome.DELIVERED)]
        sink.close()


# slack


class _Channel(BaseHTTPRequestHandler):
    """Keeps what is posted, and answers with the server's status."""

    def do_POST(self) -> None:
        self.server.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


def channel(status: int) -> Any:
    """A chat service on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Channel)
    vars(server).update(posted=[], status=status)
    return server


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (400, Outcome.REFUSED),
        (403, Outcome.NEEDS_CREDENTIALS),
        (404, Outcome.NEEDS_CREDENTIALS),
        (410, Outcome.NEEDS_CREDENTIALS),
        (429, Outcome.RETRY),
        (500, Outcome.RETRY),
    ],
)
def test_slack_posts_to_the_channel_behind_a_secret_url(
    open_sink: Callable[..., Sink], monkeypatch: pytest.MonkeyPatch, status: int, outcome: Outcome
) -> None:
    """The URL comes from its reference; a webhook that was taken back waits for an admin; text is no mark-up."""
    with serving(channel(status)) as server:
        monkeypatch.setenv("CHAT_URL", f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0/canary")
        sink = open_sink("slack", url="env:CHAT_URL")
        (result,) = sink.deliver([notification(subject="hey <!channel> & all")])
    assert result.outcome is outcome
    assert "canary" not in f"{result.reason} {sink!r}"
    (posted,) = server.posted
    assert posted["text"].startswith("*CS0000001* hey &lt;!channel&gt; &amp; all\n")
    assert "Dear Ann,\nwe found something." in posted["text"]


def test_slack_needs_its_url(open_sink: Callable[..., Sink]) -> None:
    """The table and the option are named."""
    with pytest.raises(BadSettings, match=r"\[sinks.mine\] needs the option 'url'"):
        open_sink("slack")


def test_eml_answers_for_an_event_that_comes_twice_in_a_batch(open_sink: Callable[..., Sink], tmp_path: Path) -> None:
    """One file, and an answer for each place in the batch."""
    results = open_sink("eml").deliver([notification("1"), notification("1"), notification("2")])
    assert [one.outcome for one in results] == [Outcome.DELIVERED] * 3
    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == ["1.eml", "2.eml"]


def test_eml_gives_no_file_its_name_before_its_content_is_safe(
    open_sink: Callable[..., Sink], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the disk does not take a file, that one alone is tried again and nothing of it is left."""
    real = os.fsync

    def fsync(handle: int) -> None:
        if Path(os.readlink(f"/proc/self/fd/{handle}")).name.startswith("2."):
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    batch = [notification(str(number), subject=f"Number {number}") for number in range(4)]
    results = outcomes(open_sink("eml").deliver(batch))
    assert {event for event, outcome in results.items() if outcome is Outcome.RETRY} == {"2"}
    assert sorted(path.name for path in (tmp_path / "outbox").iterdir()) == ["0.eml", "1.eml", "3.eml"]


# against a mail server that is not ours

IN_THE_CLEAR = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


@pytest.fixture
def catcher() -> Iterator[MailCatcher]:
    """A mail server that asks for a log-in and keeps what it is sent."""
    one = MailCatcher(login=("forewarn", "right"))
    yield one
    one.close()


@IN_THE_CLEAR
def test_smtp_mails_are_caught_as_they_were_meant(
    catcher: MailCatcher, open_sink: Callable[..., Sink], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server written by others takes our log-in, our envelopes and our text, whatever letters it has."""
    monkeypatch.setenv("MAIL_PASSWORD", "right")
    catcher.answer = lambda recipient: "550 no such user" if recipient.startswith("nobody@") else None
    options = {"host": "127.0.0.1", "port": catcher.port, "security": "none", "from": "noc@example.com"}
    sink = open_sink("smtp", user="forewarn", password=PASSWORD, **options)
    body = "Grüße aus 東京,\n.\n.. two dots\nFrom here on all is well.\n" + "long " * 400
    batch = [
        notification("a", body=body, subject="Störung: CS0000001"),
        notification("b", address="nobody@example.com"),
        notification("c", recipient="Bo", address="bo@example.com"),
    ]
    assert outcomes(sink.deliver(batch)) == {
        "a": Outcome.DELIVERED,
        "b": Outcome.REFUSED,
        "c": Outcome.DELIVERED,
    }
    first, second = catcher.caught
    assert (first.sender, first.recipients) == ("noc@example.com", ("ann@avid.example.com",))
    assert first.message["Subject"] == "Störung: CS0000001"
    assert first.message.get_content().replace("\r\n", "\n").rstrip("\n") == body.rstrip("\n")
    assert second.recipients == ("bo@example.com",)
    assert first.message["Message-ID"] != second.message["Message-ID"]


@IN_THE_CLEAR
def test_smtp_asks_for_credentials_where_the_server_wants_others(
    catcher: MailCatcher, open_sink: Callable[..., Sink], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong password and none at all wait for an admin; nothing is sent."""
    monkeypatch.setenv("MAIL_PASSWORD", "wrong")
    options = {"host": "127.0.0.1", "port": catcher.port, "security": "none", "from": "noc@example.com"}
    for login in ({"user": "forewarn", "password": PASSWORD}, {}):
        (result,) = open_sink("smtp", **options, **login).deliver([notification()])
        assert result.outcome is Outcome.NEEDS_CREDENTIALS
    assert catcher.caught == []
