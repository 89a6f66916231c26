"""How tests are shared out among processes: whole files, and all that shows moving pictures goes to one of them.

Two stories of several pictures at once are more than two cores can show in time: pages would wait for a core for longer
than a test waits for them. What takes long by waiting is begun before what is short: no process is left alone with it.
"""

from typing import Any

from xdist.scheduler import LoadFileScheduling

FOLDERS = ("tests/browser_units/", "tests/e2e/")
BROWSERS = "browsers"
CALM = (  # one picture at most, or pages in which nothing moves: these files go wherever there is room
    "tests/browser_units/test_capture.py",
    "tests/browser_units/test_connection.py",
    "tests/browser_units/test_fold.py",
    "tests/browser_units/test_in_turn.py",
    "tests/browser_units/test_live_socket.py",
    "tests/browser_units/test_pane_modules.py",
    "tests/browser_units/test_recording_modules.py",
    "tests/browser_units/test_session_list.py",
    "tests/e2e/test_accessibility.py",
    "tests/e2e/test_camera_trouble.py",
    "tests/e2e/test_console_day.py",
    "tests/e2e/test_history.py",
    "tests/e2e/test_hold.py",
    "tests/e2e/test_keyboard.py",
    "tests/e2e/test_mail_by_smtp.py",
    "tests/e2e/test_manager.py",
    "tests/e2e/test_modules.py",
    "tests/e2e/test_permissions_in_pages.py",
    "tests/e2e/test_portals.py",
    "tests/e2e/test_survey.py",
    "tests/e2e/test_ways_in_again.py",
)
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
        moves = nodeid.startswith(FOLDERS) and not nodeid.startswith(CALM)
        return BROWSERS if moves else super()._split_scope(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        scope = next((scope for scope in LONG_FIRST if scope in self.workqueue), None)
        if scope is not None:
            self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)
