"""Sink ``smtp``: notifications as e-mail through a mail server.

Options: ``host``, ``from`` (both needed), ``security`` (``starttls``, ``tls`` or ``none``), ``port`` (587, 465 or 25,
by security), ``user``, ``password`` (``env:NAME`` or ``file:PATH``), ``timeout`` (10 seconds for each answer of the
server). One connection a batch; a repeat has the same Message-ID.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.headerregistry import Address

from forewarn.plugins.api import DeliveryResult, Notification, Outcome, SinkSettings
from forewarn.plugins.stock.sinks.mail import Unaddressable, address_of, email_bytes, sender_of
from forewarn.plugins.stock.sinks.options import Options

PORTS = {"starttls": 587, "tls": 465, "none": 25}
LONGEST_BATCH = 60.0
"""Seconds after which the rest of a batch is left for later: a slow server must not hold the other sinks."""
CREDENTIALS_WANTED = frozenset({530, 534, 535, 538})
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class SmtpSink:
    """Sends from ``sender`` through ``host``."""

    host: str
    port: int
    security: str
    sender: Address
    user: str | None
    password: str | None = field(repr=False)
    timeout: int = 10

    def deliver(self, batch: Sequence[Notification]) -> Sequence[DeliveryResult]:
        """Send the batch; what was not tried because the server went away is tried again later."""
        done: dict[str, DeliveryResult] = {}
        try:
            with self._session() as session:
                ends = time.monotonic() + LONGEST_BATCH
                for notification in batch:
                    if time.monotonic() > ends:
                        raise TimeoutError(f"{self.host} took longer than {LONGEST_BATCH:.0f} s for a batch")
                    done[notification.event_id] = self._send(session, notification)
        except smtplib.SMTPAuthenticationError as error:
            return _with_rest(batch, done, Outcome.NEEDS_CREDENTIALS, _answer(error))
        except (OSError, smtplib.SMTPException) as error:
            return _with_rest(batch, done, Outcome.RETRY, f"{self.host}: {error or type(error).__name__}")
        return list(done.values())

    def close(self) -> None:
        """Nothing to let go of: the connection ends with the batch."""

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A session with the server, encrypted and logged in as the options ask."""
        name = socket.gethostname() or "localhost"  # not the full name: looking that up may take long
        session: smtplib.SMTP
        if self.security == "tls":
            context = ssl.create_default_context()
            session = smtplib.SMTP_SSL(self.host, self.port, name, timeout=self.timeout, context=context)
        else:
            session = smtplib.SMTP(self.host, self.port, name, timeout=self.timeout)
        try:
            if self.security == "starttls":
                session.starttls(context=ssl.create_default_context())
            if self.user is not None and self.password is not None:
                session.login(self.user, self.password)
            yield session
            session.quit()
        finally:
            session.close()

    def _send(self, session: smtplib.SMTP, notification: Notification) -> DeliveryResult:
        """Send one; raises where the session is of no more use."""
        event_id = notification.event_id
        try:
            recipient = address_of(notification.address).addr_spec
            session.sendmail(self.sender.addr_spec, [recipient], email_bytes(notification, self.sender))
        except Unaddressable as error:
            return DeliveryResult(event_id, Outcome.REFUSED, str(error))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return DeliveryResult(event_id, _outcome(code), f"{self.host} answered {code} {_text(text)}")
        except smtplib.SMTPSenderRefused as error:
            # This is about us and not about the recipient: mended in the settings, the same message will go.
            outcome = Outcome.NEEDS_CREDENTIALS if error.smtp_code in CREDENTIALS_WANTED else Outcome.RETRY
            return DeliveryResult(event_id, outcome, f"{self.host} refuses the sender: {_answer(error)}")
        except smtplib.SMTPDataError as error:
            return DeliveryResult(event_id, _outcome(error.smtp_code), f"{self.host} answered {_answer(error)}")
        return DeliveryResult(event_id, Outcome.DELIVERED)


def open_sink(settings: SinkSettings) -> SmtpSink:
    """The sink of a ``[sinks.NAME]`` table with ``kind = "smtp"``."""
    options = Options(settings, ("host", "port", "security", "from", "user", "password", "timeout"))
    host = options.text("host")
    security = options.choice("security", "starttls", tuple(PORTS))
    password = options.secret("password")
    user = options.text("user") if password is not None else None
    if password is not None and not password.isascii():
        raise options.fault("option 'password' holds characters that a login cannot")
    if password is None and "user" in settings.options:
        raise options.fault("has a user without a password", hint='write password = "env:NAME"')
    if password is not None and security == "none" and host not in LOOPBACK:
        raise options.fault("would send the password in the clear", hint='write security = "starttls" or "tls"')
    return SmtpSink(
        host=host,
        port=options.whole("port", PORTS[security], least=1, most=65_535),
        security=security,
        sender=sender_of(options),
        user=user,
        password=password,
        timeout=options.whole("timeout", 10, least=1, most=60),
    )


def _with_rest(
    batch: Sequence[Notification], done: dict[str, DeliveryResult], outcome: Outcome, reason: str
) -> list[DeliveryResult]:
    """What was done, and one outcome for all others of the batch."""
    rest = {one.event_id: DeliveryResult(one.event_id, outcome, reason) for one in batch if one.event_id not in done}
    return [*done.values(), *rest.values()]


def _outcome(code: int) -> Outcome:
    """What an answer of the server means for a message: 5xx is for good (RFC 5321 §4.2.1)."""
    if code in CREDENTIALS_WANTED:
        return Outcome.NEEDS_CREDENTIALS
    return Outcome.REFUSED if code >= 500 else Outcome.RETRY


def _answer(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"


def _text(answer: bytes | str) -> str:
    return " ".join((answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer).split())[:200]
