"""A relay with nothing around it: the `websockets` package, rooms in a dictionary, nothing stored.

python bench/peers/bare_websockets.py PORT
"""

import asyncio
import sys
from collections import defaultdict

from websockets.asyncio.server import ServerConnection, broadcast, serve

rooms: defaultdict[str, set[ServerConnection]] = defaultdict(set)


async def relay(line: ServerConnection) -> None:
    assert line.request is not None
    room = rooms[line.request.path]
    room.add(line)
    try:
        async for message in line:
            broadcast(room, message)
    finally:
        room.discard(line)


async def main() -> None:
    async with serve(relay, "127.0.0.1", int(sys.argv[1]), compression=None, ping_interval=None):
        await asyncio.get_running_loop().create_future()


asyncio.run(main())
