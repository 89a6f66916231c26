"""What can be refused about recordings."""

from django.utils.translation import gettext_lazy as _

from portals.errors import DomainError


class RecordingOpen(DomainError):
    code = "recording_open"
    message = _("This session is being recorded already, or everybody is being asked.")


class NotAsked(DomainError):
    code = "recording_not_asked"
    message = _("This question is not open any more.")


class NothingRecorded(DomainError):
    code = "nothing_recorded"
    message = _("Nothing is being recorded.")


class NoRelay(DomainError):
    code = "no_relay"
    message = _("No media relay is running here, and a recording needs one. Tell the operator of this installation.")


class CustomerAway(DomainError):
    code = "customer_away"
    message = _("The customer is not here to agree. Ask again when they are back.")
