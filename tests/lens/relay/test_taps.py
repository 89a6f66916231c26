"""Who listens beside the viewers hears every packet once, from the first to the last."""

from lens.relay.taps import TappedSource
from tests.lens.relay.aiortc_pages import World, until


class Ear:
    def __init__(self) -> None:
        self.heard: list[tuple[str, object]] = []

    def source_added(self, source: TappedSource) -> None:
        self.heard.append(("added", source))

    def packet(self, source_id: str, rtp: bytes, arrived_at: float) -> None:
        assert arrived_at > 0
        self.heard.append((source_id, rtp[12:]))

    def sender_report(self, source_id: str, ntp: int, rtp_timestamp: int) -> None:
        self.heard.append((source_id, (ntp, rtp_timestamp)))

    def source_ended(self, source_id: str) -> None:
        self.heard.append(("ended", source_id))

    def closed(self) -> None:
        self.heard.append(("closed", None))


async def test_a_tap_hears_sources_packets_and_ends(world: World) -> None:
    dora, _bob = world.page("dora"), world.page("bob", sends=[])
    early, late = Ear(), Ear()
    world.room.add_tap(early)
    await world.ready()
    await dora.send("camera", count=2, payload=b"one")
    await until(lambda: len(early.heard) == 3, "packets")
    source = world.room.legs["dora"].sources["camera"]

    world.room.add_tap(late)
    await dora.send("camera", payload=b"two")
    await until(lambda: late.heard[-1] == (source.id, b"two"), "what comes later")
    world.room.remove_tap(late)
    dora.sends = frozenset()
    world.follow()
    world.room.close()

    told = TappedSource(source.id, "dora", "camera", "VP8", 90_000)
    assert early.heard == [
        ("added", told),
        (source.id, b"one"),
        (source.id, b"one"),
        (source.id, b"two"),
        ("ended", source.id),
        ("closed", None),
    ]
    assert late.heard == [("added", told), (source.id, b"two")]


async def test_a_tap_asks_for_a_whole_picture(world: World) -> None:
    dora, _bob = world.page("dora"), world.page("bob", sends=[])
    await world.ready()
    await dora.send("camera")
    source = world.room.legs["dora"].sources["camera"]
    await until(lambda: source.flows, "the picture to flow")
    before = source.key_frames_asked

    world.room.request_key_frame(source.id)
    world.room.request_key_frame("of nobody")

    await until(lambda: source.key_frames_asked > before, "the wish")
