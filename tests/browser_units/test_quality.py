"""How good a connection is said to be: from counters to a level, and from levels to one that does not flicker."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


def run(page: Page, script: str, argument: object = None) -> Any:
    imports = "const quality = await import('lens/quality.js');"
    return page.evaluate(f"async (argument) => {{ {imports} {script} }}", argument)


@pytest.mark.parametrize(
    ("loss", "round_trip", "level"),
    [
        (None, None, None),
        (0, 20, "good"),
        (0.01, 300, "good"),
        (None, 300, "good"),
        (0.011, 20, "fair"),
        (0, 301, "fair"),
        (0.03, 800, "fair"),
        (0.031, 20, "poor"),
        (0, 801, "poor"),
        (0.5, None, "poor"),
    ],
)
def test_the_worse_of_loss_and_round_trip_counts(
    page: Page, loss: float | None, round_trip: float | None, level: str | None
) -> None:
    assert run(page, "return quality.levelOf(argument);", {"loss": loss, "roundTripMs": round_trip}) == level


@pytest.mark.parametrize(
    ("samples", "told"),
    [
        (["good"], ["good"]),
        (["good", "poor", "good", "poor", "good"], ["good"]),
        (["good", "poor", "poor"], ["good", "poor"]),
        (["good", "fair", "poor", "poor"], ["good", "poor"]),
        (["poor", "good", "good", "good"], ["poor"]),
        (["poor", "good", "good", "good", "good"], ["poor", "good"]),
        (["good", None, "poor", None, "poor"], ["good"]),
    ],
)
def test_what_is_worse_must_last_and_what_is_better_longer(
    page: Page, samples: list[str | None], told: list[str]
) -> None:
    result = run(
        page,
        """
        const steady = new quality.SteadyLevel();
        return argument.flatMap((sample) => (steady.add(sample) ? [steady.level] : []));
        """,
        samples,
    )

    assert result == told


def test_what_came_of_some_tracks_is_counted_since_the_look_before(page: Page) -> None:
    result = run(
        page,
        """
        const stream = (track, more) => ({ type: "inbound-rtp", trackIdentifier: track, timestamp: 3000, ...more });
        const report = new Map(Object.entries({
          T: { type: "transport", selectedCandidatePairId: "P" },
          P: { type: "candidate-pair", currentRoundTripTime: 0.0247, localCandidateId: "L" },
          L: { type: "local-candidate", candidateType: "relay" },
          V: { type: "codec", mimeType: "video/VP8" },
          O: { type: "codec", mimeType: "audio/opus" },
          A: stream("camera", { kind: "video", packetsReceived: 190, packetsLost: 15, bytesReceived: 60000,
                                codecId: "V", frameWidth: 640, frameHeight: 480, framesPerSecond: 29.7 }),
          B: stream("voice", { kind: "audio", packetsReceived: 100, packetsLost: 0, bytesReceived: 5000,
                               codecId: "O" }),
          C: stream("somebody else's", { packetsReceived: 1000, packetsLost: 900, bytesReceived: 1e6 }),
        }));
        const before = { at: 1000, received: 200, lost: 5, bytes: 15000 };
        return quality.incoming(report, new Set(["camera", "voice"]), before, false);
        """,
    )

    assert result == {
        "counters": {"at": 3000, "received": 290, "lost": 15, "bytes": 65_000},
        "measure": {
            "loss": 0.1,
            "kbps": 200,
            "roundTripMs": 25,
            "width": 640,
            "height": 480,
            "fps": 30,
            "codecs": "VP8, opus",
            "path": "turn",
        },
    }


def test_of_what_one_sends_the_worst_word_of_the_others_counts(page: Page) -> None:
    result = run(
        page,
        """
        const report = new Map(Object.entries({
          A: { type: "outbound-rtp", timestamp: 3000, bytesSent: 50000 },
          B: { type: "outbound-rtp", timestamp: 3000, bytesSent: 0 },
          C: { type: "remote-inbound-rtp", fractionLost: 0.02 },
          D: { type: "remote-inbound-rtp", fractionLost: 0 },
        }));
        return quality.outgoing(report, { at: 1000, received: 0, lost: 0, bytes: 25000 }, true).measure;
        """,
    )

    assert (result["loss"], result["kbps"], result["roundTripMs"], result["path"]) == (0.02, 100, None, "relay")


def test_the_lines_of_a_session_are_watched(page: Page) -> None:
    result = page.evaluate(
        """
        async () => {
          const { Hub } = await import("units/wire.js");
          const { movingPicture, tone, until } = await import("units/media.js");
          const { QualityWatch, OWN } = await import("lens/quality_watch.js");
          const hub = new Hub();
          const phone = hub.page("customer", "p1"), desk = hub.page("desk", "d1");
          phone.set.setLocal({ camera: movingPicture(), microphone: tone() });
          const atDesk = new QualityWatch(desk.set), atPhone = new QualityWatch(phone.set);
          let levels = 0;
          atDesk.addEventListener("levels", () => levels++);
          const before = atDesk.level("customer");
          hub.plan();
          await until(() => atDesk.level("customer") && atDesk.measure("customer").width, "the level of the customer");
          await until(() => atPhone.level(OWN) && atPhone.measure(OWN).kbps > 0, "one's own level");
          const { codecs, path } = atDesk.measure("customer");
          const told = levels > 0;
          hub.plan({ empty: true });
          await until(() => atDesk.level("customer") === null, "nothing to be known any more");
          atDesk.close();
          atPhone.close();
          return { before, codecs: codecs.split(", ").sort(), path, told, stranger: atDesk.level("stranger") };
        }
        """
    )

    assert result == {
        "before": None,
        "codecs": ["VP8", "opus"],
        "path": "direct",
        "told": True,
        "stranger": None,
    }


@pytest.mark.parametrize(
    ("looks", "bitrates"),
    [
        (["good"] * 20, []),
        (["poor"], []),
        (["poor", "fair", "poor"], []),
        (["poor"] * 2, [600_000]),
        (["poor"] * 20, [600_000, 250_000, 100_000]),
        (["poor"] * 4 + ["good"] * 7, [600_000, 250_000]),
        (["poor"] * 4 + ["good"] * 16, [600_000, 250_000, 600_000, 1_500_000]),
        (["poor"] * 2 + ["fair"] * 20 + [None] * 20, [600_000]),
    ],
)
def test_on_a_poor_line_ever_less_of_the_picture_is_sent(
    page: Page, looks: list[str | None], bitrates: list[int]
) -> None:
    result = page.evaluate(
        """
        async (looks) => {
          const { VideoLadder } = await import("lens/video_ladder.js");
          const limits = [];
          const ladder = new VideoLadder({ watch: new EventTarget(), limit: (one) => limits.push(one.maxBitrate) });
          for (const level of looks) ladder.look(level);
          return limits;
        }
        """,
        looks,
    )

    assert result == bitrates


def test_a_limit_makes_the_picture_smaller_and_leaves_the_sound_alone(page: Page) -> None:
    result = page.evaluate(
        """
        async () => {
          const { Hub } = await import("units/wire.js");
          const { movingPicture, tone, framesFlow, rtp, until } = await import("units/media.js");
          const hub = new Hub();
          const phone = hub.page("customer", "p1"), desk = hub.page("desk", "d1");
          phone.set.setLocal({ camera: movingPicture(), microphone: tone() });
          hub.plan();
          await framesFlow(desk.set.get("customer"));
          phone.set.limitPictures({ maxBitrate: 250_000, scale: 4 });
          const sent = async (kind) => (await rtp(phone.set.get("desk"), "outbound-rtp", kind))[0];
          const width = async () => (await rtp(phone.set.get("desk"), "outbound-rtp", "video"))
            .find(({ frameWidth }) => frameWidth)?.frameWidth;
          await until(async () => (await width()) <= 80, "a smaller picture");
          const before = (await sent("audio")).packetsSent;
          await until(async () => (await sent("audio")).packetsSent > before + 10, "the sound");
          return phone.set.get("desk") !== undefined;
        }
        """
    )

    assert result is True
