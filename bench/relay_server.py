"""A media server under test: relay_server.py ours|media-relay PORT. bench/relay.py starts it and speaks to it.

ours: the product's relay, as `manage.py media` runs it, without database and product around it.
media-relay: what the examples of aiortc do: decode once, MediaRelay, encode for each viewer.
A client connects to ws://127.0.0.1:PORT/, says {"role": "publish" | "view", "room": …}, gets offers and answers them.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
import django

django.setup()

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.contrib.media import MediaRelay
from aiortc.rtp import RTCP_PSFB_APP, RtcpPsfbPacket, pack_remb_fci
from websockets.asyncio.server import ServerConnection, serve

from lens.relay.aiortc_hooks import Network
from lens.relay.room import Order, RelayRoom
from portals import garbage
from sessions.protocol import RELAY, Description, SignalReceived, SignalSend

REMB_BPS = 2_500_000


class Ours:
    def __init__(self) -> None:
        self.rooms: dict[str, tuple[RelayRoom, dict[str, Order]]] = {}
        self.lines: dict[str, ServerConnection] = {}
        self.sending: set[asyncio.Future[None]] = set()

    def _post(self, attendee: str, _page: str, message: SignalReceived) -> None:
        assert message.description is not None
        sdp = message.description.sdp
        text = json.dumps({"sdp": sdp, "version": sdp.split("o=- ")[1].split(" IN")[0]})
        self.sending.add(task := asyncio.ensure_future(self.lines[attendee].send(text)))
        task.add_done_callback(self.sending.discard)

    async def hold(self, line: ServerConnection, role: str, name: str) -> None:
        if name not in self.rooms:
            self.rooms[name] = (RelayRoom(uuid4(), page="relay", post=self._post, network=Network()), {})
        room, orders = self.rooms[name]
        attendee = uuid4().hex
        self.lines[attendee] = line
        send = frozenset(["camera", "microphone"]) if role == "publish" else frozenset[Any]()
        orders[attendee] = Order(page="page", send=send)
        room.follow(orders)
        async for text in line:
            answer = json.loads(text)
            room.signal(
                attendee,
                "page",
                SignalSend(
                    to=RELAY, page="relay", description=Description("answer", answer["sdp"]), answers=answer["version"]
                ),
            )


class Transcoding:
    def __init__(self) -> None:
        self.tracks: dict[str, dict[str, Any]] = {}
        self.relay = MediaRelay()

    async def hold(self, line: ServerConnection, role: str, name: str) -> None:
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        tracks = self.tracks.setdefault(name, {})
        if role == "publish":
            for kind in ("audio", "video"):
                pc.addTransceiver(kind, direction="recvonly")
            pc.on("track", lambda track: tracks.__setitem__(track.kind, track))
        else:
            for kind in ("audio", "video"):
                pc.addTrack(self.relay.subscribe(tracks[kind]))
        for transceiver in pc.getTransceivers():
            if transceiver.kind == "video":
                codecs = RTCRtpReceiver.getCapabilities("video").codecs  # type: ignore[union-attr]
                transceiver.setCodecPreferences([codec for codec in codecs if codec.name in ("VP8", "rtx")])
        await pc.setLocalDescription(await pc.createOffer())
        await line.send(json.dumps({"sdp": pc.localDescription.sdp, "version": ""}))
        answer = json.loads(await line.recv())
        await pc.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        if role == "publish":
            await _ask_for_more(pc)
        await line.wait_closed()


async def _ask_for_more(pc: RTCPeerConnection) -> None:
    """The same bitrate as for the others: aiortc's own estimate would keep the publisher at a quarter of it."""
    receiver = pc.getTransceivers()[1].receiver
    receiver._RTCRtpReceiver__remote_bitrate_estimator = None  # type: ignore[attr-defined]
    while pc.connectionState != "closed":
        await asyncio.sleep(1)
        for ssrc in list(receiver._RTCRtpReceiver__remote_streams):  # type: ignore[attr-defined]
            fci = pack_remb_fci(REMB_BPS, [ssrc])
            await receiver._send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci))  # type: ignore[attr-defined]


async def main(kind: str, port: int) -> None:
    contestant = Ours() if kind == "ours" else Transcoding()

    async def hold(line: ServerConnection) -> None:
        hello = json.loads(await line.recv())
        await contestant.hold(line, hello["role"], hello["room"])

    async with serve(hold, "127.0.0.1", port):
        if kind == "ours":
            garbage.look_seldom()  # as `manage.py media` does
        await asyncio.get_running_loop().create_future()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
