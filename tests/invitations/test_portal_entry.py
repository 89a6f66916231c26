"""Through a portal's form into a session: what is made, what is wrong with a form, and how often it goes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import guesses, portal_actions
from invitations.errors import QueueFull, TooManyEntries
from invitations.models import GuessCounter
from portals.models import AuditEvent, Portal, User
from sessions import actions, guest_cookie, sweeps
from sessions.models import Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.at_once import at_once
from tests.invitations.conftest import Clock
from tests.invitations.test_portal_pages import of_mode, opens_console

pytestmark = pytest.mark.django_db
Enter = Callable[..., Any]


@pytest.fixture
def queue(bob: User) -> Portal:
    opens_console(bob)
    portal = of_mode(bob, "queue")
    portal.questions.create(label="What is wrong?", required=True, position=1)
    portal.questions.create(label="Customer number", position=2)
    return portal


@pytest.fixture
def web(bob: User) -> Portal:
    opens_console(bob)
    return of_mode(bob, "web")


@pytest.fixture
def enter(dora: Client, queue: Portal) -> Enter:
    """Dora fills the form of the queue and sends it."""

    def post(address: str = "192.0.2.1", **fields: Any) -> Any:
        sent = {"name": "Dora", "answer_1": "The light is red."} | fields
        return dora.post(f"/p/{queue.slug}/", sent, REMOTE_ADDR=address)

    return post


def text_of(response: Any) -> str:
    return str(response.content, "utf-8")


def test_the_form_of_a_queue_opens_a_session_for_whoever_is_free(enter: Enter, dora: Client, queue: Portal) -> None:
    response = enter(answer_2="  12345678 ")

    made = SupportSession.objects.get()
    assert (response.status_code, response.headers["Location"]) == (303, f"/lens/{made.public_id}/")
    assert (made.portal, made.company, made.kind, made.lead, made.via_portal) == (
        queue,
        queue.company,
        "lens",
        None,
        True,
    )
    assert (made.status, made.customer_name) == (Status.CONNECTING, "Dora")
    assert made.answers == [["What is wrong?", "The light is red."], ["Customer number", "12345678"]]


def test_the_browser_is_bound_to_the_session(enter: Enter, dora: Client) -> None:
    response = enter()

    made = SupportSession.objects.get()
    customer = guest_cookie.guest_of({k: v.value for k, v in dora.cookies.items()}, made.public_id)
    assert customer == made.participants.get(role=Participant.Role.CUSTOMER)
    assert dora.get(response.headers["Location"]).status_code == 200


def test_an_answer_that_may_be_left_out_is_not_kept(enter: Enter) -> None:
    enter(answer_2="   ")

    assert SupportSession.objects.get().answers == [["What is wrong?", "The light is red."]]


def test_it_is_audited_without_the_answers(enter: Enter, queue: Portal) -> None:
    enter()

    event = AuditEvent.objects.get(verb="portal.entered")
    assert (event.company, event.actor_name, event.changes) == (queue.company, "Dora", {"portal": queue.name})


def test_after_the_terms_the_serving_technicians_see_it(enter: Enter, bob: User, charlie: User) -> None:
    enter()
    made = SupportSession.objects.get()
    assert not SupportSession.objects.offered_to(bob).exists()

    actions.accept_terms(participant=factories.customer_of(made), version=1, now=timezone.now())

    assert SupportSession.objects.offered_to(bob).get() == made
    assert not SupportSession.objects.offered_to(charlie).exists()
    assert actions.start_session(technician=bob, session_id=made.public_id, now=timezone.now()).lead == bob


def test_a_form_whose_sender_never_accepts_is_timed_out(enter: Enter, clock: Clock) -> None:
    enter()
    clock.forward(minutes=31)
    sweeps.end_overdue(now=timezone.now())

    assert SupportSession.objects.get().is_ended


def test_the_session_of_a_web_portal_is_led_by_the_chosen_technician(dora: Client, bob: User, web: Portal) -> None:
    anna = factories.user(bob.company, "Anna", has_seat=True, technician_group=bob.technician_group)
    opens_console(anna)

    response = dora.post(f"/p/{web.slug}/", {"name": "Dora", "technician": str(anna.public_id)})

    made = SupportSession.objects.get()
    assert response.status_code == 303
    assert (made.lead, made.via_portal) == (anna, True)
    assert SupportSession.objects.visible_to(anna).exists()
    assert not SupportSession.objects.visible_to(bob).exists()


def test_a_technician_who_has_gone_meanwhile_is_told_at_the_choice(dora: Client, bob: User, web: Portal) -> None:
    anna = factories.user(bob.company, "Anna", has_seat=True, technician_group=bob.technician_group)

    response = dora.post(f"/p/{web.slug}/", {"name": "Dora", "technician": str(anna.public_id)})

    page = text_of(response)
    assert response.status_code == 409
    assert (
        '<a href="#id_technician">This technician cannot help anybody at the moment. Choose somebody else.</a>' in page
    )
    assert 'value="Dora"' in page and "<b>Bob</b>" in page and "Anna" not in page
    assert not SupportSession.objects.exists()


@pytest.mark.parametrize("choice", ["", "x", "7d9c0a6e-0000-4000-8000-000000000000"])
def test_a_choice_that_is_none_is_refused(dora: Client, web: Portal, choice: str) -> None:
    response = dora.post(f"/p/{web.slug}/", {"name": "Dora", "technician": choice})

    assert response.status_code in {400, 409}
    assert not SupportSession.objects.exists()


def test_another_companys_technician_cannot_be_chosen(dora: Client, charlie: User, web: Portal) -> None:
    opens_console(charlie)

    response = dora.post(f"/p/{web.slug}/", {"name": "Dora", "technician": str(charlie.public_id)})

    assert response.status_code == 409
    assert not SupportSession.objects.exists()


# What is wrong with a form.

MARKUP = "Write plain text here, without markup such as &lt;b&gt;."
CONTROL = "This contains characters that cannot be shown. Type it anew."
WRONG = [
    ("name", "", "Write your name, so that we know whom we help."),
    ("name", "   ", "Write your name, so that we know whom we help."),
    ("name", "\u200b\u200b", "Write your name, so that we know whom we help."),
    ("name", "x" * 129, "This is too long: 128 characters at most."),
    ("name", "<script>alert(1)</script>", MARKUP),
    ("name", "Do\nra", CONTROL),
    ("name", "Do\x00ra", CONTROL),
    ("name", "Do\x1bra", CONTROL),
    ("answer_1", "", "Answer “What is wrong?”."),
    ("answer_1", "x" * 1001, "This is too long: 1000 characters at most."),
    ("answer_1", "</textarea><img src=x onerror=alert(1)>", MARKUP),
    ("answer_1", "a\x00b", CONTROL),
    ("answer_1", "a\x07b", CONTROL),
    ("answer_2", "x" * 1001, "This is too long: 1000 characters at most."),
    ("answer_2", "<b>", MARKUP),
]


@pytest.mark.parametrize(("field", "value", "sentence"), WRONG)
def test_each_mistake_has_its_sentence_and_nothing_typed_is_lost(
    enter: Enter, field: str, value: str, sentence: str
) -> None:
    response = enter(**{"answer_2": "12345678", field: value})

    page = text_of(response)
    assert response.status_code == 400
    assert "<title>Error: " in page
    assert f'<a href="#id_{field}">{sentence}</a>' in page
    assert f'id="id_{field}-error"' in page
    assert page.count('aria-invalid="true"') == 1
    for name, text in (("name", "Dora"), ("answer_1", "The light is red."), ("answer_2", "12345678")):
        assert name == field or text in page
    assert "<script>alert" not in page and "<img src=x" not in page
    assert not SupportSession.objects.exists()


def test_all_mistakes_are_told_at_once(enter: Enter) -> None:
    page = text_of(enter(name="", answer_1=""))

    assert page.count('<a href="#id_') == 2


@pytest.mark.parametrize("text", ["3 < 5 & 7 > 2", "Zeile 1\r\nZeile 2", "<3", "\u202eabc", "日本語"])
def test_what_people_write_is_kept(enter: Enter, text: str) -> None:
    enter(answer_1=text)

    kept = SupportSession.objects.get().answers[0][1]
    assert kept == text.replace("\r\n", "\n").replace("\u202e", "")


def test_the_name_of_128_and_an_answer_of_1000_characters_are_kept(enter: Enter) -> None:
    assert enter(name="ä" * 128, answer_1="ö" * 1000).status_code == 303


# How often.


def test_the_sixth_session_of_an_address_within_ten_minutes_is_refused(enter: Enter, clock: Clock) -> None:
    for _each in range(5):
        assert enter().status_code == 303
        clock.forward(minutes=1, seconds=10)

    response = enter()

    page = text_of(response)
    assert response.status_code == 409
    assert "Too many sessions were started from your connection. Try again in 5 minutes." in page
    assert 'value="Dora"' in page and "The light is red." in page
    assert SupportSession.objects.count() == 5
    clock.forward(minutes=5)
    assert enter().status_code == 303


@pytest.mark.parametrize(
    ("first", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
    ],
)
def test_an_ipv6_network_counts_as_one(enter: Enter, first: str, other: str, same: bool) -> None:
    for _each in range(5):
        enter(first)

    assert enter(other).status_code == (409 if same else 303)


def test_a_form_with_a_mistake_does_not_count(enter: Enter) -> None:
    for _each in range(10):
        enter(name="")

    assert enter().status_code == 303


def test_who_waits_too_long_for_a_portal_that_is_full_is_told(enter: Enter, settings: Any) -> None:
    settings.PORTAL_WAITING_MAX = 2
    enter()
    enter()

    response = enter()

    assert response.status_code == 409
    assert "Too many people are waiting here already. Try again in a few minutes." in text_of(response)
    assert SupportSession.objects.count() == 2


def test_who_has_been_picked_up_makes_room(enter: Enter, bob: User, settings: Any) -> None:
    settings.PORTAL_WAITING_MAX = 1
    enter()
    made = SupportSession.objects.get()
    actions.accept_terms(participant=factories.customer_of(made), version=1, now=timezone.now())
    assert enter().status_code == 409

    actions.start_session(technician=bob, session_id=made.public_id, now=timezone.now())

    assert enter().status_code == 303


def _entry(portal: Portal, number: int = 1) -> Any:
    return portal_actions.enter_portal(
        portal_pk=portal.pk,
        name="Dora",
        answers=[],
        technician_id=None,
        address=f"192.0.2.{number}",
        language="en",
        now=timezone.now(),
    )


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_from_one_address_five_get_in(queue: Portal) -> None:
    outcomes = at_once([lambda: _entry(queue)] * 20)

    assert sum(isinstance(outcome, TooManyEntries) for outcome in outcomes) == 15
    assert SupportSession.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_once_no_more_get_in_than_may_wait(queue: Portal, settings: Any) -> None:
    settings.PORTAL_WAITING_MAX = 7

    outcomes = at_once([lambda number=number: _entry(queue, number) for number in range(20)])

    assert sum(isinstance(outcome, QueueFull) for outcome in outcomes) == 13
    assert SupportSession.objects.count() == 7


def test_counters_are_forgotten_in_time(enter: Enter, clock: Clock) -> None:
    enter()
    clock.forward(hours=2)
    guesses.forget_old_counters(now=timezone.now())

    assert not GuessCounter.objects.exists()
