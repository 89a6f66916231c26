"""Lines that lose packets, viewers that miss some, and slow ones."""

import asyncio
import time

import pytest
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    unpack_remb_fci,
)

from lens.relay.source import LEAST_BPS, MOST_BPS
from tests.lens.relay.aiortc_pages import Page, World, nack, until

PACKETS = 400


def limits(page: Page) -> list[int]:
    """What the publisher was told it may send, in bit/s."""
    return [unpack_remb_fci(packet.fci)[0] for packet in page.wishes(RtcpPsfbPacket, RTCP_PSFB_APP)]


@pytest.mark.parametrize("loss", [0.01, 0.03])
async def test_what_lines_lose_is_sent_again_both_ways(world: World, loss: float) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    dora.loss = bob.loss = loss

    kept: dict[int, bytes] = {}
    original = dora.send_raw

    async def send(packet: bytes) -> None:
        kept[int.from_bytes(packet[2:4])] = packet
        await original(packet)

    dora.send_raw = send  # type: ignore[method-assign]
    asked: set[int] = set()

    async def send_again() -> None:
        """As a browser does when it is asked for something; each wish once, by the SSRC itself."""
        while True:
            for wish in dora.wishes(RtcpRtpfbPacket, RTCP_RTPFB_NACK):
                for seq in wish.lost:
                    if seq in kept and seq not in asked:
                        asked.add(seq)
                        await dora.transport._send_rtp(kept[seq])
            await asyncio.sleep(0.02)

    again = asyncio.create_task(send_again())
    for _burst in range(PACKETS // 5):
        await dora.send("camera", count=5)
        await asyncio.sleep(0.005)

    async def go_on() -> None:  # what is lost at the very end shows with what follows
        while len(set(range(2, PACKETS)) - set(bob.sequence("dora", "camera"))):
            await dora.send("camera")
            await asyncio.sleep(0.03)

    async with asyncio.timeout(30):
        await go_on()
    again.cancel()
    assert dora.lost + bob.lost > 0
    assert bob.repeated["dora", "camera"] > 0 or dora.lost > 0


async def test_a_viewer_gets_again_what_it_misses_under_numbers_of_its_own(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera", count=10)
    await until(lambda: len(bob.received["dora", "camera"]) == 10, "the picture")
    ssrc = bob.out_ssrc("dora", "camera")

    await bob.send_rtcp(nack(ssrc, [3, 4, 900]))

    await until(lambda: bob.repeated["dora", "camera"] == 2, "two packets again")


async def test_wishes_for_whole_pictures_are_joined(world: World) -> None:
    dora, bob, sam = world.page("dora"), world.page("bob", sends=[]), world.page("sam", sends=[])
    await world.ready()
    await dora.send("camera")
    source = world.room.legs["dora"].sources["camera"]
    await until(lambda: source.flows, "the picture to flow")
    began, before = time.monotonic(), source.key_frames_asked

    for _each in range(50):
        for page in (bob, sam):
            await page.wish_key_frame("dora")
        await asyncio.sleep(0.01)

    took = time.monotonic() - began
    await until(lambda: len(dora.wishes(RtcpPsfbPacket, RTCP_PSFB_PLI)) >= 2, "wishes at the publisher")
    assert 1 <= source.key_frames_asked - before <= took / 0.3 + 2


async def test_the_last_wish_is_not_lost(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera")
    source = world.room.legs["dora"].sources["camera"]
    await until(lambda: source.flows, "the picture to flow")
    source.ask_key_frame()
    before = source.key_frames_asked

    await bob.wish_key_frame("dora")
    await until(lambda: source.key_frames_asked > before, "the second wish, a little later")


async def test_the_publisher_is_told_at_once_that_it_may_send_more(world: World) -> None:
    dora, _bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()

    await dora.send("camera")

    await until(lambda: limits(dora), "a limit")
    assert limits(dora)[0] == MOST_BPS


async def test_a_slow_viewer_slows_the_picture_down_to_the_floor_and_no_further(world: World) -> None:
    dora, bob, sam = world.page("dora"), world.page("bob", sends=[]), world.page("sam", sends=[])
    await world.ready()
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")

    await bob.tell_bitrate("dora", 900_000)
    await until(lambda: 890_000 < min(limits(dora), default=0) < 910_000, "the limit to follow")
    await sam.tell_bitrate("dora", 20_000)

    # A limit travels with 18 bits of precision.
    await until(lambda: LEAST_BPS * 0.99 < min(limits(dora), default=0) < LEAST_BPS * 1.01, "the floor")


async def test_the_publisher_hears_how_much_of_it_came(world: World) -> None:
    dora, _bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    for source in ("camera", "microphone"):
        await dora.send(source, count=10)

    def reported() -> set[int]:
        return {one.ssrc for packet in dora.rtcp if isinstance(packet, RtcpRrPacket) for one in packet.reports}

    await until(lambda: reported() == {dora.ssrc_of("camera"), dora.ssrc_of("microphone")}, "receiver reports")
