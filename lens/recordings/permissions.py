"""Who may record, watch and download. The answer carries its reason."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from lens.recordings.models import Recording
from portals.models import User
from portals.permissions import ALLOWED, Right, can_work, first_refusal
from sessions.models import Participant, SupportSession
from sessions.rights import May, decide, facts_of


def can_record(actor: User, support_session: SupportSession, *, agreed: bool = True) -> Right:
    """Company AND portal AND technician group AND the consent of everybody inside (DESIGN 3).

    agreed: whether consent is given; left out where the question is still to be asked.
    """
    attendee = Participant(support_session=support_session, user=actor, role=Participant.Role.TECHNICIAN)
    return first_refusal(
        decide(May.RECORD, facts_of(attendee, support_session, inside=True)),
        _unless(agreed, _("Not everybody inside has agreed to a recording.")),
    )


def can_stop_recording(participant: Participant) -> Right:
    return _unless(
        participant.role in {Participant.Role.CUSTOMER, Participant.Role.TECHNICIAN},
        _("The customer and the technicians can stop a recording. You can leave the session."),
    )


def can_download(actor: User, recording: Recording) -> Right:
    """Whoever may read the record may watch; taking the file away is a right of its own."""
    return first_refusal(
        can_work(actor),
        _unless(
            actor.company_id == recording.support_session.company_id,
            _("Only technicians of the session’s own company can download its recordings."),
        ),
        _unless(
            getattr(actor.technician_group, "download_recordings", False),
            _("Downloading recordings is off for your group. Your manager can turn it on."),
        ),
    )


def _unless(given: bool, reason: Any) -> Right:
    return ALLOWED if given else Right(False, reason)
