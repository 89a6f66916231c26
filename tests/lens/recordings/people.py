"""Sessions in which a recording may be asked for, and people beside the two of every session."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from lens.recordings import actions
from lens.recordings.models import Recording
from lens.relay.models import MediaProcess
from portals.models import User
from sessions import steps
from sessions.models import Participant, SupportSession
from tests import factories


def allow(bob: User, **switches: Any) -> None:
    """Turn on all that a recording by Bob needs, but for the switches given."""
    assert bob.company is not None
    assert bob.technician_group is not None
    bob.company.recording_allowed = switches.get("company", True)
    bob.company.save(update_fields=["recording_allowed"])
    bob.technician_group.record = switches.get("group", True)
    bob.technician_group.save(update_fields=["record"])
    bob.company.portals.update(recording_allowed=switches.get("portal", True))
    MediaProcess.objects.get_or_create(name="relay", defaults={"lease_until": timezone.now() + timedelta(days=1)})


def attendee(support_session: SupportSession, user: User) -> Participant:
    return support_session.participants.get(user=user)


def dora_of(support_session: SupportSession) -> Participant:
    return factories.customer_of(support_session)


def joined(support_session: SupportSession, technician: User, *, now: datetime) -> Participant:
    """Another technician, inside."""
    session = SupportSession.objects.get(pk=support_session.pk)
    person = steps.attend(session, technician)
    steps.let_in(session, person, now=now)
    return person


def asked(support_session: SupportSession, bob: User, *, now: datetime) -> Recording:
    return actions.ask_recording(participant=attendee(support_session, bob), now=now)


def running(support_session: SupportSession, bob: User, *, now: datetime) -> Recording:
    """Bob has asked and Dora has agreed."""
    recording = asked(support_session, bob, now=now)
    return agree(dora_of(support_session), recording, now=now)


def agree(person: Participant, recording: Recording, *, now: datetime, agrees: bool = True) -> Recording:
    return actions.answer_recording(participant=person, recording_id=str(recording.public_id), agree=agrees, now=now)


def lines(support_session: SupportSession) -> list[str]:
    """What the timeline says of recordings."""
    kinds = support_session.timeline.order_by("seq").values_list("kind", flat=True)
    return [kind.removeprefix("recording.") for kind in kinds if kind.startswith("recording.")]
