"""`manage.py` for benches: the same server, which lets one socket send as much as it likes.

BENCH_SLOW_S=0.1 makes every `media.state` a database call of that length, as an unlucky query would be.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.core.management import execute_from_command_line

from sessions import presence, sockets

sockets.MESSAGES_PER_S = sockets.SIGNALS_PER_S = 1_000_000
sockets.BURST = 1_000_000
slow_s = float(os.environ.get("BENCH_SLOW_S", "0"))
if slow_s:
    presence.set_media_state = lambda **_named: time.sleep(slow_s)  # type: ignore[assignment]
execute_from_command_line(["manage.py", *sys.argv[1:]])
