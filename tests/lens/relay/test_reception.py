"""What came, what is missing, and what the publisher is told of both."""

from lens.relay.reception import ASK_AGAIN_S, HISTORY, MOST_ASKED, MOST_MISSING, Reception


def reception(*numbers: int, start_s: float = 0, keeps: bool = True) -> Reception:
    made = Reception(90_000, keeps=keeps)
    for step, seq in enumerate(numbers):
        made.add(seq & 0xFFFF, 3000 * step, b"p%d" % seq, start_s + step / 30)
    return made


def test_nothing_is_missing_of_a_whole_stream() -> None:
    assert reception(*range(65_500, 65_600)).to_ask(10) == []


def test_what_is_missing_is_asked_for_a_few_times_and_then_given_up() -> None:
    stream = reception(1, 2, 5)

    asked = [stream.to_ask(at / 100) for at in range(1000)]

    assert [numbers for numbers in asked if numbers] == [[3, 4]] * MOST_ASKED
    assert stream.to_ask(10 + ASK_AGAIN_S) == []


def test_what_came_late_is_not_asked_for() -> None:
    stream = reception(1, 2, 5)
    assert stream.add(3, 0, b"late", 1)

    assert stream.to_ask(2) == [4]
    assert stream.find(3) == b"late"


def test_a_packet_counts_once() -> None:
    stream = reception(1, 2, 3)

    assert not stream.add(2, 0, b"again", 1)
    assert stream.packets == 3


def test_a_packet_from_long_ago_is_dropped() -> None:
    stream = reception(5000)

    assert not stream.add(5000 - HISTORY, 0, b"old", 1)


def test_after_a_long_gap_a_whole_picture_is_asked_for_and_not_its_pieces() -> None:
    stream = reception(1, 3 + MOST_MISSING)

    assert stream.overrun
    assert stream.to_ask(1) == []


def test_no_stream_makes_the_memory_grow() -> None:
    stream = reception(*range(0, 100_000, 2))

    assert len(stream.history) == HISTORY
    assert len(stream._missing) <= MOST_MISSING


def test_sound_is_not_kept_and_not_asked_for_again() -> None:
    stream = reception(1, 2, 5, keeps=False)

    assert stream.to_ask(1) == []
    assert stream.find(2) is None


def test_a_report_says_what_was_lost_since_the_last_one() -> None:
    stream = reception(*[seq for seq in range(65_530, 65_550) if seq % 4])
    first = stream.report(1)
    for seq in range(14, 24):
        stream.add(seq, 0, b"", 2)
    second = stream.report(2)

    assert first is not None
    assert (first.fraction_lost, first.packets_lost, first.highest) == (64, 5, 65_549)
    assert second is not None
    assert (second.fraction_lost, second.packets_lost, second.highest) == (0, 5, 65_536 + 23)


def test_there_is_no_report_before_the_first_packet() -> None:
    assert Reception(48_000, keeps=False).report(1) is None


def test_a_report_names_the_sender_report_before_it() -> None:
    stream = reception(1)
    stream.heard_sender(0x1234_5678_9ABC_DEF0, now=5)

    report = stream.report(7.5)

    assert report is not None
    assert (report.lsr, report.dlsr) == (0x5678_9ABC, int(2.5 * 65_536))


def test_an_even_stream_has_no_jitter_and_an_uneven_one_has() -> None:
    even, uneven = reception(*range(60)).report(2), Reception(90_000, keeps=True)
    for step in range(60):
        uneven.add(step, 3000 * step, b"", step / 30 + (0.01 if step % 2 else 0))

    assert even is not None
    assert even.jitter == 0
    report = uneven.report(2)
    assert report is not None
    assert report.jitter > 500
