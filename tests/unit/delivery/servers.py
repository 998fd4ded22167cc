"""A real SMTP server on loopback whose behaviour a test scripts, one word a connection."""

import re
import socketserver
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "dot")
ALL_STAGES = ("connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot", "quit")


@dataclass
class Script:
    """What the server does: `plan` is consumed one entry per connection, then `always` holds.

    An entry is (stage, deed): deed `drop`, `silence`, a reply such as `451 later`, or
    `accept_then_drop` (the message is taken, the answer is lost).

    Attributes:
        context: offers STARTTLS when given.
        offers_login: offers AUTH PLAIN and takes any password.
        delay_seconds: before every reply; `answer_delay_seconds`: before the answer to a message.
    """

    plan: list[tuple[str, str]] = field(default_factory=list)
    always: tuple[str, str] = ("", "")
    accepted: list[bytes] = field(default_factory=list)
    copies: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    delay_seconds: float = 0.0
    answer_delay_seconds: float = 0.0
    silence_seconds: float = 0.5
    context: ssl.SSLContext | None = None
    offers_login: bool = False

    def message_ids(self) -> list[str]:
        """Message-IDs of the accepted messages, one per accepted message."""
        return [
            line.split(b":", 1)[1].strip().decode()
            for content in self.accepted
            for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
            if line.lower().startswith(b"message-id:")
        ]


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        script: Script = self.server.script  # type: ignore[attr-defined]
        script.connections += 1
        self.script, self.readers = script, list[str]()
        self.stage, self.deed = script.plan.pop(0) if script.plan else script.always
        if not self._say("connect", "220 ready"):
            return
        while line := self.rfile.readline():
            time.sleep(script.delay_seconds)
            if not self._obey(line):
                return

    def _obey(self, line: bytes) -> bool:
        """Answer one command; False ends the conversation."""
        word = line.split(b":")[0].split()[0].decode().lower()
        match word:
            case "quit":
                self._say("quit", "221 bye")
                return False
            case "data":
                said = self._say("data", "354 go on")
                return said if self.stage == "data" else said and self._take()
            case "starttls":
                return self._encrypt()
            case "ehlo":
                return self._say("ehlo", self._offers())
            case "rcpt":
                self.readers += re.findall("<(.*)>", line.decode())
        return self._say(word, "235 fine" if word == "auth" else "250 fine")

    def _offers(self) -> str:
        has_tls = self.script.context and not isinstance(self.request, ssl.SSLSocket)
        offers = [
            *(["STARTTLS"] if has_tls or self.stage == "starttls" else []),
            *(["AUTH PLAIN"] if self.script.offers_login else []),
        ]
        return "\r\n".join(["250-loopback", *(f"250-{offer}" for offer in offers), "250 8BITMIME"])

    def _encrypt(self) -> bool:
        if self.stage == "starttls":
            return self._say("starttls", "")
        self.wfile.write(b"220 go on\r\n")
        assert self.script.context
        self.request = self.script.context.wrap_socket(self.request, server_side=True)
        self.setup()
        return True

    def _say(self, here: str, usual: str) -> bool:
        words = self.deed if self.stage == here else usual
        if words == "silence":
            time.sleep(self.script.silence_seconds)
        if words in {"drop", "silence"}:
            return False
        self.wfile.write(f"{words}\r\n".encode())
        return True

    def _take(self) -> bool:
        lines = list[bytes]()
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        time.sleep(self.script.answer_delay_seconds)
        if self.stage == "dot" and self.deed != "accept_then_drop":
            return self._say("dot", "")
        self.script.accepted.append(b"".join(lines))
        self.script.copies.update(self.readers)
        if self.stage == "dot":
            return False
        self.wfile.write(b"250 taken\r\n")
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, *_: object, **__: object) -> None:
        """A client that hangs up is no fault of the server."""


@contextmanager
def scripted_server(script: Script) -> Iterator[int]:
    """Serve until the block ends; yields the port."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.script = script  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
