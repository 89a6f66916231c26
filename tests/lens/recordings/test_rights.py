"""Who may record: the whole truth table, and what happens when a manager turns something off meanwhile."""

import itertools
from datetime import datetime

import pytest
from django.test import Client

from lens.recordings import sweeps
from lens.recordings.models import Recording
from lens.recordings.permissions import can_download, can_record
from portals.errors import NotAllowed
from portals.models import AuditEvent, User
from sessions import console_state
from sessions.models import SupportSession
from tests import factories
from tests.lens.recordings import people

SWITCHES = ("company", "portal", "group")
WORDS = {"company": "for your company", "portal": "for this portal", "group": "for your group"}


def fresh(support_session: SupportSession) -> SupportSession:
    return SupportSession.objects.select_related("company", "portal").get(pk=support_session.pk)


@pytest.mark.parametrize("given", list(itertools.product([True, False], repeat=4)))
def test_company_portal_group_and_consent_must_all_be_given(
    active: SupportSession, bob: User, given: tuple[bool, ...]
) -> None:
    company, portal, group, agreed = given
    people.allow(bob, company=company, portal=portal, group=group)

    right = can_record(User.objects.get(pk=bob.pk), fresh(active), agreed=agreed)

    assert bool(right) == all(given)
    assert bool(right.reason) != all(given)


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_reason_says_where_it_is_off_and_the_server_refuses(
    active: SupportSession, bob: User, now: datetime, switch: str
) -> None:
    people.allow(bob, **{switch: False})

    [row] = console_state.snapshot(User.objects.get(pk=bob.pk), now=now).sessions
    assert WORDS[switch] in row.why_not_record
    with pytest.raises(NotAllowed, match=WORDS[switch]):
        people.asked(active, bob, now=now)
    assert AuditEvent.objects.filter(verb="recording.ask", refused=True).count() == 1
    assert not Recording.objects.exists()


def test_technicians_of_another_company_do_not_record(active: SupportSession, charlie: User, now: datetime) -> None:
    people.allow(charlie)
    guest = people.joined(active, charlie, now=now)

    assert not can_record(charlie, fresh(active))
    with pytest.raises(NotAllowed):
        people.asked(active, charlie, now=now)
    assert guest.is_inside


@pytest.mark.parametrize("switch", SWITCHES)
def test_turning_it_off_ends_what_runs(active: SupportSession, bob: User, now: datetime, switch: str) -> None:
    recording = people.running(active, bob, now=now)
    assert sweeps.withdraw_rights(now=now) == 0

    people.allow(bob, **{switch: False})

    assert sweeps.withdraw_rights(now=now) == 1
    recording.refresh_from_db()
    assert recording.state == Recording.State.FINISHING
    assert active.timeline.get(kind="recording.stopped").data == {"reason": "withdrawn"}


def test_turning_it_off_takes_the_question_back(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)

    people.allow(bob, group=False)

    assert sweeps.withdraw_rights(now=now) == 1
    recording.refresh_from_db()
    assert recording.state == Recording.State.REFUSED


def test_downloading_is_a_right_of_its_own(active: SupportSession, bob: User, charlie: User, now: datetime) -> None:
    recording = people.running(active, bob, now=now)
    assert not can_download(bob, recording)

    for person in (bob, charlie):
        assert person.technician_group is not None
        person.technician_group.download_recordings = True

    assert can_download(bob, recording)
    assert not can_download(charlie, recording)


def test_the_manager_sees_the_switches(bob: User, alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert bob.technician_group is not None

    for path in ("", f"{bob.technician_group_id}/change/"):
        page = client.get(f"/admin/portals/techniciangroup/{path}").content.decode()
        assert "download_recordings" in page
    assert "recording_days" in client.get(f"/admin/portals/company/{bob.company_id}/change/").content.decode()
    portal = factories.portal(bob.technician_group.company)
    assert "recording_allowed" in client.get(f"/admin/portals/portal/{portal.pk}/change/").content.decode()
