"""How tests are shared out among processes: whole files, and all that drives a browser goes to one of them.

Two stories of several browsers at once are more than two cores can show in time: pages would wait for a core for longer
than a test waits for them. What takes long by waiting is begun before what is short: no process is left alone with it.
"""

from typing import Any

from xdist.scheduler import LoadFileScheduling

FOLDERS = ("tests/browser_units/", "tests/e2e/")
BROWSERS = "browsers"
LONG_FIRST = (
    BROWSERS,
    "tests/sessions/test_survival.py",
    "tests/sessions/test_slow_reader.py",
    "tests/sessions/test_rolling_restart.py",
    "tests/tooling/test_make_run.py",
    "tests/tooling/test_serve_tls.py",
    "tests/config/test_first_start.py",
)


class BrowsersInTurn(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return BROWSERS if nodeid.startswith(FOLDERS) else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        scope = next((scope for scope in LONG_FIRST if scope in self.workqueue), None)
        if scope is not None:
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
