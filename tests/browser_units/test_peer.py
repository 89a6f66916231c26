"""Two Peers in one page, with real connections between them."""

import json

import pytest
from playwright.sync_api import Page

from sessions import protocol

pytestmark = pytest.mark.browser

IMPORTS = """
const { Wire } = await import("units/wire.js");
const { movingPicture, tone, rtp, cameraRtp, framesDecoded, framesFlow, until } = await import("units/media.js");
"""


def run(page: Page, script: str) -> object:
    return page.evaluate(f"async () => {{ {IMPORTS} {script} }}")


def test_video_and_audio_reach_the_other_side(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        const tracks = {};
        wire.b.addEventListener("track", ({ detail }) => (tracks[detail.source] = detail));
        wire.a.setTrack("camera", movingPicture());
        wire.a.setTrack("microphone", tone());
        await framesFlow(wire.b);
        await until(async () => (await rtp(wire.b, "inbound-rtp", "audio"))[0]?.packetsReceived > 10);
        return {
          sameStream: tracks.microphone.stream === tracks.camera.stream,
          live: tracks.camera.track.readyState,
          offers: wire.count("offer"),
          answers: wire.count("answer"),
        };
        """,
    )

    assert result == {"sameStream": True, "live": "live", "offers": 1, "answers": 1}


def test_the_polite_side_sends_media_in_the_same_negotiation(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        wire.a.setTrack("microphone", tone());
        wire.b.setTrack("camera", movingPicture());
        await framesFlow(wire.a);
        return [wire.count("offer", "a"), wire.count("offer", "b")];
        """,
    )

    assert result == [1, 0]


def test_a_track_set_later_needs_no_negotiation(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        const states = [];
        wire.a.addEventListener("state", ({ detail }) => states.push(detail));
        await until(() => states.includes("connected"));
        wire.b.setTrack("camera", movingPicture());
        await framesFlow(wire.a);
        return wire.count("offer");
        """,
    )

    assert result == 1


def test_without_a_track_nothing_is_sent(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        const track = movingPicture();
        wire.a.setTrack("camera", track);
        await framesFlow(wire.b);
        wire.a.setTrack("camera", null);
        // What the encoder had in hand may still go out; then nothing does.
        const sent = async () => (await cameraRtp(wire.a, "outbound-rtp"))?.framesSent ?? 0;
        await until(async () => {
          const before = await sent();
          await new Promise((done) => setTimeout(done, 500));
          return (await sent()) === before;
        }, "silence");
        return track.readyState;
        """,
    )

    assert result == "live"


def test_changing_the_camera_keeps_the_connection(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        const states = [];
        let tracks = 0;
        wire.b.addEventListener("track", () => tracks++);
        const first = movingPicture();
        wire.a.setTrack("camera", first);
        await framesFlow(wire.b);
        wire.b.addEventListener("state", ({ detail }) => states.push(detail));
        first.stop();
        wire.a.setTrack("camera", movingPicture("#c33"));
        await framesFlow(wire.b, 20);
        return { states, tracks, offers: wire.count("offer") };
        """,
    )

    assert result == {"states": [], "tracks": 2, "offers": 1}


def test_a_screen_is_there_while_it_is_shown(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        const told = [];
        wire.b.addEventListener("track", ({ detail }) => detail.source === "screen" && told.push("shown"));
        wire.b.addEventListener("trackend", ({ detail }) => told.push(`${detail.source} ended`));
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        const before = told.length;
        wire.a.setTrack("screen", movingPicture("#c33"));
        await until(() => told.length === 1, "the screen");
        wire.a.setTrack("screen", null);
        await until(() => told.length === 2, "its end");
        wire.a.setTrack("screen", movingPicture("#3c3"));
        await until(() => told.length === 3, "another screen");
        return { before, told, offers: wire.count("offer") };
        """,
    )

    assert result == {"before": 0, "told": ["shown", "screen ended", "shown"], "offers": 1}


def test_the_camera_has_a_bitrate_limit(page: Page) -> None:
    result = run(
        page,
        """
        const wires = [{ a: false, b: true }, { a: true, b: false }].map((polite) => new Wire({ polite }));
        const rates = [];
        for (const wire of wires) {
          wire.a.setTrack("camera", movingPicture());
          await framesFlow(wire.b);
          await until(async () => (await cameraRtp(wire.a, "outbound-rtp"))?.targetBitrate > 0);
          rates.push((await cameraRtp(wire.a, "outbound-rtp")).targetBitrate);
        }
        return rates;
        """,
    )

    assert all(0 < rate <= 1_500_000 for rate in result)  # type: ignore[attr-defined]


def test_the_picture_begins_in_its_own_size(page: Page) -> None:
    result = run(
        page,
        """
        const sizes = [];
        for (const polite of [{ a: false, b: true }, { a: true, b: false }]) {
          const wire = new Wire({ polite });
          const video = document.createElement("video");
          video.muted = true;
          wire.b.addEventListener("track", ({ detail: { source, track } }) => {
            if (source === "camera") video.srcObject = new MediaStream([track]);
          });
          wire.a.setTrack("camera", movingPicture("#36c", 640));
          await until(() => video.videoWidth > 0);
          sizes.push(video.videoWidth);
        }
        return sizes;
        """,
    )

    assert result == [640, 640]


def test_offers_of_both_sides_at_once_settle(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        wire.a.setTrack("camera", movingPicture());
        wire.b.setTrack("microphone", tone());
        await framesFlow(wire.b);
        for (let round = 0; round < 5; round++) {
          for (const name of ["a", "b"]) wire.connection(name).restartIce();
          await framesFlow(wire.b, 3);
        }
        await until(async () => (await rtp(wire.a, "inbound-rtp", "audio"))[0]?.packetsReceived > 10);
        // The statistics list nothing for a moment after a negotiation.
        await until(async () => (await rtp(wire.b, "inbound-rtp", "video")).length > 0);
        return [(await rtp(wire.b, "inbound-rtp", "video")).length, wire.count("offer", "b") > 0];
        """,
    )

    assert result == [1, True]


def test_first_offers_of_both_sides_settle_without_doubled_tracks(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        wire.b.rebuild();
        let tracks = 0;
        wire.b.addEventListener("track", () => tracks++);
        wire.a.setTrack("camera", movingPicture());
        wire.b.setTrack("camera", movingPicture());
        await framesFlow(wire.a);
        await framesFlow(wire.b);
        return [tracks, wire.count("offer", "b")];
        """,
    )

    assert result[0] == 2  # type: ignore[index]


@pytest.mark.parametrize("lost", ["offer", "answer", "candidate"])
def test_a_lost_signal_is_made_good(page: Page, lost: str) -> None:
    run(
        page,
        f"""
        const wire = new Wire();
        let left = {3 if lost == "candidate" else 1};
        wire.passes = (signal) => {{
          const hit = left > 0 && ("{lost}" === "candidate" ? signal.candidate : signal.description?.type === "{lost}");
          if (hit) left--;
          return !hit;
        }};
        wire.a.setTrack("camera", movingPicture());
        await until(() => left === 0 || "{lost}" === "candidate");
        await framesFlow(wire.b);
        """,
    )


def test_candidates_that_overtake_the_offer_are_kept(page: Page) -> None:
    run(
        page,
        """
        const wire = new Wire();
        const held = [];
        wire.passes = (signal, from) => {
          if (from === "b" || !signal.description) return true;
          held.push(signal);
          return false;
        };
        wire.a.setTrack("camera", movingPicture());
        await until(() => wire.sent.some(({ signal }) => signal.candidate));
        await new Promise((done) => setTimeout(done, 100));
        wire.passes = (signal, from) => from === "b";
        const sdp = held[0].description.sdp.replace(/a=candidate:.*\\r\\n/g, "");
        await wire.b.receive({ description: { type: "offer", sdp } });
        await framesFlow(wire.b);
        """,
    )


@pytest.mark.parametrize("rebuilder", ["a", "b", "both"])
def test_a_side_that_starts_anew_takes_the_other_with_it(page: Page, rebuilder: str) -> None:
    run(
        page,
        f"""
        const wire = new Wire();
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        for (let round = 0; round < 3; round++) {{
          for (const peer of {"[wire.a, wire.b]" if rebuilder == "both" else f"[wire.{rebuilder}]"}) peer.rebuild();
          await until(async () => (await framesDecoded(wire.b)) === 0, "a new connection");
          await framesFlow(wire.b);
        }}
        """,
    )


def test_starting_anew_beside_an_offer_of_the_other_side_settles(page: Page) -> None:
    run(
        page,
        """
        for (const [first, second] of [["a", "b"], ["b", "a"]]) {
          const wire = new Wire();
          wire.a.setTrack("camera", movingPicture());
          await framesFlow(wire.b);
          wire.connection(first).restartIce();
          await until(() => wire.count("offer") === 2);
          wire[second].rebuild();
          await until(async () => (await framesDecoded(wire.b)) === 0, "a new connection");
          await framesFlow(wire.b);
        }
        """,
    )


def test_a_late_answer_to_an_older_offer_is_not_taken_for_the_next_one(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        const old = wire.sent.find(({ signal }) => signal.description?.type === "answer").signal;
        wire.passes = (signal, from) => from === "a";
        wire.connection("a").restartIce();
        await until(() => wire.count("answer") === 2);
        await wire.a.receive(old);
        const pending = wire.connection("a").signalingState;
        wire.passes = () => true;
        await until(() => wire.connection("a").signalingState === "stable");
        await framesFlow(wire.b);
        return pending;
        """,
    )

    assert result == "have-local-offer"


def test_a_failed_connection_restarts_by_itself(page: Page) -> None:
    """The candidates of both sides lead to a port where nobody listens, until ICE has failed."""
    run(
        page,
        """
        const wire = new Wire();
        const astray = (text) => text.replace(/(candidate:\\S+ 1 \\S+ \\d+ \\S+) \\d+/g, "$1 65001");
        wire.passes = ({ description, candidate }) => {
          if (description) description.sdp = astray(description.sdp);
          if (candidate) candidate.candidate = astray(candidate.candidate);
          return true;
        };
        const states = [];
        wire.a.addEventListener("state", ({ detail }) => states.push(detail));
        wire.a.setTrack("camera", movingPicture());
        await until(() => states.includes("failed"), "failed", 60_000);
        wire.passes = () => true;
        await framesFlow(wire.b);
        """,
    )


def test_closing_leaves_nothing_running(page: Page) -> None:
    result = run(
        page,
        """
        const wire = new Wire();
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        wire.a.close();
        const fromA = () => wire.sent.filter(({ from }) => from === "a").length;
        const before = fromA();
        await wire.a.receive({ description: wire.sent[0].signal.description });
        wire.a.setTrack("camera", null);
        await new Promise((done) => setTimeout(done, 1500));
        return fromA() - before;
        """,
    )

    assert result == 0


def test_every_signal_fits_the_protocol(page: Page) -> None:
    signals = run(
        page,
        """
        const wire = new Wire();
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        return wire.sent.map(({ signal }) => signal);
        """,
    )

    messages = [{"type": "signal.send", "to": "them", "page": "page-2", **signal} for signal in signals]  # type: ignore[attr-defined]
    parsed = [protocol.parse_from_browser(json.dumps(message)) for message in messages]
    assert {(message.description is None, message.candidate is None) for message in parsed} == {
        (True, False),
        (False, True),
    }
