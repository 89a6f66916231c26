"""How tests are shared out among processes: whole files, and all that drives a browser goes to one of them.

Two stories of several browsers at once are more than two cores can show in time: pages would wait for a core for longer
than a test waits for them.
"""

from xdist.scheduler import LoadFileScheduling

FOLDERS = ("tests/browser_units/", "tests/e2e/")


class BrowsersInTurn(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return "browsers" if nodeid.startswith(FOLDERS) else super()._split_scope(nodeid)
