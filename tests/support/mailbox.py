"""Where notifications and pings arrive in tests: a real HTTP server in a thread, which can be made to misbehave."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import Self


class Letter(NamedTuple):
    """One request that arrived."""

    path: str
    text: str

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.text)
        return found


class Mailbox:
    """`with Mailbox() as box`: `box.letters` in order of arrival. `box.answer` is a status, or `hang` until the end."""

    def __init__(self) -> None:
        self.answer: int | str = 200
        self._arrived = threading.Condition()
        self._letters: list[Letter] = []
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.url = f"http://{self.host}/hook/s3cr3t"
        self.apprise_url = f"json://{self.host}/t0k3n"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def letters(self) -> list[Letter]:
        with self._arrived:
            return list(self._letters)

    @property
    def paths(self) -> list[str]:
        return [letter.path for letter in self.letters]

    def wait_for(self, count: int) -> list[Letter]:
        """Wait until so many letters have arrived."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self._letters) >= count, timeout=30), self._letters
            return list(self._letters)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        box = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                with box._arrived:
                    box._letters.append(Letter(self.path, text))
                    box._arrived.notify_all()
                if box.answer == "hang":
                    box._over.wait()
                    return
                self.send_response(int(box.answer))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
