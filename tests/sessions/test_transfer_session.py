"""Transfer: offered to somebody else, taken by them, or taken back; the customer stays inside throughout."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.utils import timezone

from portals.errors import InvalidInput
from portals.models import Portal, TechnicianGroup, User
from sessions import console_state, presence
from sessions.actions import start_session
from sessions.endings import end_session
from sessions.errors import AlreadyStarted, DomainError, IllegalMove, LensSlotTaken, TargetNotFree
from sessions.models import SupportSession
from sessions.states import ENDED, Status
from sessions.steps import MAX_ACTIVE
from sessions.transfers import targets, transfer_session
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import attendee, session_in


@pytest.fixture
def tom(bob: User) -> User:
    """Bob's colleague, in a group of his own, at his console."""
    tom = factories.technician("Tom", of=bob.company)
    presence.renew_console(technician=tom, now=timezone.now())
    return tom


def offer(
    giver: User, support_session: SupportSession, to: User | TechnicianGroup | Portal, comment: str = ""
) -> SupportSession:
    kind = {User: "technician", TechnicianGroup: "group", Portal: "portal"}[type(to)]
    target_id = str(to.pk) if isinstance(to, TechnicianGroup) else str(to.public_id)
    return transfer_session(
        technician=giver,
        session_id=support_session.public_id,
        kind=kind,
        target_id=target_id,
        comment=comment,
        now=timezone.now(),
    )


def start(user: User, support_session: SupportSession) -> SupportSession:
    return start_session(technician=user, session_id=support_session.public_id, now=timezone.now())


def row_of(user: User, support_session: SupportSession) -> tuple[str, str, str, str] | None:
    rows = console_state.snapshot(User.objects.get(pk=user.pk), now=timezone.now()).sessions
    found = next((row for row in rows if row.id == str(support_session.public_id)), None)
    return found and (found.relation, found.status_label, found.counterpart, found.comment)


def test_it_is_outgoing_for_one_and_incoming_for_the_other(bob: User, tom: User) -> None:
    active = factories.active_session(bob)

    offer(bob, active, tom, "needs a part")

    assert row_of(bob, active) == ("outgoing", "Outgoing", "Tom", "needs a part")
    assert row_of(tom, active) == ("incoming", "Incoming", "Bob", "needs a part")


def test_the_comment_is_for_technicians_only(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom, "the customer is cross")

    line = active.timeline.get(kind="transfer.offered")
    assert (line.audience, line.data) == ("technicians", {"to": "Tom", "comment": "the customer is cross"})
    assert not active.timeline.filter(audience="everyone", data__icontains="cross").exists()


def test_the_receiver_s_start_makes_them_lead_and_dismisses_the_giver(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom)

    start(tom, active)

    active.refresh_from_db()
    assert (active.status, active.lead) == (Status.ACTIVE, tom)
    inside = [person.name for person in active.participants.inside().order_by("name")]
    assert inside == ["Dora", "Tom"]
    kinds = [line.kind for line in active.timeline.order_by("seq")][-3:]
    assert kinds == ["attendee.left", "status.changed", "attendee.joined"]
    assert row_of(bob, active) is None


def test_the_giver_s_start_takes_it_back(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom)

    start(bob, active)

    active.refresh_from_db()
    assert (active.status, active.lead) == (Status.ACTIVE, bob)
    assert row_of(tom, active) is None
    with nothing_changes(active), pytest.raises(AlreadyStarted) as refusal:
        start(tom, active)
    assert str(refusal.value) == "Bob has already started this session."


def test_who_gave_it_away_may_get_it_back_by_another_transfer(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom)
    start(tom, active)
    presence.renew_console(technician=bob, now=timezone.now())

    start(bob, offer(tom, active, bob))

    active.refresh_from_db()
    assert active.lead == bob
    assert active.participants.get(user=bob).is_inside
    assert not active.participants.get(user=tom).is_inside


def test_a_waiting_customer_can_be_transferred(bob: User, tom: User) -> None:
    waiting = offer(bob, factories.waiting_session(bob), tom)

    start(tom, waiting)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.lead) == (Status.ACTIVE, tom)


def test_anybody_of_the_group_may_take_it(bob: User, tom: User) -> None:
    assert tom.technician_group is not None
    ted = factories.user(bob.company, "Ted", has_seat=True, technician_group=tom.technician_group)
    active = offer(bob, factories.active_session(bob), tom.technician_group)

    assert row_of(ted, active) is not None
    start(ted, active)

    active.refresh_from_db()
    assert active.lead == ted


def test_anybody_who_serves_the_queue_may_take_it(bob: User, tom: User) -> None:
    assert tom.technician_group is not None
    assert bob.company is not None
    queue = factories.portal(bob.company, tom.technician_group, mode=Portal.Mode.QUEUE)
    active = offer(bob, factories.active_session(bob), queue)

    start(tom, active)

    active.refresh_from_db()
    assert active.lead == tom


def test_it_ends_for_all_when_the_giver_ends_it(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom)

    end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    assert row_of(tom, active) is None


def test_its_time_counts_to_the_total(bob: User, tom: User) -> None:
    now = timezone.now()
    active = session_in(Status.ACTIVE, lead=bob, status_since=now - timedelta(minutes=5))
    offer(bob, active, tom)
    SupportSession.objects.filter(pk=active.pk).update(status_since=now - timedelta(minutes=2))

    start(tom, active)

    active.refresh_from_db()
    assert round(active.transferring_for.total_seconds() / 60) == 2


# ---- Refusals ------------------------------------------------------------------------------------


def test_to_oneself(bob: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(InvalidInput) as refusal:
        offer(bob, active, bob)

    assert refusal.value.errors == {"target": "The session is yours already. Choose somebody else."}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"availability": "away"}, "away"),
        ({"console_until": None}, "offline"),
        ({"console_until": timezone.now() - timedelta(hours=1)}, "offline"),
    ],
)
def test_to_somebody_who_is_not_there(bob: User, tom: User, change: dict[str, object], reason: str) -> None:
    active = factories.active_session(bob)
    User.objects.filter(pk=tom.pk).update(**change)

    with nothing_changes(active), pytest.raises(TargetNotFree) as refusal:
        offer(bob, active, tom, "please")

    assert str(refusal.value) == f"Tom: {reason}. Choose somebody else."


def test_to_somebody_who_is_full(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    for _each in range(MAX_ACTIVE):
        session_in(Status.ACTIVE, lead=tom, kind="screen")

    with nothing_changes(active), pytest.raises(TargetNotFree, match="has 10 active sessions already"):
        offer(bob, active, tom)


def test_a_lens_session_to_somebody_who_has_one(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    session_in(Status.ACTIVE, lead=tom)

    with nothing_changes(active), pytest.raises(TargetNotFree, match="has an active Lens session already"):
        offer(bob, active, tom)


def test_to_somebody_who_may_not_do_it(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    TechnicianGroup.objects.filter(pk=tom.technician_group_id).update(start_lens=False)

    with nothing_changes(active), pytest.raises(TargetNotFree, match="may not start Lens sessions"):
        offer(bob, active, tom)


def test_to_a_group_where_nobody_is_free(bob: User, tom: User) -> None:
    assert tom.technician_group is not None
    active = factories.active_session(bob)
    until = presence.renew_console(technician=tom, now=timezone.now())
    presence.close_console(technician=tom, until=until, now=timezone.now() - timedelta(seconds=1))

    with nothing_changes(active), pytest.raises(TargetNotFree, match="nobody there is free"):
        offer(bob, active, tom.technician_group)


def test_to_another_company(bob: User, charlie: User) -> None:
    assert charlie.technician_group is not None
    assert charlie.company is not None
    active = factories.active_session(bob)
    presence.renew_console(technician=charlie, now=timezone.now())

    for target in (charlie, charlie.technician_group, charlie.company.portals.get()):
        with nothing_changes(active), pytest.raises(ObjectDoesNotExist):
            offer(bob, active, target)


def test_to_a_group_that_was_deleted(bob: User) -> None:
    assert bob.company is not None
    active = factories.active_session(bob)
    group = factories.group(bob.company)
    TechnicianGroup.objects.filter(pk=group.pk).delete()

    with nothing_changes(active), pytest.raises(ObjectDoesNotExist):
        offer(bob, active, group)


def test_a_group_deleted_after_the_offer_leaves_the_way_back(bob: User, tom: User) -> None:
    assert tom.technician_group is not None
    assert bob.company is not None
    group = factories.group(bob.company)
    User.objects.filter(pk=tom.pk).update(technician_group=group)
    active = offer(bob, factories.active_session(bob), group)
    User.objects.filter(pk=tom.pk).update(technician_group=tom.technician_group)
    group.delete()

    assert start(bob, active).is_active


def test_a_comment_that_is_too_long(bob: User, tom: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(InvalidInput):
        offer(bob, active, tom, "x" * 1001)


def test_the_group_s_switch_decides(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(transfer=False)
    fresh = User.objects.get(pk=bob.pk)

    with refused_and_audited(active, actor=fresh, verb="session.transfer", reason="Transfer is off for your group"):
        offer(fresh, active, tom)


def test_another_technician_inside_may_not_transfer(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    attendee(active, tom)

    with refused_and_audited(active, actor=tom, verb="session.transfer", reason="Only the technician who leads"):
        offer(tom, active, bob)


@pytest.mark.parametrize("status", [Status.CONNECTING, Status.ON_HOLD, Status.TRANSFERRING, *sorted(ENDED)])
def test_from_where_it_cannot_be_transferred(bob: User, tom: User, status: Status) -> None:
    other = session_in(status, lead=bob)

    with nothing_changes(other), pytest.raises(DomainError) as refusal:
        offer(bob, other, tom)

    assert isinstance(refusal.value, IllegalMove) == (status not in ENDED)


def test_the_receiver_s_own_lens_session_stands_in_the_way(bob: User, tom: User) -> None:
    active = offer(bob, factories.active_session(bob), tom)
    session_in(Status.ACTIVE, lead=tom)

    with nothing_changes(active), pytest.raises(LensSlotTaken):
        start(tom, active)


def test_the_list_of_targets_says_who_is_free_in_a_fixed_number_of_queries(
    bob: User, tom: User, django_assert_max_num_queries: object
) -> None:
    active = factories.active_session(bob)
    for number in range(5):
        factories.technician(f"Ted {number}", of=bob.company)

    with django_assert_max_num_queries(4):  # type: ignore[operator]
        found = targets(SupportSession.objects.select_related("portal").get(pk=active.pk), now=timezone.now())

    people = {target.name: target.why_not for target in found if target.kind == "technician"}
    assert people == {"Tom": ""} | {f"Ted {number}": "offline" for number in range(5)}


@pytest.mark.django_db(transaction=True)
def test_of_a_receiver_s_start_and_the_giver_s_at_once_one_wins(bob: User, tom: User) -> None:
    for _round in range(5):
        active = offer(bob, factories.active_session(bob), tom)

        def press(who: User, active: SupportSession = active) -> str:
            try:
                return str(start(who, active).lead)
            except (AlreadyStarted, SupportSession.DoesNotExist) as refusal:
                return type(refusal).__name__
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            outcomes = list(threads.map(press, [bob, tom]))

        active.refresh_from_db()
        assert str(active.lead) in outcomes
        assert len(set(outcomes)) == 2
        assert active.participants.inside().filter(role="technician").count() == 1
        end_session(technician=active.lead, session_id=active.public_id, now=timezone.now())
