"""The one place that knows aiortc's and aioice's private parts: what gathers and hears, and the link that sends.

version.py says for which aiortc. A contract of import-linter keeps the rest of the app away from it; codecs.py and
rtcp.py, beside this folder, use its public names only.
"""

from lens.relay.aiortc_hooks.link import BadAnswer, Line, Link
from lens.relay.aiortc_hooks.ports import Network

__all__ = ["BadAnswer", "Line", "Link", "Network"]
