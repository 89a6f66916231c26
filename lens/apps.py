from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LensConfig(AppConfig):
    name = "lens"
    verbose_name = _("Lens")

    def ready(self) -> None:
        from lens.recordings import keeper
        from lens.recordings.recorder import SessionRecorder
        from lens.relay import host, taps
        from lens.relay.version import require_tested_versions
        from sessions import recorder, room_state, rooms

        require_tested_versions()
        rooms.set_media_planner(host.plan_and_relay)
        room_state.set_relay_finder(host.find_relay)
        recorder.set_recorder(SessionRecorder())
        taps.watch_rooms(keeper.watch)
