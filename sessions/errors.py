"""What can be refused about support sessions."""

from django.utils.translation import gettext_lazy as _

from portals.errors import DomainError


class IllegalMove(DomainError):
    code = "illegal_move"
    message = _("This session is “%(status)s”; it cannot become “%(wanted)s”.")


class LensSlotTaken(DomainError):
    code = "lens_slot_taken"
    message = _("One Lens session at a time. End or hold the session with %(name)s first.")


class TooManyActive(DomainError):
    code = "too_many_active"
    message = _("You have %(limit)s active sessions already. End one first.")


class AlreadyStarted(DomainError):
    code = "already_started"
    message = _("%(name)s has already started this session.")


class SessionNotOpen(DomainError):
    code = "session_not_open"
    message = _("This session has ended.")


class NotInside(DomainError):
    code = "not_inside"
    message = _("You are not in this session.")


class MessageEmpty(DomainError):
    code = "message_empty"
    message = _("Write something first.")


class MessageTooLong(DomainError):
    code = "message_too_long"
    message = _("This message is too long: %(limit)s characters at most.")


class TargetNotFree(DomainError):
    code = "target_not_free"
    message = _("%(name)s: %(reason)s. Choose somebody else.")


class NobodyElseInside(DomainError):
    code = "nobody_else_inside"
    message = _("No other technician is in this session who could take it over. End it, or transfer it.")


class SpecialistSeatsFull(DomainError):
    code = "specialist_seats_full"
    message = _("All %(limit)s places for external specialists are taken. Remove one first, or wait until one leaves.")


class CannotRemove(DomainError):
    code = "cannot_remove"
    message = _("Neither the customer nor the lead can be removed. End the session instead.")


class NotStarted(DomainError):
    code = "not_started"
    message = _("This session is not running. Start it first.")


class CannotLead(DomainError):
    code = "cannot_lead"
    message = _("%(name)s cannot lead this session. %(reason)s")


class LeadTaken(DomainError):
    code = "lead_taken"
    message = _("%(name)s leads this session.")


class LeadComesBack(DomainError):
    code = "lead_comes_back"
    message = _("%(name)s has just lost the line and may come back. Try again in %(seconds)s seconds.")


class RoomFull(DomainError):
    code = "room_full"
    message = _("%(limit)s technicians are in this session already. One has to leave before another can join.")


class WasRemoved(DomainError):
    code = "was_removed"
    message = _("The lead has removed you from this session. Ask the lead to invite you by name.")


class NotesTooLong(DomainError):
    code = "notes_too_long"
    message = _("These notes are too long: %(limit)s characters at most.")


class TranscriptDeleted(DomainError):
    code = "transcript_deleted"
    message = _("The transcript of this session has been deleted; nothing more is written to it.")


class ReportTooLate(DomainError):
    code = "report_too_late"
    message = _("A session can be reported for %(hours)s hours after its end. Please write to the company instead.")


class SurveyNotAsked(DomainError):
    code = "survey_not_asked"
    message = _("There is no survey for this session.")
