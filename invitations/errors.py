"""What can be refused about ways in; each sentence says what to do next."""

from django.utils.translation import gettext_lazy as _

from portals.errors import DomainError


class CodeNotValid(DomainError):
    code = "code_not_valid"
    message = _("This code is not valid. Check the numbers, or ask your technician for a new one.")


class CodeExpired(DomainError):
    code = "code_expired"
    message = _("The code has expired: ask your technician for a new one. It was right, but too old.")


class CodeCancelled(DomainError):
    code = "code_cancelled"
    message = _("This code was cancelled by the technician. If you still need help, ask for a new one.")


class CodeUsed(DomainError):
    code = "code_used"
    message = _("This code has already been used. If that was not you, ask your technician for a new one.")


class CodeEnded(DomainError):
    code = "code_ended"
    message = _("The session of this code has ended. If you still need help, ask your technician for a new code.")


class LinkNotValid(DomainError):
    code = "link_not_valid"
    message = _("This link is not valid. Open it again from your mail, or ask your technician for a new one.")


class LinkExpired(DomainError):
    code = "link_expired"
    message = _("This link has expired. Ask your technician for a new one.")


class LinkCancelled(DomainError):
    code = "link_cancelled"
    message = _("This link was cancelled by the technician. If you still need help, ask for a new one.")


class LinkUsed(DomainError):
    code = "link_used"
    message = _("This link has already been used on another device or browser. Ask your technician for a new one.")


class LinkEnded(DomainError):
    code = "link_ended"
    message = _("The session of this link has ended. If you still need help, ask your technician for a new link.")


class TooManyGuesses(DomainError):
    code = "too_many_guesses"
    message = _("Too many wrong codes. Try again in %(wait)s.")


class NoCodeFree(DomainError):
    code = "no_code_free"
    message = _("No code is free at the moment. Try again in a few minutes.")


class TooManyMails(DomainError):
    code = "too_many_mails"
    message = _("You have sent %(limit)s mails and texts in the last hour. Use the PIN or the link, or wait a little.")


class TooManyPending(DomainError):
    code = "too_many_pending"
    message = _(
        "%(limit)s codes are pending already. Cancel one of them first, for instance the oldest: %(pin)s for %(name)s."
    )


class RequestTaken(DomainError):
    code = "request_taken"
    message = _("%(name)s has accepted this invitation already.")


class RequestWithdrawn(DomainError):
    code = "request_withdrawn"
    message = _("%(name)s has withdrawn this invitation.")


class AgentsOff(DomainError):
    code = "agents_off"
    message = _("Inviting agents is off for the group of %(name)s, who invited you.")


class InvitationEnded(DomainError):
    code = "invitation_ended"
    message = _("This code has ended. Create a new session for a new one.")


class NothingToRetry(DomainError):
    code = "nothing_to_retry"
    message = _("This has not failed, so it is not sent again.")


# External specialists. They read these too, so nothing is said of switches and managers.


class SpecialistsOff(DomainError):
    code = "specialists_off"
    message = _("External specialists are not let in at the moment. Ask the technician who invited you.")


class SpecialistsPaused(DomainError):
    code = "specialists_paused"
    message = _("The session is not running at the moment. Wait until it goes on, and try again then.")


class SpecialistRemoved(DomainError):
    code = "specialist_removed"
    message = _("You were removed from this session. You cannot come back into it.")


class SpecialistHasLeft(DomainError):
    code = "specialist_has_left"
    message = _("You have left this session. If you are still needed, ask the technician for a new invitation.")


class NotAdmitted(DomainError):
    code = "not_admitted"
    message = _("The technician did not let you in. If you are needed, ask by phone or mail.")


class CustomersBrowser(DomainError):
    code = "customers_browser"
    message = _("This browser is in the session as the customer already. Open the invitation in another one.")


class TooManyWaiting(DomainError):
    code = "too_many_waiting"
    message = _("Too many people are waiting to be let in. Try again in a few minutes.")


# Portals.


class PortalClosed(DomainError):
    code = "portal_closed"
    message = _("This entrance is closed at the moment. Try again later.")


class PortalKindOff(DomainError):
    code = "portal_kind_off"
    message = _("Help by camera is switched off here at the moment. Try again later, or reach us another way.")


class NobodyAvailable(DomainError):
    code = "nobody_available"
    message = _("No technician is available at the moment. Try again in a few minutes.")


class TechnicianNotAvailable(DomainError):
    code = "technician_not_available"
    message = _("This technician cannot help anybody at the moment. Choose somebody else.")


class TooManyEntries(DomainError):
    code = "too_many_entries"
    message = _("Too many sessions were started from your connection. Try again in %(wait)s.")


class QueueFull(DomainError):
    code = "queue_full"
    message = _("Too many people are waiting here already. Try again in a few minutes.")
