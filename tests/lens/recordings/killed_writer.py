"""Writes a part without end, packet by packet in real time: to be killed. `killed_writer.py FILE`."""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import django

django.setup()

from lens.recordings.storage import PartFile  # noqa: E402
from lens.recordings.tap import RecordingTap  # noqa: E402
from tests.lens.recordings.media import Microphone, opus_packets  # noqa: E402
from tests.lens.recordings.test_parts import VOICE  # noqa: E402

SOUND = opus_packets(50)


def main(path: Path) -> None:
    began = time.monotonic()
    store = PartFile(path)
    tap = RecordingTap(started_at=datetime.now(UTC), began=began, store=store, ask_key_frame=lambda _source: None)
    tap.source_added(VOICE)
    microphone = Microphone()
    for number in range(10_000):
        tap.packet(VOICE.id, microphone.packet(SOUND[number % 50]), time.monotonic())
        print(number, flush=True)
        time.sleep(0.02)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
