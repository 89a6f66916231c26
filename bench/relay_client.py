"""Publishers and viewers of bench/relay.py: aiortc's connections, fed with packets made beforehand."""

import asyncio
import contextlib
import itertools
import json
import math
import struct
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.codecs.vpx import Vp8Encoder
from websockets.asyncio.client import ClientConnection, connect

FPS, SIZE, BPS, SECONDS = 30, (640, 480), 1_200_000, 4
AUDIO_PER_S, AUDIO_BYTES = 50, 80
STAMP = struct.Struct("!8sd")
MARK = b"SIGHTNOW"


def picture_payloads() -> list[list[bytes]]:
    """RTP payloads of a moving VP8 picture, a whole picture each second; encoded once, sent in a loop."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height = SIZE
    encoder.pix_fmt, encoder.time_base, encoder.bit_rate = "yuv420p", Fraction(1, FPS), BPS
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "g": str(FPS), "lag-in-frames": "0", "crf": "4"}
    encoded = []
    for number in range(FPS * SECONDS):
        frame = av.VideoFrame(SIZE[0], SIZE[1], "yuv420p")
        for index, plane in enumerate(frame.planes):
            row = bytes(int(110 + 60 * math.sin((x + number * 4) / 40 + index)) for x in range(plane.line_size))
            plane.update(b"".join(row[shift // 8 :] + row[: shift // 8] for shift in range(plane.height)))
        frame.pts = number
        encoded += [bytes(packet) for packet in encoder.encode(frame)]
    pack = Vp8Encoder()
    payloads = []
    for number, data in enumerate(encoded):
        packet = av.Packet(data)
        packet.pts, packet.time_base = number, Fraction(1, FPS)
        payloads.append(pack.pack(packet)[0])
    return payloads


class Peer:
    """One connection with a server; `answer` is all that is agreed."""

    def __init__(self, *, publishes: bool) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self.publishes = publishes
        self.packets = self.pictures = 0
        self.transits: list[float] = []
        self._picture_type = 0

    @property
    def transport(self) -> Any:
        return self.pc.getTransceivers()[0].receiver.transport

    async def answer(self, sdp: str) -> str:
        await self.pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        for transceiver in self.pc.getTransceivers():
            transceiver.sender.send = transceiver.receiver.receive = _nothing  # type: ignore[assignment,method-assign]
            transceiver.direction = "sendonly" if self.publishes else "recvonly"
        self._picture_type = next(_type(t) for t in self.pc.getTransceivers() if t.kind == "video")
        self.transport._handle_rtp_data = self._take
        await self.pc.setLocalDescription(await self.pc.createAnswer())
        return self.pc.localDescription.sdp

    async def _take(self, data: bytes, arrival_time_ms: int) -> None:
        self.packets += 1
        self.pictures += data[1] >> 7 if data[1] & 0x7F == self._picture_type else 0
        if data[-16:-8] == MARK:
            self.transits.append(time.monotonic() - STAMP.unpack(data[-16:])[1])

    async def connected(self) -> None:
        async with asyncio.timeout(60):
            while self.pc.connectionState != "connected":  # noqa: ASYNC110
                await asyncio.sleep(0.02)

    def stop_reading(self) -> None:
        """A sink: what is sent to it costs the server all it costs, and this process nothing."""
        for protocol in self.transport.transport._connection._protocols:
            asyncio.get_running_loop()._remove_reader(protocol.transport._sock_fd)  # type: ignore[attr-defined]

    def read_all(self) -> None:
        """asyncio reads one datagram each time its loop comes round; what waits here would count as the server's."""
        loop = asyncio.get_running_loop()

        def drain(protocol: Any) -> None:
            with contextlib.suppress(OSError):
                while True:
                    protocol.datagram_received(*protocol.transport._sock.recvfrom(2048))

        for protocol in self.transport.transport._connection._protocols:
            loop._add_reader(protocol.transport._sock_fd, drain, protocol)  # type: ignore[attr-defined]

    async def publish(
        self, payloads: list[list[bytes]], *, stamped: bool, until: asyncio.Event, phase: float = 0.0
    ) -> None:
        """115 packets of picture and 50 of sound a second or so, evenly.

        phase: from 0 to 1, where in the film and in the time between two pictures it begins; cameras are not in step.
        """
        audio, video = (next(t for t in self.pc.getTransceivers() if t.kind == kind) for kind in ("audio", "video"))
        send = self.transport._send_rtp
        seq = audio_seq = 0
        await asyncio.sleep(phase / FPS)
        first = int(phase * len(payloads))
        begun = time.monotonic()
        for number in itertools.count():
            if until.is_set():
                return
            frame = payloads[(first + number) % len(payloads)]
            for index, payload in enumerate(frame):
                seq += 1
                marker = 0x80 if index == len(frame) - 1 else 0
                header = struct.pack(
                    "!BBHLL", 0x80, marker | _type(video), seq & 0xFFFF, number * 3000, video.sender._ssrc
                )
                stamp = STAMP.pack(MARK, time.monotonic()) if stamped else b""
                await send(header + payload + stamp)
            while audio_seq * FPS < number * AUDIO_PER_S:
                audio_seq += 1
                header = struct.pack(
                    "!BBHLL", 0x80, _type(audio), audio_seq & 0xFFFF, audio_seq * 960, audio.sender._ssrc
                )
                await send(header + b"\xf8\xff\xfe".ljust(AUDIO_BYTES, b"\x00"))
            await asyncio.sleep(max(0, begun + number / FPS - time.monotonic()))


def _type(transceiver: Any) -> int:
    return int(transceiver._codecs[0].payloadType)


async def _nothing(*_arguments: Any) -> None:
    """In place of aiortc's own senders and receivers."""


class Server:
    """The product's relay, or MediaRelay: bench/relay_server.py."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[ClientConnection] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def join(self, room: str, role: str) -> Peer:
        line = await connect(f"ws://127.0.0.1:{self.port}/", max_size=None)
        self.lines.append(line)
        await line.send(json.dumps({"role": role, "room": room}))
        peer = Peer(publishes=role == "publish")
        self.tasks.append(asyncio.create_task(self._agree(line, peer)))
        await peer.connected()
        return peer

    async def _agree(self, line: ClientConnection, peer: Peer) -> None:
        async for text in line:
            offer = json.loads(text)
            sdp = await peer.answer(offer["sdp"])
            await line.send(json.dumps({"sdp": sdp, "version": offer["version"]}))

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        for line in self.lines:
            await line.close()


class Janus:
    """Janus' videoroom over its WebSocket."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.lines: list[ClientConnection] = []
        self.feeds: dict[str, int] = {}
        self.rooms: dict[str, int] = {}

    async def join(self, room: str, role: str) -> Peer:
        ask, line = await self._open()
        self.lines.append(line)
        number = self.rooms.setdefault(room, 1000 + len(self.rooms))
        peer = Peer(publishes=role == "publish")
        if role == "publish":
            await ask({"request": "create", "room": number, "publishers": 6, "videocodec": "vp8", "bitrate": 2_500_000})
            joined = await ask({"request": "join", "ptype": "publisher", "room": number})
            self.feeds[room] = joined["plugindata"]["data"]["id"]
            for kind in ("audio", "video"):
                peer.pc.addTransceiver(kind, direction="sendonly")
            for transceiver in peer.pc.getTransceivers():
                transceiver.sender.send = transceiver.receiver.receive = _nothing  # type: ignore[assignment,method-assign]
            await peer.pc.setLocalDescription(await peer.pc.createOffer())
            done = await ask({"request": "publish"}, {"type": "offer", "sdp": peer.pc.localDescription.sdp})
            await peer.pc.setRemoteDescription(RTCSessionDescription(done["jsep"]["sdp"], "answer"))
        else:
            streams = [{"feed": self.feeds[room]}]
            offer = await ask({"request": "join", "ptype": "subscriber", "room": number, "streams": streams})
            sdp = await peer.answer(offer["jsep"]["sdp"])
            await ask({"request": "start"}, {"type": "answer", "sdp": sdp})
        await peer.connected()
        return peer

    async def _open(self) -> tuple[Any, ClientConnection]:
        line = await connect(f"ws://127.0.0.1:{self.port}/", subprotocols=["janus-protocol"])  # type: ignore[list-item]
        known: dict[str, Any] = {}
        numbers = itertools.count()

        async def request(**message: Any) -> Any:
            transaction = f"t{next(numbers)}"
            await line.send(json.dumps(message | known | {"transaction": transaction}))
            while True:
                answer = json.loads(await line.recv())
                if answer.get("transaction") == transaction and answer["janus"] != "ack":
                    return answer

        known["session_id"] = (await request(janus="create"))["data"]["id"]
        known["handle_id"] = (await request(janus="attach", plugin="janus.plugin.videoroom"))["data"]["id"]

        async def ask(body: dict[str, Any], jsep: dict[str, str] | None = None) -> Any:
            return await request(janus="message", body=body, **({"jsep": jsep} if jsep else {}))

        return ask, line

    async def close(self) -> None:
        for line in self.lines:
            await line.close()


def janus_configuration(folder: Path, port: int) -> list[str]:
    """Write what Janus needs, with everything off that takes no part; return its command."""
    lib = "/usr/lib/x86_64-linux-gnu/janus"
    plugins = sorted(path.name for path in Path(f"{lib}/plugins").glob("*.so") if "videoroom" not in path.name)
    transports = sorted(path.name for path in Path(f"{lib}/transports").glob("*.so") if "websockets" not in path.name)
    (folder / "janus.jcfg").write_text(
        f"""general: {{ configs_folder = "{folder}" plugins_folder = "{lib}/plugins"
  transports_folder = "{lib}/transports" events_folder = "/nonexistent" loggers_folder = "/nonexistent"
  debug_level = 3 }}
nat: {{ nice_debug = false full_trickle = false ice_lite = false ice_tcp = false }}
media: {{ ipv6 = false rtp_port_range = "20000-40000" dtls_mtu = 1200 }}
plugins: {{ disable = "{",".join(plugins)}" }}
transports: {{ disable = "{",".join(transports)}" }}
events: {{ broadcast = false }}
"""
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
    (folder / "janus.transport.websockets.jcfg").write_text(
        f'general: {{ json = "compact" ws = true ws_port = {port} ws_ip = "127.0.0.1" wss = false }}\n'
    )
    return ["janus", "-F", str(folder), "-C", str(folder / "janus.jcfg")]
