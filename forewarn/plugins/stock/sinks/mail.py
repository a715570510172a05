"""A notification as an Internet message (RFC 5322), for the sinks ``eml`` and ``smtp``."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from forewarn.plugins.api import Notification
from forewarn.plugins.stock.sinks.options import Options

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>()\[\],;:\"\\]{1,253}")


class Unaddressable(Exception):
    """The notification cannot become an e-mail; the text says why. Trying again would not help."""


def address_of(text: str | None, name: str = "") -> Address:
    """An address that can stand in a header; raises `Unaddressable`.

    Anything but ``local@domain`` is refused, line breaks above all: they would be headers of the sender's choosing.
    """
    if not text:
        raise Unaddressable("the recipient has no e-mail address")
    if not _ADDRESS.fullmatch(text):
        raise Unaddressable(f"{text!r:.100} is not an e-mail address")
    local, domain = text.rsplit("@", 1)
    try:
        ascii_domain = domain.encode("idna").decode("ascii")
        return Address(display_name=one_line(name), username=local, domain=ascii_domain)
    except (UnicodeError, MessageError, ValueError, IndexError) as error:
        raise Unaddressable(f"{text!r:.100} is not an e-mail address") from error


def sender_of(options: Options, default: str | None = None) -> Address:
    """The option ``from`` as an address; without ``default`` it must be given."""
    text = options.text("from", default)
    try:
        return address_of(text)
    except Unaddressable as error:
        raise options.fault(f"option 'from': {error}") from error


def one_line(text: str) -> str:
    """``text`` without line breaks and other control characters, for a header."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(clean.split())


def email_bytes(notification: Notification, sender: Address) -> bytes:
    """The notification as a message from ``sender``; the same notification gives the same bytes.

    Raises `Unaddressable`, also for text that cannot stand in a message.
    """
    try:
        return _email_of(notification, sender).as_bytes()
    except (MessageError, ValueError, LookupError, AttributeError) as error:
        # The email package meets odd text with all of these; tried again, it would meet it again.
        raise Unaddressable(f"the message cannot be written as an e-mail: {error}") from error


def _email_of(notification: Notification, sender: Address) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = address_of(notification.address, notification.recipient)
    message["Subject"] = one_line(notification.subject)
    message["Date"] = notification.created_at.astimezone(UTC)
    digest = hashlib.sha256(notification.event_id.encode("utf-8", "replace")).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Forewarn-Record"] = one_line(notification.record)
    message["X-Forewarn-Event"] = one_line(notification.event)
    message.set_content(_body(notification.body))
    return message


def _body(text: str) -> str:
    """``text`` without characters that no mail may hold, ended by a line break."""
    clean = "".join(one for one in text if one in "\n\r\t" or (one >= " " and not "\ud800" <= one <= "\udfff"))
    return clean if clean.endswith("\n") else clean + "\n"
