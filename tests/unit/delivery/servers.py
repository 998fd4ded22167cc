"""A real SMTP server on loopback whose behaviour a test scripts, one word a connection."""

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "dot")


@dataclass
class Script:
    """What the server does: `plan` is consumed one entry per connection, then it behaves.

    An entry is (stage, deed): deed `drop`, a reply such as `451 later`, or `accept_then_drop` (the
    message is taken, the answer is lost).
    """

    plan: list[tuple[str, str]] = field(default_factory=list)
    accepted: list[bytes] = field(default_factory=list)
    connections: int = 0
    delay_seconds: float = 0.0

    def message_ids(self) -> list[str]:
        """Message-IDs of the accepted messages, one per accepted message."""
        return [
            line.split(b":", 1)[1].strip().decode()
            for content in self.accepted
            for line in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
            if line.lower().startswith(b"message-id:")
        ]


class _Handler(socketserver.StreamRequestHandler):
    script: Script

    def handle(self) -> None:
        script = self.server.script  # type: ignore[attr-defined]
        script.connections += 1
        stage, deed = script.plan.pop(0) if script.plan else ("", "")
        if not self._say(stage, deed, "connect", "220 ready"):
            return
        while line := self.rfile.readline():
            time.sleep(script.delay_seconds)
            word = line.split(b":")[0].split()[0].decode().lower()
            if word == "quit":
                self.wfile.write(b"221 bye\r\n")
                return
            if word == "data":
                if not self._say(stage, deed, "data", "354 go on"):
                    return
                if stage == "data":
                    continue
                if not self._take(stage, deed):
                    return
                continue
            name = {"ehlo": "ehlo", "mail": "mail", "rcpt": "rcpt"}.get(word, "")
            if not self._say(stage, deed, name, "250 fine"):
                return

    def _say(self, stage: str, deed: str, here: str, usual: str) -> bool:
        if stage == here and here:
            if deed == "drop":
                return False
            self.wfile.write(f"{deed}\r\n".encode())
            return True
        self.wfile.write(f"{usual}\r\n".encode())
        return True

    def _take(self, stage: str, deed: str) -> bool:
        lines = list[bytes]()
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line)
        if stage == "dot" and deed != "accept_then_drop":
            if deed != "drop":
                self.wfile.write(f"{deed}\r\n".encode())
            return deed != "drop"
        self.server.script.accepted.append(b"".join(lines))  # type: ignore[attr-defined]
        if stage == "dot":
            return False
        self.wfile.write(b"250 taken\r\n")
        return True


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


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
