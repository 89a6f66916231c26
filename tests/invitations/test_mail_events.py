"""R-10: what providers tell about a mail is stored once and ends in one state, however often and in whatever order."""

import itertools
import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anymail.signals import AnymailTrackingEvent, tracking
from django.test import Client
from django.urls import include, path

from config.mail_webhooks import webhook_patterns
from config.urls import urlpatterns as configured
from invitations import mail_events
from invitations.models import Delivery, DeliveryEvent
from portals.models import User
from sessions.models import TimelineEntry
from tests.invitations.delivery_rows import queued, send
from tests.invitations.scripted_smtp import ScriptedServer

pytestmark = pytest.mark.django_db
REPEATS = 46  # times that one provider was seen to send one event
THEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
SECRET = "provider:a-password-of-the-tests-0123456789"


def event(delivery: Delivery, kind: str, *, minute: int = 0, mail_round: int = 1, **facts: Any) -> Any:
    told = {
        "event_type": kind,
        "event_id": f"{kind}-{minute}-{mail_round}",
        "timestamp": THEN + timedelta(minutes=minute),
        "metadata": {"delivery": f"{delivery.public_id}.{mail_round}"},
    }
    return AnymailTrackingEvent(**(told | facts))


def tell(*events: Any, provider: str = "Postmark") -> None:
    for one in events:
        tracking.send(sender=None, event=one, esp_name=provider)


@pytest.fixture
def sent(bob: User, smtp: ScriptedServer) -> Delivery:
    return send(queued(bob))


def state_of(delivery: Delivery) -> tuple[str, str]:
    delivery.refresh_from_db()
    return delivery.state, delivery.reason


CASES = [
    ("delivered", {}, "delivered", ""),
    ("complained", {}, "delivered", "The recipient marked the mail as spam."),
    ("bounced", {"mta_response": "550 5.1.1\r\nno <b>user\x00"}, "bounced", "The mail came back: 550 5.1.1 no <b>user"),
    ("rejected", {"reject_reason": "blocked"}, "failed", "The mail provider did not send it: blocked"),
    ("failed", {"description": "template"}, "failed", "The mail provider did not send it: template"),
    ("opened", {}, "sent", ""),
    ("deferred", {}, "sent", ""),
]


@pytest.mark.parametrize(("kind", "facts", "state", "reason"), CASES)
def test_each_event_has_its_state(sent: Delivery, kind: str, facts: dict[str, str], state: str, reason: str) -> None:
    tell(event(sent, kind, **facts))

    assert state_of(sent) == (state, reason)


def test_technicians_read_it_in_the_timeline_once(sent: Delivery) -> None:
    tell(*[event(sent, "delivered")] * 3)

    entries = TimelineEntry.objects.filter(kind="delivery.changed")
    assert [(entry.data["state"], entry.audience) for entry in entries] == [
        ("sent", "technicians"),
        ("delivered", "technicians"),
    ]


ORDER = ["delivered", "complained", "rejected", "bounced"]


@pytest.mark.parametrize("kinds", list(itertools.permutations(ORDER)), ids=lambda kinds: "-".join(kinds))
def test_in_any_order_it_ends_the_same_and_never_goes_back(sent: Delivery, kinds: tuple[str, ...]) -> None:
    seen = []
    for kind in kinds:
        tell(event(sent, kind, minute=ORDER.index(kind)))
        seen.append(state_of(sent))

    ranks = [["delivered", "failed", "bounced"].index(state) for state, _reason in seen]
    assert ranks == sorted(ranks)
    assert seen[-1][0] == "bounced"


@pytest.mark.parametrize("seed", range(3))
def test_46_times_each_and_shuffled_makes_one_row_each_and_one_state(
    sent: Delivery, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    events = [event(sent, kind, minute=minute) for kind in ("delivered", "bounced") for minute in (1, 2)] * REPEATS
    chance = random.Random(seed)
    chance.shuffle(events)
    real = mail_events.timeline.record

    def at_times_broken(*args: Any, **kwargs: Any) -> Any:
        if chance.random() < 0.5:
            raise RuntimeError("the database went away")
        return real(*args, **kwargs)

    monkeypatch.setattr(mail_events.timeline, "record", at_times_broken)
    for one in events:
        try:
            tell(one)
        except RuntimeError:
            events.append(one)  # answered with 500: the provider repeats it

    assert DeliveryEvent.objects.count() == 4
    assert state_of(sent)[0] == "bounced"
    assert TimelineEntry.objects.filter(kind="delivery.changed").count() <= 3  # sent, delivered, bounced


def test_of_two_bounces_the_later_gives_the_reason_whichever_comes_first(sent: Delivery) -> None:
    events = [event(sent, "bounced", minute=minute, mta_response=f"55{minute}") for minute in (1, 2)]

    tell(*reversed(events))

    assert state_of(sent) == ("bounced", "The mail came back: 552")


def test_an_event_that_is_faster_than_our_own_note_is_kept(bob: User, smtp: ScriptedServer) -> None:
    delivery = queued(bob)

    tell(event(delivery, "delivered"))

    assert state_of(delivery)[0] == "delivered"
    assert state_of(send(delivery))[0] == "delivered"
    assert delivery.next_attempt_at is None and delivery.sent_at is not None


def test_what_is_told_of_an_earlier_mail_does_not_touch_the_one_sent_again(
    sent: Delivery, bob: User, client_of: Any
) -> None:
    tell(event(sent, "bounced"))
    client_of(bob).post(f"/api/v1/deliveries/{sent.public_id}/retry/", {}, content_type="application/json")
    send(sent)

    tell(event(sent, "bounced", minute=9))

    assert state_of(sent)[0] == "sent"
    tell(event(sent, "delivered", mail_round=2))
    assert state_of(sent)[0] == "delivered"
    assert DeliveryEvent.objects.count() == 3


def test_a_provider_without_metadata_is_understood_by_its_message_id(sent: Delivery) -> None:
    Delivery.objects.filter(pk=sent.pk).update(provider_id="abc-123")

    tell(event(sent, "delivered", metadata=None, message_id="abc-123"))

    assert state_of(sent)[0] == "delivered"


def test_a_provider_without_ids_of_events_is_not_told_twice(sent: Delivery) -> None:
    tell(*[event(sent, "bounced", event_id=None)] * 5)
    tell(event(sent, "bounced", event_id=None, minute=1))

    assert DeliveryEvent.objects.count() == 2


NONSENSE = [
    {"metadata": {"delivery": "x"}},
    {"metadata": {"delivery": "7d9c0a6e-0000-4000-8000-000000000000.1"}},
    {"metadata": {"delivery": "\x00"}, "message_id": "\x00"},
    {"metadata": {}, "message_id": ""},
    {"metadata": None, "message_id": "unknown" * 100},
]


@pytest.mark.parametrize("facts", NONSENSE)
def test_what_is_told_of_a_mail_that_is_not_ours_is_ignored(sent: Delivery, facts: dict[str, Any]) -> None:
    tell(event(sent, "bounced", **facts))

    assert state_of(sent)[0] == "sent"
    assert not DeliveryEvent.objects.exists()


# Over HTTP, as providers do.

POSTMARK = webhook_patterns(backend="anymail.backends.postmark.EmailBackend", secret=SECRET)
SENDGRID = webhook_patterns(backend="anymail.backends.sendgrid.EmailBackend", secret=SECRET)
urlpatterns = [path("anymail/", include(POSTMARK + SENDGRID)), *configured]


@pytest.fixture
def provider(settings: Any) -> Iterator[Client]:
    settings.ROOT_URLCONF = __name__
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    yield Client(raise_request_exception=False)


def basic(secret: str) -> dict[str, str]:
    import base64

    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def postmark(delivery: Delivery, **more: Any) -> str:
    told = {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "MessageID": "00000000-0000-0000-0000-000000000000",
        "Description": "The server was unable to deliver your message (ex: unknown user, mailbox not found).",
        "Details": "550 no such user",
        "Email": delivery.to,
        "BouncedAt": "2026-11-24T10:00:00Z",
        "Metadata": {"delivery": f"{delivery.public_id}.1"},
    }
    return json.dumps(told | more)


def test_a_bounce_that_postmark_tells_is_seen(sent: Delivery, provider: Client) -> None:
    for _each in range(3):
        response = provider.post(
            "/anymail/postmark/tracking/", postmark(sent), content_type="application/json", headers=basic(SECRET)
        )
        assert response.status_code == 200

    assert state_of(sent)[0] == "bounced"
    assert DeliveryEvent.objects.count() == 1


def test_a_batch_of_sendgrid_is_seen(sent: Delivery, provider: Client) -> None:
    batch = [
        {
            "email": sent.to,
            "timestamp": 1_795_514_400,
            "event": "delivered",
            "sg_event_id": f"id-{number % 2}",
            "smtp-id": "<x@example.com>",
            "delivery": f"{sent.public_id}.1",
        }
        for number in range(4)
    ]

    response = provider.post(
        "/anymail/sendgrid/tracking/", json.dumps(batch), content_type="application/json", headers=basic(SECRET)
    )

    assert response.status_code == 200
    assert state_of(sent)[0] == "delivered"
    assert DeliveryEvent.objects.count() == 2


@pytest.mark.parametrize("headers", [{}, basic("provider:wrong"), basic("wrong"), {"Authorization": "Bearer x"}])
def test_without_the_secret_nothing_is_taken(sent: Delivery, provider: Client, headers: dict[str, str]) -> None:
    response = provider.post(
        "/anymail/postmark/tracking/", postmark(sent), content_type="application/json", headers=headers
    )

    assert response.status_code == 400
    assert state_of(sent)[0] == "sent"


def test_an_error_is_answered_with_500_and_the_repetition_is_taken(
    sent: Delivery, provider: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def post() -> int:
        body = postmark(sent)
        return provider.post(
            "/anymail/postmark/tracking/", body, content_type="application/json", headers=basic(SECRET)
        ).status_code

    with monkeypatch.context() as broken:
        broken.setattr(mail_events.timeline, "record", lambda *args, **kwargs: 1 / 0)
        assert post() == 500
    assert not DeliveryEvent.objects.exists()

    assert post() == 200
    assert state_of(sent)[0] == "bounced"


@pytest.mark.parametrize(
    ("backend", "secret", "names"),
    [
        ("anymail.backends.postmark.EmailBackend", SECRET, ["postmark_tracking_webhook"]),
        ("anymail.backends.mandrill.EmailBackend", SECRET, ["mandrill_webhook"]),
        ("anymail.backends.postmark.EmailBackend", "", []),
        ("django.core.mail.backends.smtp.EmailBackend", SECRET, []),
        ("portals.mail_folder.EmailBackend", SECRET, []),
    ],
)
def test_only_the_provider_in_use_has_an_address_and_only_with_a_secret(
    backend: str, secret: str, names: list[str]
) -> None:
    found = [pattern.name for pattern in webhook_patterns(backend=backend, secret=secret)]

    assert found[: len(names) or 1] == names


def test_here_there_is_none(sent: Delivery) -> None:
    assert Client().post("/anymail/postmark/tracking/", postmark(sent), content_type="x").status_code == 404
