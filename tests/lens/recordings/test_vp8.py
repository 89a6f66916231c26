"""Frames from packets that are late, doubled, missing or nonsense; nothing broken is ever given out."""

import contextlib
import functools
import operator
import random

import pytest

from lens.recordings.vp8 import Depacketizer, Frame, Malformed, parse_rtp, picture_size
from tests.lens.recordings.media import Camera, rtp, vp8_frames

FRAMES = vp8_frames(30, width=320, height=240)


def packets() -> list[list[bytes]]:
    camera = Camera()
    return [camera.packets(frame) for frame in FRAMES]


def given(arriving: list[bytes], *, wait_s: float = 0.5, apart_s: float = 0.001) -> tuple[list[Frame], Depacketizer]:
    depacketizer = Depacketizer(wait_s=wait_s)
    frames: list[Frame] = []
    for number, packet in enumerate(arriving):
        frames += depacketizer.feed(parse_rtp(packet, number * apart_s))
    frames += depacketizer.tick(len(arriving) * apart_s + wait_s)
    return frames, depacketizer


def test_frames_come_out_as_they_went_in() -> None:
    frames, depacketizer = given(functools.reduce(operator.iadd, packets(), []))

    assert [frame.data for frame in frames] == list(FRAMES)
    assert [frame.is_key for frame in frames[:11]] == [True] + [False] * 9 + [True]
    assert depacketizer.frames_lost == 0


@pytest.mark.parametrize("seed", range(10))
def test_order_and_doubles_do_not_matter(seed: int) -> None:
    rng = random.Random(seed)
    sent = functools.reduce(operator.iadd, packets(), [])
    arriving = sent[:3]  # the first packet tells where to begin
    for at in range(3, len(sent), 8):
        shuffled = sent[at : at + 8] + rng.sample(sent[:at], 2)
        rng.shuffle(shuffled)
        arriving += shuffled

    frames, _depacketizer = given(arriving)

    assert [frame.data for frame in frames] == list(FRAMES)


@pytest.mark.parametrize("which", ["first", "middle", "last"])
def test_after_a_loss_nothing_is_given_out_before_the_next_key_frame(which: str) -> None:
    sent = packets()
    assert len(sent[3]) >= 3
    lost = {"first": 0, "middle": 1, "last": len(sent[3]) - 1}[which]
    del sent[3][lost]

    frames, depacketizer = given(functools.reduce(operator.iadd, sent, []), wait_s=0.01)

    assert [frame.data for frame in frames] == [*FRAMES[:3], *FRAMES[10:]]
    assert depacketizer.frames_lost == 7
    assert not depacketizer.needs_key_frame


def test_a_whole_lost_frame_is_noticed() -> None:
    sent = packets()
    del sent[3]

    frames, _depacketizer = given(functools.reduce(operator.iadd, sent, []), wait_s=0.01)

    assert [frame.data for frame in frames] == [*FRAMES[:3], *FRAMES[10:]]


def test_a_retransmission_in_time_mends_it() -> None:
    sent = packets()
    late = sent[3].pop(1)
    sent[6].append(late)

    frames, _depacketizer = given(functools.reduce(operator.iadd, sent, []), wait_s=0.5)

    assert [frame.data for frame in frames] == list(FRAMES)


def test_it_waits_for_a_key_frame_to_begin_with() -> None:
    frames, depacketizer = given(functools.reduce(operator.iadd, packets()[4:], []))

    assert [frame.data for frame in frames] == list(FRAMES[10:])
    assert not depacketizer.needs_key_frame


def test_padding_that_carries_nothing_breaks_nothing() -> None:
    sent = packets()
    camera_after = int.from_bytes(sent[-1][-1][2:4], "big") + 1
    probe = bytearray(rtp(camera_after, 7, b"\0" * 3 + b"\x04"))
    probe[0] |= 0x20

    frames, depacketizer = given([*functools.reduce(operator.iadd, sent, []), bytes(probe)])

    assert len(frames) == len(FRAMES)
    assert not depacketizer.needs_key_frame


@pytest.mark.parametrize("sequence", [20_000, 50_000])
def test_a_source_that_begins_anew_far_away_is_followed(sequence: int) -> None:
    frames, _depacketizer = given(
        [*functools.reduce(operator.iadd, packets(), []), *Camera(sequence=sequence).packets(FRAMES[0])], wait_s=0.0
    )

    assert frames[-1].data == FRAMES[0]
    assert len(frames) == len(FRAMES) + 1


@pytest.mark.parametrize("seed", range(40))
def test_nonsense_raises_nothing_but_malformed(seed: int) -> None:
    rng = random.Random(seed)
    depacketizer = Depacketizer()
    for _ in range(200):
        data = rng.randbytes(rng.randrange(40))
        if rng.random() < 0.8:
            data = bytes([0x80 | rng.randrange(64)]) + data[1:] if data else data
        try:
            packet = parse_rtp(data, 0.0)
        except Malformed:
            continue
        for frame in depacketizer.feed(packet):
            if frame.is_key:
                with contextlib.suppress(Malformed):
                    picture_size(frame.data)


def test_the_size_of_a_picture_is_in_its_key_frame() -> None:
    assert picture_size(FRAMES[0]) == (320, 240)
    with pytest.raises(Malformed):
        picture_size(FRAMES[1])
