"""The short form of two hours of packets (`bench/relay_endurance.py`): nothing of a stream is kept for ever."""

from tests.lens.relay.synthetic_hours import LOSS, PACKETS_PER_PICTURE, PICTURES_PER_S, VIEWERS, Hours

WARM_UP_S, SECONDS = 30, 90
MOST_GROWTH = 100_000  # bytes; a list of all packets would take 12 MB, one of all numbers 0.4 MB


async def test_minutes_of_packets_leave_nothing_behind() -> None:
    hours = Hours()

    growth = await hours.growth(warm_up_s=WARM_UP_S, seconds=SECONDS)

    packets = (WARM_UP_S + SECONDS) * PICTURES_PER_S * PACKETS_PER_PICTURE
    camera = hours.camera
    assert camera.sent == packets
    assert camera.rtx_sent >= packets * LOSS / 2, "what was lost was asked for again"
    for viewer in camera.viewers:
        assert viewer.packets > packets * 0.999, "and reached everybody"
    assert len(camera.viewers) == VIEWERS
    assert growth < MOST_GROWTH
