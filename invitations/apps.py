from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InvitationsConfig(AppConfig):
    name = "invitations"
    verbose_name = _("Invitations")

    def ready(self) -> None:
        from invitations import actions, mail_events  # noqa: F401  (listens to Anymail's signal)
        from invitations.colleagues import calls_for
        from invitations.found_codes import sessions_of_code
        from invitations.pending import pending_codes
        from sessions import console_state, doors, history

        doors.set_door_closer(actions.close_doors)
        console_state.set_pending_reader(pending_codes)
        console_state.set_call_reader(calls_for)
        history.set_code_reader(sessions_of_code)
