"""A chat service on loopback, for tests of the short form."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self


class Chat:
    """A chat service on loopback that keeps what it takes and may be busy."""

    def __init__(self) -> None:
        self.taken: list[dict[str, str]] = []
        self.is_busy = False
        chat = self

        class Answer(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(503 if chat.is_busy else 200)
                self.end_headers()
                if not chat.is_busy:
                    chat.taken.append({**json.loads(body), "path": self.path})

            def log_message(self, *_: object, **__: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)

    def address(self, room: str) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/{room}"

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
