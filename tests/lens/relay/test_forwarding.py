"""What one page publishes comes to all others as it is, and to nobody else."""

import asyncio

import pytest
from aiortc.rtp import RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpSenderInfo, RtcpSrPacket

from lens.relay.codecs import CODECS
from lens.relay.source import KEY_FRAME_EVERY_S
from sessions.protocol import Description
from tests.lens.relay.aiortc_pages import TYPES, Page, World, until


def trio(world: World) -> tuple[Page, Page, Page]:
    return world.page("dora"), world.page("bob", sends=["microphone"]), world.page("sam", sends=["microphone"])


async def test_everybody_gets_what_the_others_publish(world: World) -> None:
    dora, bob, sam = trio(world)
    await world.ready()

    await dora.send("camera", count=20)
    await bob.send("microphone", count=5)

    for page in (bob, sam):
        await until(lambda page=page: len(page.received["dora", "camera"]) == 20, "the picture")
        assert page.sequence("dora", "camera") == list(range(1, 21))
    for page in (dora, sam):
        await until(lambda page=page: len(page.received["bob", "microphone"]) == 5, "the voice")
    assert not dora.received["dora", "camera"]
    assert not any(page.received["", "unknown"] for page in (dora, bob, sam))


async def test_those_who_come_together_need_one_offer_each(world: World) -> None:
    pages = trio(world)
    await world.ready()

    assert [len(set(page.offers)) for page in pages] == [1, 1, 1]


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_the_packet_itself_is_left_alone(world: World, codec: str) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()

    await dora.send("camera", codec=codec, payload=b"as it was")

    [packet] = await until(lambda: bob.received["dora", "camera"], "the picture")
    assert packet[12:] == b"as it was"
    assert CODECS[packet[1] & 0x7F].name == codec


async def test_a_late_comer_is_told_of_all_there_is_and_a_whole_picture_is_asked_for(world: World) -> None:
    dora, _bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera", count=3)
    await until(lambda: world.room.legs["dora"].sources["camera"].flows, "the picture to flow")
    dora.rtcp.clear()

    sam = world.page("sam", sends=["microphone"])
    await world.ready()
    await dora.send("camera")

    await until(lambda: sam.received["dora", "camera"], "the picture")
    await until(lambda: dora.wishes(RtcpPsfbPacket, RTCP_PSFB_PLI), "a wish for a whole picture")
    await asyncio.sleep(KEY_FRAME_EVERY_S)
    assert len(dora.wishes(RtcpPsfbPacket, RTCP_PSFB_PLI)) == 1, "a second one would come too late for its picture"


async def test_a_copy_does_not_begin_just_before_its_numbers_come_round(world: World) -> None:
    """Else a page that misses the first of them would take what follows for another round, and see nothing."""
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    dora.goes_on_from("camera", 0xFFD0)
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")
    dora.goes_on_from("camera", 0xFFF8)

    sam = world.page("sam", sends=[])
    await world.ready()
    for _each in range(20):
        await dora.send("camera")

    await until(lambda: len(sam.received["dora", "camera"]) == 12, "what comes after")
    assert sam.sequence("dora", "camera") == list(range(12))
    await until(lambda: len(bob.received["dora", "camera"]) == 21, "all of it, for who was there")


async def test_others_are_not_disturbed_by_who_comes_and_goes(world: World) -> None:
    dora, bob, sam = trio(world)
    await world.ready()
    done = asyncio.Event()

    async def film() -> None:
        while not done.is_set():
            await dora.send("camera")
            await asyncio.sleep(0.01)

    filming = asyncio.create_task(film())
    for name in ("tom", "ute"):
        world.page(name, sends=["microphone"])
        await world.ready()
    del world.pages["sam"]
    await world.ready()
    await until(lambda: len(bob.offers) >= 3, "bob to be told of both")
    done.set()
    await filming

    last = dora.seq_of("camera")
    await until(lambda: last in bob.sequence("dora", "camera"), "all of it")
    assert bob.sequence("dora", "camera") == list(range(bob.sequence("dora", "camera")[0], last + 1))
    assert bob.state == "connected"
    await sam.close()


async def test_a_line_is_used_again_for_the_next_one_who_comes(world: World) -> None:
    _dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    for name in ("eve", "ida", "ulf"):
        del world.pages[list(world.pages)[-1] if name != "eve" else "dora"]
        page = world.page(name)
        await world.ready()
        await page.send("camera")
        await until(lambda name=name: bob.received[name, "camera"], f"the picture of {name}")

    assert len(bob.lines) == 3 + 2  # its own three, and camera and microphone of the other one
    assert bob.offers[-1].count("m=") == 3 + 2  # the lines of those who have gone


async def test_sender_reports_are_passed_on_so_that_lips_are_in_step(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")

    info = RtcpSenderInfo(ntp_timestamp=1 << 40, rtp_timestamp=3000, packet_count=1, octet_count=7)
    await dora.send_rtcp(RtcpSrPacket(ssrc=dora.ssrc_of("camera"), sender_info=info))

    def found() -> list[RtcpSrPacket]:
        return [packet for packet in bob.rtcp if isinstance(packet, RtcpSrPacket)]

    [report] = await until(found, "the report")
    assert (report.ssrc, report.sender_info) == (bob.out_ssrc("dora", "camera"), info)


async def test_a_screen_has_a_line_from_first_packet_to_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lens.relay.room.SILENT_S", 0.5)
    dora, bob = world.page("dora"), world.page("bob", sends=["microphone", "screen"])
    await world.ready()
    assert ("bob", "screen") not in {(line.attendee, line.source) for line in dora.lines}

    await bob.send("screen")
    await until(lambda: ("bob", "screen") in {(line.attendee, line.source) for line in dora.lines}, "a line")
    await until(lambda: any(o.source.kind == "screen" for o in world.room.legs["dora"].outs.values()), "the way to it")
    await bob.send("screen")
    await until(lambda: dora.received["bob", "screen"], "the screen")

    await until(lambda: ("bob", "screen") not in {(line.attendee, line.source) for line in dora.lines}, "no line")


async def test_a_page_that_was_loaded_again_takes_the_place_of_the_old_one(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")

    again = world.page("dora")
    again.page_id = "another page"
    await world.ready()
    await again.send("camera", payload=b"again")

    await until(lambda: bob.received["dora", "camera"][-1].endswith(b"again"), "the picture of the new page")
    await dora.close()


async def test_a_dead_link_is_made_anew_when_the_page_asks(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    first = world.room.legs["bob"].link

    bob.say(renew=True)

    await until(lambda: world.room.legs["bob"].link not in (first, None), "another link")
    await world.ready()
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")


async def test_an_offer_is_repeated_until_it_is_answered(world: World) -> None:
    dora, bob = world.page("dora"), world.page("bob", sends=[])
    bob.answers = False
    world.follow()
    await until(lambda: len(bob.offers) >= 2, "the offer again")
    assert len(set(bob.offers)) == 1

    bob.answers = True

    await world.ready()
    await dora.send("camera")
    await until(lambda: bob.received["dora", "camera"], "the picture")


async def test_an_answer_to_an_older_offer_is_passed_over(world: World) -> None:
    world.page("dora")
    bob = world.page("bob", sends=[])
    bob.answers = False
    world.follow()
    await until(lambda: bob.offers, "an offer")

    bob.say(description=Description(type="answer", sdp="v=0"), answers="1 1")
    bob.answers = True

    await world.ready()
    assert len(set(bob.offers)) == 1


def test_both_codecs_and_sound_are_offered() -> None:
    assert {"VP8", "H264", "opus"} == set(TYPES)
