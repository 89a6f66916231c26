"""Whether a server grows with the sessions it has had: its memory, open files and threads, printed on the way.

    .venv/bin/python bench/many_lives.py [sessions]      (600 unless told; half a second each)

Each life is whole: New Session, the link opened, terms accepted, both sockets joined, Start, ten chat lines from each
side, End; a console is open all the time. With DATABASE_URL and REDIS_URL on those, else embedded.
"""

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.served import rss_kib, serve
from tests.wire import Wire, receive, waiting_customer

LINES = 10
EVERY = 50  # sessions from one printed line to the next
WARM = 100  # sessions after which the slope begins: what is made once is made by then


def held(pid: int) -> tuple[int, int, int]:
    """Resident KiB, open files and threads of a process."""
    files, threads = (len(list(Path(f"/proc/{pid}/{kind}").iterdir())) for kind in ("fd", "task"))
    return rss_kib(pid), files, threads


async def live(tess: Wire, number: int) -> None:
    ana, session_id = await asyncio.to_thread(waiting_customer, tess, f"Life {number}")
    path = f"/ws/sessions/{session_id}/"
    async with tess.socket(f"{path}?as=user") as one, ana.socket(f"{path}?as=guest") as other:
        for socket in (one, other):
            await socket.send(json.dumps({"type": "session.join", "page": "a-page-of-the-bench", "last_seq": 0}))
        await asyncio.to_thread(tess.api, f"sessions/{session_id}/start/")
        await asyncio.gather(*(talk(socket, who) for socket, who in ((one, "tess"), (other, "ana"))))
        await asyncio.to_thread(tess.api, f"sessions/{session_id}/end/")


async def talk(socket: Any, who: str) -> None:
    for line in range(LINES):
        await socket.send(json.dumps({"type": "chat.post", "id": f"{who}-line-{line}", "text": "What can I do? " * 8}))
    acknowledged = 0
    while acknowledged < LINES:
        acknowledged += (await receive(socket))["type"] == "ack"


async def watch_console(tess: Wire) -> None:
    async for socket in tess.socket("/ws/console/"):
        async for _snapshot in socket:
            await socket.send(json.dumps({"type": "presence.ping"}))


async def main() -> None:
    sessions = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as served:
        tess = Wire(served)
        await asyncio.to_thread(tess.sign_in, "tess@acme.example")
        console = asyncio.create_task(watch_console(tess))
        first = 0
        for number in range(1, sessions + 1):
            await live(tess, number)
            if number % EVERY == 0:
                rss, files, threads = held(served.processes[0].pid)
                print(f"{number:6} sessions: {rss / 1024:6.1f} MiB, {files} files, {threads} threads", flush=True)
                first = rss if number == WARM else first
        if sessions > WARM and first:
            print(f"growth after the first {WARM}: {(rss - first) / (sessions - WARM):.1f} KiB each")
        console.cancel()


if __name__ == "__main__":
    asyncio.run(main())
