"""The live protocol: the only schema of what travels over `/ws/sessions/<public_id>/` and `/ws/console/`.

Imports nothing of ours, so that the applet can use it too. `manage.py write_protocol_js` writes the types for the
browser from it. Types are `noun.verb`; times are ISO 8601 in UTC; durations end in `_ms`; ids are opaque strings.
"""

# ruff: noqa: F403 (one name for all of it: who uses the protocol need not know in which part a message stands)
from sessions.protocol.base import *
from sessions.protocol.console import *
from sessions.protocol.durable import *
from sessions.protocol.from_browser import *
from sessions.protocol.live import *
from sessions.protocol.wire import *
