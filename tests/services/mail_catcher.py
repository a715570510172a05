"""A mail server that keeps what it is sent, for tests and for trying things out.

``python tests/services/mail_catcher.py DIR`` writes each mail into a folder until Ctrl-C.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from services.running import LOOPBACK, free_ports, stay


@dataclass(frozen=True, slots=True)
class Caught:
    """A mail: what its envelope says, and the message in it."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


class MailCatcher:
    """The server, on a free port of loopback. ``answer`` may refuse a recipient: a line such as ``550 no such user``.

    With ``login`` (user, password) only who logs in may send; a log-in without TLS is allowed, for this is loopback.
    """

    def __init__(self, login: tuple[str, str] | None = None, keep: Callable[[Caught], None] | None = None) -> None:
        self.caught: list[Caught] = []
        self.answer: Callable[[str], str | None] = lambda recipient: None
        self._login = login
        self._keep = keep
        self._lock = threading.Lock()
        options: dict[str, Any] = {"auth_require_tls": False, "data_size_limit": 10 * 1024 * 1024}
        if login is not None:
            options |= {"authenticator": self._known, "auth_required": True}
        self._controller = Controller(self, hostname=LOOPBACK, port=free_ports(1)[0], **options)
        self._controller.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._controller.port)

    def close(self) -> None:
        """Stop listening."""
        self._controller.stop()

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take a recipient, or say what `answer` says."""
        refused = self.answer(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a mail."""
        message = message_from_bytes(envelope.content, policy=default)
        one = Caught(envelope.mail_from, tuple(envelope.rcpt_tos), message)
        with self._lock:
            self.caught.append(one)
            if self._keep is not None:
                self._keep(one)
        return "250 OK"

    def _known(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        user, password = self._login or ("", "")
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (user.encode(), password.encode())
        return AuthResult(success=good, handled=False)


def main() -> int:
    """Write what comes into a folder until Ctrl-C."""
    parser = argparse.ArgumentParser(description="A mail server on loopback that keeps what it is sent.")
    parser.add_argument("folder", type=Path, help="where the mails go, a file each")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)

    def keep(one: Caught) -> None:
        path = folder / f"{len(catcher.caught):06}.eml"
        path.write_bytes(bytes(one.message))
        print(f"{path.name}  {one.sender} → {', '.join(one.recipients)}: {one.message['Subject']}", flush=True)

    catcher = MailCatcher(keep=keep)
    print(f'[sinks.caught]\nkind = "smtp"\nfrom = "forewarn@localhost"\nhost = "{LOOPBACK}"\nport = {catcher.port}')
    print('security = "none"', flush=True)
    stay()
    catcher.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
