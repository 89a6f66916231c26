"""Where packets are placed: by the publisher's clock, whatever the network does to them."""

import pytest

from lens.recordings.clocks import SourceClock

NTP = 3_900_000_000 << 32


def test_jitter_of_the_network_is_not_in_the_recording() -> None:
    clock = SourceClock(rate=48_000)

    placed = [clock.place(n * 960, 1000 + n * 20 + (n * 7) % 30) for n in range(200)]

    assert [round(at - placed[0]) for at in placed] == [n * 20 for n in range(200)]


def test_timestamps_wrap() -> None:
    clock = SourceClock(rate=90_000)
    first = (1 << 32) - 4_500

    placed = [clock.place((first + n * 3_000) % (1 << 32), n * 33.3) for n in range(10)]

    assert round(placed[-1] - placed[0]) == 300


def test_a_slow_first_packet_is_put_right_by_those_that_follow() -> None:
    clock = SourceClock(rate=48_000)
    clock.place(0, 500)

    later = [clock.place(n * 960, 100 + n * 20) for n in range(1, 50)]

    assert round(later[-1]) == 100 + 49 * 20


def test_a_burst_after_a_stall_moves_nothing() -> None:
    clock = SourceClock(rate=48_000)
    for n in range(100):
        clock.place(n * 960, n * 20)

    burst = [clock.place(n * 960, 3000) for n in range(100, 150)]
    after = [clock.place(n * 960, n * 20) for n in range(150, 200)]

    assert round(burst[0]) == 2000
    assert round(after[-1]) == 199 * 20


def test_a_source_that_paused_without_counting_is_moved_to_where_it_is() -> None:
    clock = SourceClock(rate=48_000)
    for n in range(100):
        clock.place(n * 960, n * 20)

    after = [clock.place(n * 960, 8_000 + n * 20) for n in range(100, 200)]

    assert round(after[-1]) == 8_000 + 199 * 20


@pytest.mark.parametrize("late_ms", [0, 60, 250])
def test_a_picture_is_put_beside_the_voice_of_the_same_person(late_ms: int) -> None:
    voice, picture = SourceClock(rate=48_000), SourceClock(rate=90_000)
    for n in range(50):
        voice.place(n * 960, 100 + n * 20)
        picture.place(n * 1_800, 100 + late_ms + n * 20)  # the camera's packets take longer
    assert picture.behind(voice) == 0

    voice.report(NTP, 0)
    picture.report(NTP, 0)

    assert round(picture.behind(voice)) == late_ms
