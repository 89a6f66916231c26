"""The audit: what a line holds, that it stays, and how a manager reads it."""

from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client

from portals import audit
from portals.errors import NotAllowed
from portals.models import AuditEvent, User
from portals.use_case import use_case
from tests import factories
from tests.portals.admin_pages import address, change_address
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
LIST = address(AuditEvent, "changelist")


def test_a_line_says_who_did_what_to_what(own: Rows, alice: User) -> None:
    event = audit.record(actor=alice, verb="group.changed", target=own.group, changes={"record": [False, True]})

    assert (event.company, event.actor_kind, event.actor_name) == (own.company, "user", alice.name)
    assert event.actor_id == str(alice.public_id)
    assert (event.object_kind, event.object_id) == ("techniciangroup", str(own.group.pk))
    assert (event.verb, event.object_name, event.changes) == (
        "group.changed",
        own.group.name,
        {"record": [False, True]},
    )


def test_the_system_and_operators_are_told_apart(own: Rows, operator: User) -> None:
    assert audit.record(actor=None, verb="code.expired", company=own.company).actor_kind == "system"
    assert audit.record(actor=operator, verb="company.changed", target=own.company).actor_kind == "operator"


def test_an_operators_act_is_kept_with_the_company_it_touched(own: Rows, operator: User) -> None:
    assert audit.record(actor=operator, verb="portal.changed", target=own.portal).company == own.company


def test_names_of_any_length_fit(own: Rows, alice: User) -> None:
    alice.name = "x" * 500

    assert len(audit.record(actor=alice, verb="login", target=alice).actor_name) == 128


def test_a_line_is_never_changed(own: Rows) -> None:
    own.event.verb = "nothing"

    with pytest.raises(TypeError):
        own.event.save()


def test_a_line_is_part_of_the_callers_transaction(alice: User) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record(actor=alice, verb="group.changed")
        raise RuntimeError

    assert not AuditEvent.objects.exists()


def test_a_refusal_stays_though_all_else_is_rolled_back(own: Rows, alice: User) -> None:
    @use_case
    def rename(*, actor: User) -> None:
        own.group.name = "Renamed"
        own.group.save()
        raise NotAllowed("Not you.", verb="group.change")

    with pytest.raises(NotAllowed):
        rename(actor=alice)

    own.group.refresh_from_db()
    event = AuditEvent.objects.get(verb="group.change")
    assert own.group.name != "Renamed"
    assert (event.refused, event.changes) == (True, {"reason": "Not you."})


def test_signing_in_and_out_is_kept_with_address_and_request(own: Rows) -> None:
    client = Client()
    answer = client.post("/accounts/login/", {"login": own.person.email, "password": factories.PASSWORD})
    client.post("/accounts/logout/")

    events = AuditEvent.objects.filter(pk__gt=own.event.pk).order_by("pk")
    assert [event.verb for event in events] == ["login", "logout"]
    assert events[0].address == "127.0.0.1"
    assert events[0].request_id == answer.headers["X-Request-Id"]


def test_a_wrong_password_is_kept_with_the_company(own: Rows) -> None:
    Client().post("/accounts/login/", {"login": own.person.email, "password": "wrong"})

    event = AuditEvent.objects.get(verb="login", refused=True)
    assert (event.company, event.object_name) == (own.company, own.person.name)


# How a manager reads it.


def test_a_manager_reads_before_and_after(own: Rows, alice: User, manager_client: Client) -> None:
    event = audit.record(
        actor=alice, verb="group.changed", target=own.group, changes={"start_lens": [True, False], "name": ["A", "B"]}
    )

    for url in (LIST, change_address(event)):
        page = manager_client.get(url).content.decode()
        assert "group.changed" in page
        assert "start lens: on → <strong>off</strong>" in page
        assert "name: A → <strong>B</strong>" in page


def test_a_long_change_is_shortened_in_the_list_only(own: Rows, alice: User, manager_client: Client) -> None:
    changes = {f"field_{number}": [1, 2] for number in range(9)}
    event = audit.record(actor=alice, verb="group.changed", target=own.group, changes=changes)

    in_list, in_page = (manager_client.get(url).content.decode() for url in (LIST, change_address(event)))

    assert "and 5 more" in in_list
    assert "field 8" not in in_list
    assert "field 8: 1 → <strong>2</strong>" in in_page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "Alice"}, ["group.changed"]),
        ({"q": "portal.open"}, ["portal.open"]),
        ({"refused__exact": "1"}, ["portal.open"]),
        ({"about": "techniciangroup"}, ["group.changed"]),
        ({"about": "user"}, ["login"]),
        ({"at__gte": "2999-01-01 00:00:00+00:00"}, []),
    ],
)
def test_the_audit_is_searched_and_filtered(
    query: dict[str, str], found: list[str], bob: User, alice: User, manager_client: Client
) -> None:
    AuditEvent.objects.all().delete()
    audit.record(actor=bob, verb="login", target=bob)
    audit.record(actor=alice, verb="group.changed", target=bob.technician_group)
    audit.record(actor=bob, verb="portal.open", refused=True)

    shown = manager_client.get(LIST, query).context["cl"].queryset

    assert [event.verb for event in shown] == found


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\u202egnp.exe", "a\nb"])
def test_what_strangers_typed_is_text(text: str, own: Rows, alice: User, manager_client: Client) -> None:
    alice.name = text
    event = audit.record(actor=alice, verb="group.changed", target=own.group, changes={text: [text, text]})

    for url in (LIST, change_address(event)):
        page = manager_client.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_nobody_writes_the_audit(own: Rows, manager_client: Client, operator_client: Client) -> None:
    for client in (manager_client, operator_client):
        assert client.get(address(AuditEvent, "add")).status_code == 403
        assert client.post(change_address(own.event), {"verb": "x"}).status_code == 403
        assert client.post(address(AuditEvent, "delete", own.event.pk), {"post": "yes"}).status_code == 403
        sent = {"action": "delete_selected", "_selected_action": [own.event.pk], "post": "yes", "index": "0"}
        client.post(LIST, sent)

    assert AuditEvent.objects.filter(pk=own.event.pk).exists()


def test_events_without_a_company_are_the_operators(
    own: Rows, manager_client: Client, operator_client: Client, client_of: Callable[[User], Client]
) -> None:
    event = audit.record(actor=None, verb="login", refused=True)

    assert manager_client.get(change_address(event)).status_code == 404
    assert operator_client.get(change_address(event)).status_code == 200
