"""Nonsense, floods and pages that do what they may not (S-55)."""

import asyncio
import contextlib
import random
import socket

import pylibsrtp
import pytest
from pylibsrtp._binding import ffi, lib

from lens.relay.aiortc_hooks import link as links
from tests.lens.relay.aiortc_pages import TYPES, Page, World, nack, rtp_packet, until


async def still_works(world: World, publisher: Page, viewer: Page) -> None:
    """Packets come through; one may be lost where the kernel's buffer is still full of what was sent before."""
    wanted = len(viewer.received[publisher.attendee, "camera"]) + 5
    async with asyncio.timeout(30):
        while len(viewer.received[publisher.attendee, "camera"]) < wanted:
            await publisher.send("camera")
            await asyncio.sleep(0.01)


def pair(world: World) -> tuple[Page, Page]:
    return world.page("dora"), world.page("bob", sends=["microphone"])


def port_of(world: World, attendee: str) -> tuple[str, int]:
    link = world.room.legs[attendee].link
    assert link is not None
    candidate = next(one for one in link._connection.local_candidates if ":" not in one.host)
    return candidate.host, candidate.port


async def test_malformed_packets_are_dropped(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    generator = random.Random(1)

    for length in range(1, 100):  # as the wire has it: what is not signed with the keys of this connection
        await dora.transport.transport._send(bytes([0x80 | generator.randrange(64)]) + generator.randbytes(length))
    for first, second in ((0x90, 97), (0xBF, 97), (0xA0, 98), (0x80, 98), (0x80, 127)):
        with contextlib.suppress(pylibsrtp.Error):  # some are refused on this side already
            await dora.send_raw(
                bytes([first, second]) + rtp_packet(seq=9, ssrc=dora.ssrc_of("camera"), payload_type=97)[2:]
            )

    await still_works(world, dora, bob)


def encrypted(page: Page, packet: bytes) -> bytes:
    """As long as the page likes: the wrapper of aiortc's library refuses what it could not send itself."""
    place, length = ffi.new("char[]", 2048), ffi.new("int *", len(packet))
    ffi.buffer(place)[: len(packet)] = packet
    assert lib.srtp_protect(page.transport._tx_srtp._srtp[0], place, length) == 0
    return bytes(ffi.buffer(place)[: length[0]])


async def test_packets_longer_than_can_be_sent_on_are_dropped(world: World, caplog: pytest.LogCaptureFixture) -> None:
    dora, bob = pair(world)
    await world.ready()
    await still_works(world, dora, bob)
    link = world.room.legs["dora"].link
    assert link is not None
    dropped = link.dropped

    for number in range(40):
        payload = bytes(1300 + 4 * number)
        packet = rtp_packet(
            seq=dora.seq_of("camera") + 1 + number,
            ssrc=dora.ssrc_of("camera"),
            payload_type=TYPES["VP8"],
            payload=payload,
        )
        await dora.transport.transport._send(encrypted(dora, packet))

    await until(lambda: link.dropped > dropped, "the longest to be dropped")
    dora._seq["camera"] += 40
    await still_works(world, dora, bob)
    every = list(range(max(0, dora.seq_of("camera") - 60), dora.seq_of("camera")))
    await bob.send_rtcp(nack(bob.out_ssrc("dora", "camera"), every))
    await still_works(world, dora, bob)
    assert not caplog.records


async def test_malformed_reports_are_dropped(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    await still_works(world, dora, bob)

    for body in (
        b"\x80\xc8\x00\x00",  # a sender report without a sender
        b"\x81\xc9\x00\x01\x00\x00\x00\x01",  # a receiver report without the block it announces
        b"\x80\xce\x00\x01\x00\x00\x00\x01",  # feedback without a subject
        b"\x8f\xce\x00\x03" + b"\x00" * 8 + b"REMB",  # a bitrate without one
        b"\x84\xce\x00\x03" + b"\x00" * 12,  # a full intra request for nobody
        b"\x81\xcd\x00\x02" + b"\x00" * 8,
        b"\xa0\xc9\x00\x01\x00\x00\x00\xff",  # more padding than packet
    ):
        with contextlib.suppress(pylibsrtp.Error):
            await bob.transport._send_rtp(body)

    await still_works(world, dora, bob)


async def test_another_page_s_number_gives_no_voice(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    await still_works(world, dora, bob)
    await until(lambda: dora.seq_of("camera") in bob.sequence("dora", "camera"), "all of it")
    before = list(bob.received["dora", "camera"])
    link = world.room.legs["bob"].link
    assert link is not None
    dropped = link.dropped

    for ssrc in (dora.ssrc_of("camera"), 1, 0xFFFFFFFF):
        await bob.send_raw(rtp_packet(seq=50, ssrc=ssrc, payload_type=TYPES["VP8"]))

    await until(lambda: link.dropped >= dropped + 3, "the packets to be dropped")
    assert bob.received["dora", "camera"] == before
    await still_works(world, dora, bob)


async def test_who_may_not_publish_is_dropped_whatever_the_page_sends(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    link = world.room.legs["bob"].link
    assert link is not None

    for source in ("camera", "microphone", "screen"):
        await bob.send(source, count=5)

    await until(lambda: link.dropped >= 15, "the packets to be dropped")
    assert not any(dora.received.values())


async def test_a_right_that_ends_ends_at_once(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    await still_works(world, dora, bob)

    await until(lambda: dora.seq_of("camera") in bob.sequence("dora", "camera"), "all of it")
    dora.sends = frozenset(["microphone"])
    world.follow()
    count = len(bob.received["dora", "camera"])
    await dora.send("camera", count=20)
    await dora.send("microphone", count=3)

    await until(lambda: len(bob.received["dora", "microphone"]) == 3, "the voice")
    assert len(bob.received["dora", "camera"]) == count


async def test_who_is_out_is_sent_nothing_more(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    await still_works(world, dora, bob)
    await until(lambda: dora.seq_of("camera") in bob.sequence("dora", "camera"), "all of it")
    count = len(bob.received["dora", "camera"])

    del world.pages["bob"]
    world.follow()
    for _each in range(20):
        await dora.send("camera")
        await asyncio.sleep(0.01)

    assert len(bob.received["dora", "camera"]) == count
    await until(lambda: bob.state == "closed", "the connection to be closed")
    await bob.close()


async def test_a_stranger_s_signal_is_not_heard(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    link = world.room.legs["bob"].link

    for sender, page in (("eve", "page-of-bob"), ("bob", "another page")):
        bob.attendee, bob.page_id = sender, page
        bob.say(renew=True)
    bob.attendee, bob.page_id = "bob", "page-of-bob"

    await still_works(world, dora, bob)
    assert world.room.legs["bob"].link is link


@pytest.mark.parametrize("answer", ["", "v=0", "nonsense", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video"])
async def test_a_hostile_answer_costs_only_the_own_connection(world: World, answer: str) -> None:
    dora, bob = pair(world)
    world.page("sam", sends=[]).answers = False
    world.follow()
    await until(lambda: world.pages["sam"].offers, "an offer")
    version = world.pages["sam"].offers[0].split("o=- ")[1].split(" IN")[0]

    from sessions.protocol import Description

    world.pages["sam"].say(description=Description(type="answer", sdp=answer), answers=version)

    await until(lambda: len(set(world.pages["sam"].offers)) > 1, "another offer")
    await until(lambda: len(world.room.legs["bob"].outs) >= 2 and bob.state == "connected", "bob to be connected")
    await still_works(world, dora, bob)


async def test_a_flood_is_bounded_and_harms_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "MOST_PACKETS_PER_S", 50)
    dora, bob = pair(world)
    eve = world.page("eve")
    await world.ready()
    link = world.room.legs["eve"].link
    assert link is not None
    link.budget = 50

    await eve.send("camera", count=1000)

    await until(lambda: link.dropped > 500, "the flood to be cut")
    assert len(bob.received["eve", "camera"]) < 400
    await until(lambda: world.room.legs["dora"].link.budget > 10, "a new second")  # type: ignore[union-attr]
    await still_works(world, dora, bob)


async def test_wishes_for_packets_again_are_bounded(world: World) -> None:
    dora, bob = pair(world)
    await world.ready()
    await dora.send("camera", count=60)
    await until(lambda: len(bob.received["dora", "camera"]) == 60, "the picture")
    out = next(out for out in world.room.legs["bob"].outs.values() if out.source.kind == "camera")
    out.may_repeat = 30

    wish = nack(out.line.ssrc, list(range(1, 61)))
    await bob.send_rtcp(wish, wish)

    await until(lambda: out.may_repeat == 0 or out.repeated >= 30, "repeats")
    assert out.repeated <= 30 + 500  # a new second may have begun


async def test_what_comes_from_elsewhere_is_not_heard(world: World) -> None:
    """STUN garbage, SRTP garbage and a second DTLS hello from a socket that ICE has not let in (S-55: 10^5 packets)."""
    dora, bob = pair(world)
    await world.ready()
    generator = random.Random(2)
    address = port_of(world, "dora")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for number in range(100_000):
            first = (0x00, 0x01, 0x16, 0x80, 0xFF)[number % 5]
            body = generator.randbytes(generator.randrange(80))
            cookie = b"\x00\x01\x00\x08\x21\x12\xa4\x42" if number % 7 == 0 else bytes([first])
            try:
                stranger.sendto(cookie + body, address)
            except BlockingIOError:
                await asyncio.sleep(0.005)
            if number % 50 == 0:  # in pieces that the receiver's buffer holds
                await asyncio.sleep(0)
        stranger.sendto(b"", address)
        stranger.sendto(b"\x16\xfe\xfd" + generator.randbytes(200), address)

    await still_works(world, dora, bob)
    assert world.room.legs["dora"].link.state == "connected"  # type: ignore[union-attr]


async def test_garbage_before_the_page_has_answered_does_not_keep_it_out(world: World) -> None:
    dora, bob = pair(world)
    bob.answers = False
    world.follow()
    await until(lambda: bob.offers, "an offer")
    address = port_of(world, "bob")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for first in (b"\x00\x01", b"\x16\xfe\xfd", b"\x80\x61"):
            stranger.sendto(first + random.Random(3).randbytes(100), address)

    bob.answers = True

    await world.ready()
    await still_works(world, dora, bob)
