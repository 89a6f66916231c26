"""A WebSocket server whose every move is made by the test."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Event, Thread
from typing import Any

from websockets.sync.server import ServerConnection, serve

PATIENCE_S = 60


class Line:
    """One connection as the test sees it."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self.done = Event()

    def receive(self) -> dict[str, Any]:
        return json.loads(self.receive_text())  # type: ignore[no-any-return]

    def receive_text(self) -> str:
        return str(self._connection.recv(timeout=PATIENCE_S))

    def receives_nothing_for(self, seconds: float) -> bool:
        try:
            self._connection.recv(timeout=seconds)
        except TimeoutError:
            return True
        return False

    def send(self, **message: Any) -> None:
        self._connection.send(json.dumps(message))

    def close(self, code: int) -> None:
        self._connection.close(code)

    def cut(self) -> None:
        """As when a process is killed: no closing handshake."""
        self._connection.socket.shutdown(socket.SHUT_RDWR)


class SocketServer:
    def __init__(self, port: int) -> None:
        self.url = f"ws://127.0.0.1:{port}/"
        self._lines: Queue[Line] = Queue()
        self._all: list[Line] = []

    def next_line(self) -> Line:
        return self._lines.get(timeout=PATIENCE_S)

    def has_no_line_for(self, seconds: float) -> bool:
        try:
            self._lines.get(timeout=seconds)
        except Empty:
            return True
        return False

    def handle(self, connection: ServerConnection) -> None:
        line = Line(connection)
        self._all.append(line)
        self._lines.put(line)
        line.done.wait()

    def let_go(self) -> None:
        for line in self._all:
            line.done.set()


@contextmanager
def running_server() -> Iterator[SocketServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    scripted = SocketServer(listener.getsockname()[1])
    with serve(scripted.handle, sock=listener, ping_interval=None) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield scripted
        scripted.let_go()
        server.shutdown()
        thread.join()
