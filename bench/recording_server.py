"""A server under test: recording_server.py relay|recording|media-recorder PORT FOLDER. bench/recording.py starts it.

relay: the product's relay with nobody recording, for comparison. recording: the same with a recording, written as in
the product. media-recorder: aiortc's MediaRecorder, which decodes and encodes.
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.relay_server import Ours, _ask_for_more  # noqa: I001 (it sets Django up)
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.contrib.media import MediaRecorder
from websockets.asyncio.server import ServerConnection, serve

from lens.recordings import storage
from lens.recordings.tap import RecordingTap

TICK_S = 0.5


class Recording(Ours):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.ticking: asyncio.Task[None] | None = None

    async def hold(self, line: ServerConnection, role: str, name: str) -> None:
        task = asyncio.create_task(super().hold(line, role, name))
        while name not in self.rooms:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        room, _orders = self.rooms[name]
        started_at, began = datetime.now(UTC), time.monotonic()
        file = storage.PartFile(storage.part_path(self.folder, started_at))
        tap = RecordingTap(started_at=started_at, began=began, store=file, ask_key_frame=room.request_key_frame)
        room.add_tap(tap)
        self.ticking = asyncio.create_task(_tick(tap))
        await task
        tap.closed()
        await asyncio.wrap_future(file.close())


async def _tick(tap: RecordingTap) -> None:
    while True:
        await asyncio.sleep(TICK_S)
        tap.tick(time.monotonic())


class Recorder:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def hold(self, line: ServerConnection, _role: str, _name: str) -> None:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        recorder = MediaRecorder(str(self.folder / f"{uuid4().hex}.webm"))
        for kind in ("audio", "video"):
            transceiver = pc.addTransceiver(kind, direction="recvonly")
            if kind == "video":
                codecs = RTCRtpReceiver.getCapabilities("video").codecs  # type: ignore[union-attr]
                transceiver.setCodecPreferences([codec for codec in codecs if codec.name in ("VP8", "rtx")])
        pc.on("track", recorder.addTrack)
        await pc.setLocalDescription(await pc.createOffer())
        await line.send(json.dumps({"sdp": pc.localDescription.sdp, "version": ""}))
        answer = json.loads(await line.recv())
        await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await recorder.start()
        asking = asyncio.create_task(_ask_for_more(pc))
        await line.wait_closed()
        asking.cancel()
        await recorder.stop()


async def main(kind: str, port: int, folder: Path) -> None:
    contestants: dict[str, Any] = {"relay": Ours, "recording": lambda: Recording(folder)}
    contestant = contestants[kind]() if kind in contestants else Recorder(folder)

    async def hold(line: ServerConnection) -> None:
        hello = json.loads(await line.recv())
        await contestant.hold(line, hello["role"], hello["room"])
        (folder / "done").touch()

    async with serve(hold, "127.0.0.1", port):
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
