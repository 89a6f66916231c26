"""The customer's pages without a camera: the room of a Screen session, and what comes after any session."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import Company, User
from sessions.endings import end_session
from sessions.models import Participant, SupportSession, Survey
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import guest
from tests.sessions.rows import session_in

pytestmark = pytest.mark.django_db
FORM = {"Accept": "text/html,application/xhtml+xml"}
NASTY = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


def customer_in(status: Status, bob: User, kind: str = "screen", **fields: Any) -> Participant:
    """Dora in a session of this status; one that has ended was started before."""
    if status in {Status.CLOSED, Status.TIMED_OUT, Status.ABORTED}:
        fields = {"started_at": timezone.now() - timedelta(minutes=5), "ended_at": timezone.now()} | fields
    support_session = session_in(status, lead=bob, kind=kind, **fields)
    return Participant.objects.create(
        support_session=support_session, role="customer", name="Dora", joined_at=timezone.now()
    )


def browser_of(participant: Participant) -> Client:
    client = Client()
    for name, token in guest(participant).items():
        client.cookies[name] = token
    return client


def room(dora: Participant) -> str:
    return f"/room/{dora.support_session.public_id}/"


def ended(dora: Participant) -> str:
    return f"/s/{dora.support_session.public_id}/ended/"


def send(dora: Participant, verb: str, **fields: str) -> Any:
    return browser_of(dora).post(f"/s/{dora.support_session.public_id}/{verb}/", fields, headers=FORM)


# ---- The room ------------------------------------------------------------------------------------


def test_before_consent_it_says_who_what_and_warns(bob: User) -> None:
    dora = customer_in(Status.CONNECTING, bob)

    html = browser_of(dora).get(room(dora)).content.decode()

    assert bob.company is not None
    for words in (
        f"{bob.name} of {bob.company.name}",
        "Nobody sees your screen",
        "Did you ask for this help?",
        "No bank, police or shop will ask you",
        "We help you.",
        "I accept",
        "Decline",
    ):
        assert words in html


def test_in_a_queue_the_company_stands_for_whoever_comes(bob: User) -> None:
    dora = customer_in(Status.CONNECTING, bob)
    SupportSession.objects.filter(pk=dora.support_session_id).update(lead=None, via_portal=True)

    html = browser_of(dora).get(room(dora)).content.decode()

    assert f"The next free technician of {dora.support_session.company.name}" in html
    assert bob.name not in html


def test_accepting_by_the_form_leads_to_the_room(bob: User) -> None:
    dora = customer_in(Status.CONNECTING, bob)

    answer = send(dora, "accept", terms_version="1")

    assert (answer.status_code, answer.headers["Location"]) == (302, room(dora))
    html = browser_of(dora).get(room(dora)).content.decode()
    assert "Your technician does not see your screen." in html
    assert f"/ws/sessions/{dora.support_session.public_id}/?as=guest" in html


@pytest.mark.parametrize("verb", ["decline", "leave", "report"])
def test_the_other_forms_lead_to_the_end(bob: User, verb: str) -> None:
    dora = customer_in(Status.CONNECTING, bob)

    answer = send(dora, verb)

    assert (answer.status_code, answer.headers["Location"]) == (302, ended(dora))


@pytest.mark.parametrize(
    ("kind", "status", "asked", "belongs"),
    [
        ("lens", Status.WAITING, "room", "/lens/"),
        ("screen", Status.CLOSED, "room", "/ended/"),
        ("screen", Status.ACTIVE, "ended", "/room/"),
        ("lens", Status.ON_HOLD, "ended", "/lens/"),
    ],
)
def test_a_browser_is_led_to_where_it_belongs(bob: User, kind: str, status: Status, asked: str, belongs: str) -> None:
    dora = customer_in(status, bob, kind)

    answer = browser_of(dora).get(room(dora) if asked == "room" else ended(dora))

    assert answer.status_code == 302
    assert belongs in answer.headers["Location"]


def test_names_and_terms_are_text(bob: User) -> None:
    Company.objects.filter(pk=bob.company_id).update(name=NASTY)
    User.objects.filter(pk=bob.pk).update(name=NASTY)
    dora = customer_in(Status.CONNECTING, User.objects.get(pk=bob.pk))
    client = browser_of(dora)

    for path in (room(dora), ended(dora)):
        assert "<img src=x" not in client.get(path, follow=True).content.decode()
        SupportSession.objects.filter(pk=dora.support_session_id).update(
            status=Status.CLOSED, ended_at=timezone.now(), started_at=timezone.now(), end_reason="by_technician"
        )


# ---- After the end -------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_end_is_told_in_plain_words(bob: User, reason: EndReason) -> None:
    dora = customer_in(Status.CLOSED, bob, end_reason=reason)

    html = browser_of(dora).get(ended(dora)).content.decode()

    assert "The session has ended" in html
    assert str(reason.label) not in html or reason == EndReason.CODE_EXPIRED


def test_the_survey_is_sent_once_and_thanked_for(bob: User) -> None:
    dora = customer_in(Status.CLOSED, bob)
    assert "Is your problem solved?" in browser_of(dora).get(ended(dora)).content.decode()

    answer = send(dora, "survey", rating="4", solved="partly", comment="Fine.\r\nThanks.")

    assert answer.headers["Location"] == ended(dora)
    survey = Survey.objects.get()
    assert (survey.rating, survey.solved, survey.comment) == (4, None, "Fine.\nThanks.")
    html = browser_of(dora).get(ended(dora)).content.decode()
    assert "Thank you. Your answers have been sent." in html
    assert "Is your problem solved?" not in html


@pytest.mark.parametrize(("solved", "kept"), [("yes", True), ("no", False), ("partly", None), ("", None)])
def test_solved_is_yes_no_or_neither(bob: User, solved: str, kept: bool | None) -> None:
    send(customer_in(Status.CLOSED, bob), "survey", rating="5", solved=solved)

    assert Survey.objects.get().solved is kept


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choose 1 to 5."),
        ({"rating": "6"}, "Choose 1 to 5."),
        ({"rating": "x"}, "Choose 1 to 5."),
        ({"rating": "3", "solved": "maybe"}, "Choose Yes, Partly or No."),
        ({"rating": "3", "comment": "x" * 1001}, "At most 1000 characters."),
    ],
)
def test_a_wrong_answer_is_told_and_what_was_typed_stays(bob: User, fields: dict[str, str], sentence: str) -> None:
    dora = customer_in(Status.CLOSED, bob)

    answer = send(dora, "survey", **{"comment": "It still hums."} | fields)

    html = answer.content.decode()
    assert answer.status_code == 400
    assert sentence in html
    assert fields.get("comment", "It still hums.") in html
    assert not Survey.objects.exists()


def test_where_the_company_asks_nothing_there_is_no_survey(bob: User) -> None:
    Company.objects.filter(pk=bob.company_id).update(survey_enabled=False)
    dora = customer_in(Status.CLOSED, bob)

    assert "Is your problem solved?" not in browser_of(dora).get(ended(dora)).content.decode()


def test_end_and_report_ends_first_then_asks_what_happened(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    answer = send(dora, "report")

    active.refresh_from_db()
    assert active.is_ended
    assert active.reported_at is not None
    assert answer.headers["Location"] == ended(dora)
    assert "What happened?" in browser_of(dora).get(ended(dora)).content.decode()

    send(dora, "report", report="He asked for\r\nmy card.")
    active.refresh_from_db()
    assert active.report == "He asked for\nmy card."
    assert "Thank you." in browser_of(dora).get(ended(dora)).content.decode()


def test_a_report_that_is_too_long_is_kept_on_the_page(bob: User) -> None:
    dora = customer_in(Status.CLOSED, bob)

    answer = send(dora, "report", report="x" * 1001)

    html = answer.content.decode()
    assert answer.status_code == 400
    assert "At most 1000 characters." in html
    assert "x" * 1001 in html
    dora.support_session.refresh_from_db()
    assert (dora.support_session.reported_at is not None, dora.support_session.report) == (True, "")


@pytest.mark.parametrize(("hours", "offered"), [(23, True), (25, False)])
def test_a_session_can_be_reported_for_a_day(bob: User, hours: int, offered: bool) -> None:
    dora = customer_in(Status.CLOSED, bob, ended_at=timezone.now() - timedelta(hours=hours))

    html = browser_of(dora).get(ended(dora)).content.decode()
    answer = send(dora, "report")

    assert ("report this session" in html) is offered
    assert answer.status_code == (302 if offered else 400)
    dora.support_session.refresh_from_db()
    assert (dora.support_session.reported_at is not None) is offered


def test_a_module_is_still_answered_in_json(bob: User) -> None:
    active = factories.active_session(bob)
    end_session(technician=bob, session_id=active.public_id, now=timezone.now())
    dora = factories.customer_of(active)
    client = browser_of(dora)

    reported = client.post(f"/s/{active.public_id}/report/")
    wrong = client.post(f"/s/{active.public_id}/survey/", {"rating": "9"})

    assert reported.json() == {"status": "closed"}
    assert (wrong.status_code, wrong.json()["code"]) == (409, "invalid")


def test_for_everybody_else_the_pages_do_not_exist(bob: User, client_of: Any) -> None:
    dora = customer_in(Status.CLOSED, bob)

    for client in (Client(), client_of(bob)):
        assert client.get(room(dora)).status_code == 404
        assert client.get(ended(dora)).status_code == 404


# ---- Who may start one ---------------------------------------------------------------------------


@pytest.mark.parametrize("allowed", [True, False])
def test_screen_sessions_need_the_group_s_right(client_of: Any, bob: User, allowed: bool) -> None:
    group = bob.technician_group
    assert group is not None
    group.view_screen = allowed
    group.save(update_fields=["view_screen"])

    page = client_of(bob).get("/console/").content.decode()
    created = client_of(bob).post(
        "/api/v1/sessions/", {"kind": "screen", "name": "Dora", "method": "pin"}, content_type="application/json"
    )

    assert ("Viewing screens is off for your group." in page) is not allowed
    assert created.status_code == (201 if allowed else 403)
    assert SupportSession.objects.filter(kind="screen").exists() is allowed
