"""Memory of the relay's streams over hours of packets, faster than the clock.

    .venv/bin/python bench/relay_endurance.py [hours]

A camera and a microphone with nine viewers, 1 % of the packets lost and asked for again. No sockets, no encryption:
what is measured is what the relay keeps. Prints packets, the bytes that stay behind after the first minute, and these
per packet.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")

import django

django.setup()

from tests.lens.relay.synthetic_hours import Hours

HOURS = 2.0
WARM_UP_S = 60


async def main() -> None:
    asked = float(sys.argv[1]) if len(sys.argv) > 1 else HOURS
    hours = Hours()
    growth = await hours.growth(warm_up_s=WARM_UP_S, seconds=int(asked * 3600))
    came = hours.camera.sent + hours.sound.sent
    sent = sum(viewer.packets for stream in (hours.camera, hours.sound) for viewer in stream.viewers)
    print(f"{asked:g} h: {came:,} packets in, {sent:,} out, {hours.camera.rtx_sent:,} sent again by the publisher")
    print(f"growth after the first minute: {growth:,} bytes, {growth / came:.4f} per packet")


if __name__ == "__main__":
    asyncio.run(main())
