"""The history: one filter for the page, the API and the exports; bad values are told and nothing typed is lost."""

import csv
import io
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.utils import timezone

from invitations import actions as invitation_actions
from invitations.models import DIGEST_KEPT
from portals.models import AuditEvent, User
from sessions import exports, history, notes
from sessions.chat import post_chat
from sessions.history import HistoryFilter
from sessions.models import SupportSession, Survey
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import in_thread, sign_in
from tests.sessions.rows import attendee, session_in

pytestmark = pytest.mark.django_db
PAGE = "/console/history/"
API = "/api/v1/sessions/"
NOON = datetime(2026, 10, 24, 12, tzinfo=UTC)


def names(reader: User, **asked: str) -> list[str]:
    found = HistoryFilter(asked, reader=reader)
    assert found.is_valid(), found.errors
    return [one.customer_name for one in history.newest_first(found.sessions())]


def ended(bob: User, name: str, **fields: Any) -> SupportSession:
    return session_in(Status.CLOSED, lead=bob, customer_name=name, **{"end_reason": "by_technician"} | fields)


@pytest.fixture
def several(bob: User) -> dict[str, SupportSession]:
    """Ann's, Ben's and Cyd's, one a day, newest last."""
    tom = factories.technician("Tom", of=bob.company)
    assert tom.technician_group is not None
    ann = ended(bob, "Ann", created_at=NOON - timedelta(days=2), outcome="resolved")
    ben = session_in(
        Status.TIMED_OUT,
        lead=bob,
        customer_name="Ben",
        kind="screen",
        end_reason=EndReason.IDLE,
        created_at=NOON - timedelta(days=1),
    )
    cyd = session_in(Status.WAITING, lead=tom, customer_name="Cyd", created_at=NOON)
    attendee(cyd, bob)
    cyd.portal = tom.technician_group.portals.get()
    cyd.save(update_fields=["portal"])
    return {"ann": ann, "ben": ben, "cyd": cyd}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["Cyd", "Ben", "Ann"]),
        ({"q": "an"}, ["Ann"]),
        ({"q": " B "}, ["Ben"]),
        ({"q": "%"}, []),
        ({"kind": "screen"}, ["Ben"]),
        ({"status": "waiting"}, ["Cyd"]),
        ({"status": "timed_out"}, ["Ben"]),
        ({"status": "idle"}, ["Ben"]),
        ({"outcome": "resolved"}, ["Ann"]),
        ({"outcome": "none"}, ["Cyd", "Ben"]),
        ({"from": "2026-10-23"}, ["Cyd", "Ben"]),
        ({"to": "2026-10-23"}, ["Ben", "Ann"]),
        ({"from": "2026-10-23", "to": "2026-10-23"}, ["Ben"]),
        ({"to": "2026-10-23", "tz": "Pacific/Auckland"}, ["Ann"]),
        ({"q": "n", "kind": "lens"}, ["Ann"]),
    ],
)
def test_sessions_are_found_by_each_field(
    several: dict[str, SupportSession], bob: User, asked: dict[str, str], found: list[str]
) -> None:
    assert names(bob, **asked) == found


def test_sessions_are_found_by_technician_and_portal(several: dict[str, SupportSession], bob: User) -> None:
    cyd = several["cyd"]
    assert cyd.lead is not None

    assert names(bob, technician=str(bob.public_id)) == ["Ben", "Ann"]
    assert names(bob, technician=str(cyd.lead.public_id)) == ["Cyd"]
    assert names(bob, portal=str(cyd.portal.public_id)) == ["Cyd"]


def test_a_code_finds_its_session_while_the_digest_is_kept(bob: User, charlie: User) -> None:
    created = factories.invited(bob, name="Dora")
    code = created.secrets.code

    for written in (code, f"{code[:3]} {code[3:]}", f"{code[:3]}-{code[3:]}"):
        assert names(bob, q=written) == ["Dora"]
    assert names(charlie, q=code) == []

    invitation_actions.forget_old_digests(now=created.invitation.expires_at + DIGEST_KEPT + timedelta(seconds=1))
    assert names(bob, q=code) == []


def test_who_sees_what(several: dict[str, SupportSession], bob: User, alice: User, charlie: User) -> None:
    tom = several["cyd"].lead
    assert tom is not None
    mona = factories.user(bob.company, "Mona", is_manager=True, has_seat=True, technician_group=bob.technician_group)

    assert names(tom) == ["Cyd"]
    assert names(alice) == names(mona) == ["Cyd", "Ben", "Ann"]
    assert names(charlie) == []


# ---- The page ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"from": "24.11.2026"}, "Write a day as 2026-11-24."),
        ({"from": "2026-10-24", "to": "2026-10-23"}, "This day is before the first one."),
        ({"from": "0001-01-01", "tz": "Asia/Tokyo"}, "There were no sessions so long ago."),
        ({"to": "9999-12-31"}, "This day is too far in the future."),
        ({"status": "asleep"}, "There is no such status."),
        ({"outcome": "x"}, "There is no such outcome."),
        ({"technician": "x"}, "There is no such technician."),
        ({"portal": "1"}, "There is no such portal."),
        ({"kind": "radio"}, "There is no such type."),
        ({"tz": "../etc/passwd"}, "There is no such time zone."),
        ({"tz": "Europe/Atlantis"}, "There is no such time zone."),
        ({"q": "x" * 129}, "at most 128 characters"),
    ],
)
def test_a_wrong_value_is_told_and_what_was_typed_stays(
    client_of: Any, several: Any, bob: User, asked: dict[str, str], sentence: str
) -> None:
    answer = client_of(bob).get(PAGE, {"q": "Ann"} | asked)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert sentence in html
    assert f'value="{asked.get("q", "Ann")}"' in html
    assert "Export as CSV" not in html
    for row in ("/console/history/" + str(one.public_id) for one in several.values()):
        assert row not in html


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"before": "9" * 400},
        {"after": "00000000-0000-0000-0000-000000000000"},
        {"q": "\x00"},
        {"z": "1"},
    ],
)
def test_odd_addresses_of_the_history_are_answered(client_of: Any, several: Any, bob: User, query: Any) -> None:
    answer = client_of(bob).get(PAGE, query)

    assert answer.status_code == 200
    assert "Ann" in answer.content.decode()


def test_a_neighbour_of_another_company_leads_nowhere(client_of: Any, several: Any, bob: User, charlie: User) -> None:
    foreign = ended(charlie, "Foreign")

    html = client_of(bob).get(PAGE, {"after": str(foreign.public_id)}).content.decode()

    assert "The list has changed meanwhile." in html
    assert "Foreign" not in html


def test_pages_go_on_from_their_neighbours_without_a_gap(bob: User) -> None:
    at = timezone.now()
    for number in range(7):  # of the same moment in pairs, which is where a page by time alone loses rows
        ended(bob, f"No {number}", created_at=at - timedelta(minutes=number // 2))
    every = HistoryFilter({}, reader=bob).sessions()
    expected = [one.pk for one in history.newest_first(every)]

    forward, after, starts = [], None, []
    while True:
        page = history.read_page(every, after=after, size=3)
        forward += [one.pk for one in page.rows]
        starts.append(page.rows[0].public_id)
        if page.older is None:
            break
        after = page.older
    back = history.read_page(every, before=starts[1], size=3)

    assert forward == expected
    assert [one.pk for one in back.rows] == expected[:3]
    assert (back.newer, back.older) == (None, back.rows[-1].public_id)


def test_the_page_turns(client_of: Any, bob: User) -> None:
    for number in range(history.PAGE_ROWS + 1):
        ended(bob, f"No {number:02}", created_at=NOON - timedelta(minutes=number))
    client = client_of(bob)

    first = client.get(PAGE, {"q": "No"})
    second = client.get(PAGE, {"q": "No", "after": str(first.context["page"].older)})
    html = second.content.decode()

    assert "No 49" in first.content.decode()
    assert "No 50" in html
    assert "No 49" not in html
    assert f"q=No&amp;before={second.context['page'].newer}" in html


def test_many_sessions_are_counted_up_to_a_limit(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        ended(bob, f"No {number}")
    every = HistoryFilter({}, reader=bob).sessions()

    assert history.count_up_to(every, 2) == 3
    assert history.count_up_to(every, 9) == 4


def test_the_history_takes_as_many_queries_for_fifty_rows_as_for_one(
    client_of: Any, bob: User, django_assert_max_num_queries: Any
) -> None:
    client = client_of(bob)
    for _each in range(50):
        ended(bob, "Ann")

    with django_assert_max_num_queries(9):
        client.get(PAGE)


# ---- The API -------------------------------------------------------------------------------------


def test_the_api_lists_by_the_same_filter_and_leads_on(client_of: Any, several: Any, bob: User) -> None:
    client = client_of(bob)

    first = client.get(API, {"limit": 2}).json()
    second = client.get(first["next"]).json()
    waiting = client.get(API, {"status": "waiting"}).json()

    assert [one["name"] for one in first["results"]] == ["Cyd", "Ben"]
    assert [one["name"] for one in second["results"]] == ["Ann"]
    assert second["next"] is None
    assert [one["name"] for one in waiting["results"]] == ["Cyd"]


@pytest.mark.parametrize("asked", [{"from": "x"}, {"status": "x"}, {"limit": "0"}, {"limit": "101"}, {"after": "x"}])
def test_the_api_refuses_what_it_does_not_understand(client_of: Any, bob: User, asked: dict[str, str]) -> None:
    answer = client_of(bob).get(API, asked)

    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == set(asked)


def test_the_api_reads_one_record(client_of: Any, bob: User, charlie: User) -> None:
    active = factories.active_session(bob)
    path = f"{API}{active.public_id}/"

    body = client_of(bob).get(path).json()

    assert (body["name"], body["status"], body["technician"]) == ("Dora", "active", bob.name)
    assert [one["name"] for one in body["attendees"]] == ["Dora", bob.name]
    assert [line["seq"] for line in body["timeline"]] == list(range(1, len(body["timeline"]) + 1))
    assert client_of(charlie).get(path).status_code == 404
    assert AuditEvent.objects.filter(verb="session.viewed").count() == 1


# ---- Exports -------------------------------------------------------------------------------------


def lines(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.get(f"{PAGE}sessions.csv", asked)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert text.startswith(exports.BYTE_ORDER_MARK)
    return list(csv.DictReader(io.StringIO(text.removeprefix(exports.BYTE_ORDER_MARK))))


def test_the_csv_has_one_line_for_each_session_of_the_filter(client_of: Any, several: Any, bob: User) -> None:
    ann = several["ann"]
    SupportSession.objects.filter(pk=ann.pk).update(
        notes="First line\nsecond, line", active_for=timedelta(minutes=3), held_for=timedelta(seconds=90)
    )
    Survey.objects.create(support_session=ann, rating=5, solved=None, comment="Größe", at=NOON)

    found = lines(client_of(bob), to="2026-10-23")

    assert [one["Name"] for one in found] == ["Ben", "Ann"]
    last = found[1]
    assert last["Start (UTC)"] == "2026-10-22 12:00:00"
    assert (last["Technician"], last["Session ID"], last["Type"]) == (bob.name, str(ann.public_id), "lens")
    assert (last["Status"], last["End reason"], last["Outcome"]) == ("closed", "by_technician", "resolved")
    assert (last["Active (s)"], last["Hold (s)"], last["Total (s)"]) == ("180", "90", "270")
    assert (last["Rating"], last["Solved"], last["Survey comment"]) == ("5", "", "Größe")
    assert last["Notes"] == "First line\nsecond, line"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    assert exports.cell(f"{start}HYPERLINK()") == f"'{start}HYPERLINK()"


def test_a_formula_in_a_name_stays_text(client_of: Any, bob: User) -> None:
    ended(bob, "=cmd|' /C calc'!A0")

    assert [one["Name"] for one in lines(client_of(bob))] == ["'=cmd|' /C calc'!A0"]


def test_the_json_has_the_timeline_with_what_was_said(client_of: Any, bob: User) -> None:
    active = factories.active_session(bob)
    post_chat(
        participant=factories.customer_of(active),
        client_msg_id="line-0001",
        text="It “hums”.",
        audience="everyone",
        now=timezone.now(),
    )
    ended(bob, "Ann")

    answer = client_of(bob).get(f"{PAGE}sessions.json")
    body = json.loads(b"".join(answer.streaming_content))

    dora = next(one for one in body["sessions"] if one["name"] == "Dora")
    assert len(body["sessions"]) == 2
    assert ("Dora", "It “hums”.") in [(line["title"], line["detail"]) for line in dora["timeline"]]
    assert [one["role"] for one in dora["attendees"]] == ["customer", "technician"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_exports_are_whole_however_they_are_cut(
    client_of: Any, bob: User, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "ROWS_AT_A_TIME", 2)
    monkeypatch.setattr(exports, "RECORDS_AT_A_TIME", 2)
    for number in range(count):
        ended(bob, f"No {number}", created_at=NOON - timedelta(minutes=number))
    expected = [f"No {number}" for number in range(count)]

    body = json.loads(b"".join(client_of(bob).get(f"{PAGE}sessions.json").streaming_content))

    assert [one["name"] for one in body["sessions"]] == expected
    assert [one["Name"] for one in lines(client_of(bob))] == expected


def test_a_packed_export_is_one_stream(client_of: Any, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "RECORDS_AT_A_TIME", 1)
    for name in ("Ann", "Ben", "Cyd"):
        ended(bob, name)

    answer = client_of(bob).get(f"{PAGE}sessions.json", headers={"Accept-Encoding": "gzip, br"})
    opened = zlib.decompressobj(wbits=31)
    body = json.loads(opened.decompress(b"".join(answer.streaming_content)))

    assert answer.headers["Content-Encoding"] == "gzip"
    assert opened.unused_data == b""
    assert sorted(one["name"] for one in body["sessions"]) == ["Ann", "Ben", "Cyd"]


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_server_sends_it_piece_by_piece() -> None:
    bob = await in_thread(factories.technician, "Bob")
    await in_thread(ended, bob, "Ann")
    client = AsyncClient()
    client.cookies.load(await in_thread(sign_in, bob))

    answer = await client.get(f"{PAGE}sessions.json")
    pieces = [piece async for piece in answer.streaming_content]

    assert answer.is_async
    assert len([piece for piece in pieces if piece]) == 3


def test_an_export_is_audited_without_the_code_that_was_searched(client_of: Any, bob: User) -> None:
    created = factories.invited(bob)

    lines(client_of(bob), q=created.secrets.code, kind="lens")

    event = AuditEvent.objects.get(verb="sessions.exported")
    assert event.actor_name == bob.name
    assert event.changes == {"format": "csv", "filter": {"q": "(code)", "kind": "lens"}, "sessions": 1}


def test_a_wrong_filter_exports_nothing_and_says_why(client_of: Any, several: Any, bob: User) -> None:
    answer = client_of(bob).get(f"{PAGE}sessions.csv", {"from": "x"}, follow=True)

    assert "Write a day as 2026-11-24." in answer.content.decode()
    assert not AuditEvent.objects.filter(verb="sessions.exported").exists()


def test_reports_are_exported_for_managers_only(client_of: Any, bob: User, alice: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)
    notes.tell_report(participant=dora, text="He asked for my card.", now=timezone.now())
    theirs = client_of(alice).get("/admin/support_sessions/supportsession/export/csv/")

    assert [one["Report"] for one in lines(client_of(bob))] == [""]
    assert "He asked for my card." in b"".join(theirs.streaming_content).decode()


def test_the_manager_exports_what_the_list_shows(client_of: Any, several: Any, alice: User, charlie: User) -> None:
    ended(charlie, "Foreign")
    listed = "/admin/support_sessions/supportsession/"

    answer = client_of(alice).get(f"{listed}export/json/", {"q": "an", "outcome__exact": "resolved"})
    body = json.loads(b"".join(answer.streaming_content))

    assert [one["name"] for one in body["sessions"]] == ["Ann"]
    event = AuditEvent.objects.get(verb="sessions.exported")
    assert (event.actor_name, event.changes["sessions"]) == (alice.name, 1)
    assert client_of(alice).get(f"{listed}export/xml/").status_code == 404


def test_the_manager_finds_a_session_by_its_code(client_of: Any, bob: User, alice: User) -> None:
    created = factories.invited(bob, name="Dora")
    ended(bob, "Ann")

    shown = client_of(alice).get("/admin/support_sessions/supportsession/", {"q": created.secrets.code})

    assert [one.customer_name for one in shown.context["cl"].queryset] == ["Dora"]
