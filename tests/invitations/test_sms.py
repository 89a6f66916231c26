"""The method SMS: the number, the text for the technician's own phone, and a provider where one is set."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.utils import timezone

from invitations import actions, codes
from invitations.models import Delivery, Invitation
from invitations.pending import pending_codes
from invitations.sms import SmsRefused
from portals.models import User
from sessions.models import SupportSession, TimelineEntry
from tests import factories
from tests.invitations.conftest import Broker, Clock, Create
from tests.invitations.delivery_rows import ENDS, send

pytestmark = pytest.mark.django_db
NUMBER = "+49 151 23456789"
E164 = "+4915123456789"


@pytest.fixture(autouse=True)
def _may_use_sms(bob: User) -> None:
    assert bob.technician_group is not None
    bob.technician_group.by_sms = True
    bob.technician_group.save()


class Provider:
    """Stands for a provider's function; `answers` are the errors it raises, one a call, before it takes texts."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.answers: list[Exception] = []

    def __call__(self, *, to: str, text: str) -> None:
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append((to, text))


provider_of_test = Provider()


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    settings.SMS_SENDER = f"{__name__}.provider_of_test"
    yield provider_of_test
    provider_of_test.__init__()  # type: ignore[misc]


def test_without_a_provider_the_server_sends_nothing(
    create: Create, broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        body = create(method="sms", phone=NUMBER).json()

    assert body["delivery"] is None
    assert not Delivery.objects.exists()
    assert broker.tasks == []


def test_the_link_opens_the_text_for_the_number(create: Create) -> None:
    body = create(method="sms", phone=NUMBER).json()

    to, _, text = body["sms"]["link"].partition("?&body=")
    assert to == f"sms:{E164}"
    assert unquote(text) == body["sms"]["text"]
    assert not set(text) & set(" #&?+\n")
    assert body["sms"]["phone"] == E164


def test_the_text_names_company_pin_link_and_lifetime(create: Create, bob: User) -> None:
    body = create(method="sms", phone=NUMBER).json()

    text = body["sms"]["text"]
    assert bob.company is not None
    assert text.startswith(f"{bob.company.name}: open {body['invitation']['link']} or type PIN ")
    assert body["invitation"]["code_display"] in text
    assert text.endswith("Good for 15 minutes.")


def test_the_number_is_noted_for_technicians_only(create: Create) -> None:
    create(method="sms", phone=NUMBER)

    entry = TimelineEntry.objects.get(kind="invitation.created")
    assert (entry.data["method"], entry.data["to"], entry.audience) == ("sms", E164, "technicians")


def test_the_switch_of_the_group_decides(create: Create, bob: User) -> None:
    assert bob.technician_group is not None
    bob.technician_group.by_sms = False
    bob.technician_group.save()

    response = create(method="sms", phone=NUMBER)

    assert response.status_code == 403
    assert response.json()["message"] == "SMS is off for your group. Your manager can turn it on."
    assert not SupportSession.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [NUMBER, "+49-(0)151/234 567 89".replace("(0)", ""), "\u202f+49\u00a0151\u00a023456789", "＋４９15123456789"],
)
def test_numbers_are_kept_in_e164(create: Create, typed: str) -> None:
    assert create(method="sms", phone=typed).status_code == 201
    assert Invitation.objects.get().phone == E164


WRONG = {
    "": "Write the phone number the text goes to.",
    "   ": "Write the phone number the text goes to.",
    "0151 23456789": "Begin with + and the country code, like +49 151 23456789. A number without it may be abroad.",
    "0049 151 23456789": "Begin with + and the country code, like +49 151 23456789. A number without it may be abroad.",
    "4915123456789": "Begin with + and the country code, like +49 151 23456789. A number without it may be abroad.",
    "ana@example.com": "Begin with + and the country code, like +49 151 23456789. A number without it may be abroad.",
    "+": "This is not a phone number. It looks like +49 151 23456789.",
    "+49 call me": "This is not a phone number. It looks like +49 151 23456789.",
    "+999 151 23456789": "No country has this code. Check what follows the +.",
    "+49 1": "This is not a phone number. It looks like +49 151 23456789.",
    "+1 212": "This number is too short. Check that no digit is missing.",
    "+1 212 555 01000 00": "This number is too long. Check that no digit is there twice.",
    "+49 30 1234567 ext. 5": "A text cannot be sent to an extension. Write the number without it.",
    "+4915123456789, +4915123456780": "Write one number only.",
    "+4915123456789 +4915123456780": "Write one number only.",
    "+49151\r\n23456789": "A phone number cannot contain line breaks.",
    "+4915123\x0b56789": "A phone number cannot contain line breaks.",
    "+49" + "1" * 9000: "This is not a phone number. It looks like +49 151 23456789.",
}


@pytest.mark.parametrize("typed", WRONG, ids=lambda typed: repr(typed)[:24])
def test_each_mistake_has_its_sentence_and_makes_nothing(create: Create, typed: str) -> None:
    response = create(method="sms", phone=typed)

    assert response.status_code == 400
    assert response.json()["errors"] == {"phone": WRONG[typed]}
    assert not SupportSession.objects.exists()


def test_a_name_that_is_too_long_and_a_wrong_number_are_told_together(create: Create) -> None:
    response = create(method="sms", phone="0151 2", name="x" * 129)

    assert set(response.json()["errors"]) == {"name", "phone"}


def test_the_number_does_not_matter_to_other_methods(create: Create) -> None:
    assert create(method="pin", phone="nonsense").status_code == 201
    assert Invitation.objects.get().phone == ""


def test_the_pending_code_has_the_text_at_hand_until_it_is_used(bob: User) -> None:
    created = factories.invited(bob, method="sms", to=NUMBER, by_server=False)

    (shown,) = pending_codes(bob, timezone.now())
    actions.redeem(token=created.secrets.token, language="en", now=timezone.now())
    (used,) = pending_codes(bob, timezone.now())

    assert (shown.method, shown.delivery, used.sms) == ("SMS", None, "")
    assert created.secrets.token in unquote(shown.sms)


def test_its_code_is_cancelled_like_any_other(bob: User, client_of: Callable[[User], Client]) -> None:
    created = factories.invited(bob, method="sms", to=NUMBER, by_server=False)

    client_of(bob).post(f"/api/v1/invitations/{created.invitation.public_id}/cancel/")

    assert pending_codes(bob, timezone.now()) == []


# With a provider.


def test_a_provider_gets_number_and_text(create: Create, provider: Provider) -> None:
    body = create(method="sms", phone=NUMBER).json()

    assert (body["delivery"]["state"], body["delivery"]["channel"]) == ("queued", "sms")
    assert send(Delivery.objects.get()).state == "sent"
    assert provider.sent == [(E164, body["sms"]["text"])]


def test_the_demos_mail_folder_gets_no_text(create: Create, provider: Provider, mailoutbox: list[Any]) -> None:
    create(method="sms", phone=NUMBER)

    send(Delivery.objects.get())

    assert mailoutbox == []


FAILURES = [
    (SmsRefused("no\x00 such\r\nnumber"), "failed", "The SMS provider refused it: no such number"),
    (ConnectionRefusedError(), "queued", "The SMS provider cannot be reached."),
    (TimeoutError(), "queued", "The SMS provider did not answer in time."),
    (ValueError("?"), "queued", "The text could not be sent."),
]


@pytest.mark.parametrize(("error", "state", "reason"), FAILURES, ids=lambda case: type(case).__name__)
def test_each_failure_has_its_sentence(
    create: Create, provider: Provider, error: Exception, state: str, reason: str
) -> None:
    create(method="sms", phone=NUMBER)
    provider.answers = [error]

    delivery = send(Delivery.objects.get())

    assert (delivery.state, delivery.reason) == (state, reason)


def test_a_provider_that_comes_back_gets_the_text(create: Create, provider: Provider, clock: Clock) -> None:
    create(method="sms", phone=NUMBER)
    provider.answers = [ConnectionRefusedError()]
    send(Delivery.objects.get())

    clock.forward(seconds=3)

    assert send(Delivery.objects.get()).state == "sent"


@pytest.mark.parametrize("end", ENDS)
def test_a_code_that_has_ended_is_not_texted(create: Create, bob: User, provider: Provider, end: Any) -> None:
    create(method="sms", phone=NUMBER)
    delivery = Delivery.objects.select_related("invitation__support_session").get()
    end(bob, delivery)

    assert send(delivery).state == "failed"
    assert provider.sent == []


def test_a_failed_text_is_sent_again_to_a_corrected_number(
    create: Create, bob: User, provider: Provider, client_of: Callable[[User], Client]
) -> None:
    create(method="sms", phone=NUMBER)
    provider.answers = [SmsRefused("no")]
    delivery = send(Delivery.objects.get())
    url = f"/api/v1/deliveries/{delivery.public_id}/retry/"

    wrong = client_of(bob).post(url, {"to": "0151"}, content_type="application/json")
    client_of(bob).post(url, {"to": "+49 151 23456780"}, content_type="application/json")

    assert set(wrong.json()["errors"]) == {"phone"}
    assert send(delivery).state == "sent"
    assert [to for to, _text in provider.sent] == ["+4915123456780"]
    assert codes.unseal(Invitation.objects.get().sealed) is not None
