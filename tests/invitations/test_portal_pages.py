"""Portals on their own address: what each mode shows, branding, and what a closed or empty one says."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from portals.models import Portal, User
from sessions.models import SupportSession
from tests import factories
from tests.invitations.conftest import Clock

pytestmark = pytest.mark.django_db


def of_mode(bob: User, mode: str, **fields: Any) -> Portal:
    assert bob.company is not None
    assert bob.technician_group is not None
    return factories.portal(bob.company, bob.technician_group, mode=mode, **fields)


def opens_console(*people: User) -> None:
    User.objects.filter(pk__in=[person.pk for person in people]).update(
        console_until=timezone.now() + timedelta(hours=1)
    )


def text_of(client: Client, portal: Portal) -> str:
    response = client.get(f"/p/{portal.slug}/")
    assert response.status_code == 200
    return str(response.content, "utf-8")


@pytest.fixture
def queue(bob: User) -> Portal:
    return of_mode(bob, "queue")


@pytest.fixture
def web(bob: User) -> Portal:
    return of_mode(bob, "web")


def test_an_unknown_address_is_not_found(dora: Client) -> None:
    assert dora.get("/p/nowhere/").status_code == 404
    assert dora.post("/p/nowhere/", {"name": "Dora"}).status_code == 404


@pytest.mark.parametrize("mode", ["phone", "web", "queue"])
def test_it_names_the_company_and_its_welcome_with_its_lines(dora: Client, bob: User, mode: str) -> None:
    opens_console(bob)
    portal = of_mode(bob, mode, welcome_text="Welcome.\nWe are <b>here</b>.\n\nUntil eight.")

    page = text_of(dora, portal)

    assert bob.company is not None
    assert f"{bob.company.name}</span>" in page
    assert "<p>Welcome.<br>We are &lt;b&gt;here&lt;/b&gt;.</p>\n\n<p>Until eight.</p>" in page


def test_it_says_nothing_of_another_company(dora: Client, bob: User, charlie: User, web: Portal) -> None:
    opens_console(bob, charlie)
    assert charlie.technician_group is not None
    web.groups.add(charlie.technician_group)  # what no form lets happen

    page = text_of(dora, web)

    assert "Bob" in page
    assert "Charlie" not in page
    assert charlie.company is not None
    assert f"{charlie.company.name}<" not in page


# Colour and logo.


def test_the_colour_comes_as_a_style_sheet(dora: Client, bob: User) -> None:
    portal = of_mode(bob, "phone", colour="#F2C400")

    assert '<link rel="stylesheet" href="/p/colour/f2c400.css">' in text_of(dora, portal)
    sheet = dora.get("/p/colour/f2c400.css")
    assert sheet.content == b":root{--company:#f2c400;--on-company:#000000}"
    assert sheet.headers["Content-Type"].startswith("text/css")


@pytest.mark.parametrize("colour", ["f2c40", "F2C400", "f2c40g", "f2c400}body{x:y", "f2c400%0a"])
def test_only_a_colour_is_one(dora: Client, colour: str) -> None:
    assert dora.get(f"/p/colour/{colour}.css").status_code == 404


def test_the_logo_replaces_the_letter(dora: Client, bob: User) -> None:
    portal = of_mode(bob, "phone")
    portal.logo = ContentFile(factories.LOGO, "../../our logo.png")
    portal.save()

    page = text_of(dora, portal)
    answer = dora.get(portal.logo.url)

    assert f'<img class="portal__picture" src="{portal.logo.url}" alt="">' in page
    assert "portal__logo" not in page
    assert (answer.content, answer.headers["Content-Type"]) == (factories.LOGO, "image/gif")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "our" not in portal.logo.name and ".." not in portal.logo.name


@pytest.mark.parametrize("name", ["x.png", "..%2fsecret_key", "%2e%2e/sightline.sqlite3"])
def test_nothing_else_of_the_folder_is_given_out(dora: Client, bob: User, name: str) -> None:
    assert dora.get(f"/media/logos/{name}").status_code == 404


# Phone mode.


def test_a_code_leads_to_the_landing_of_its_link(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    portal = of_mode(bob, "phone")

    response = dora.post(f"/p/{portal.slug}/", {"code": created.secrets.code_display})

    assert (response.status_code, response.headers["Location"]) == (302, f"/join/#{created.secrets.token}")


def test_wrong_codes_count_here_and_on_the_join_page_together(dora: Client, bob: User) -> None:
    portal = of_mode(bob, "phone")
    for _each in range(3):
        assert dora.post(f"/p/{portal.slug}/", {"code": "000000"}).status_code == 400
    for _each in range(2):
        dora.post("/", {"code": "000000"})

    refused = dora.post(f"/p/{portal.slug}/", {"code": factories.invited(bob).secrets.code})

    assert "Too many wrong codes. Try again in 30 seconds." in str(refused.content, "utf-8")


def test_a_browser_without_a_name_gets_one(dora: Client, bob: User) -> None:
    dora.get(f"/p/{of_mode(bob, 'phone').slug}/")

    assert len(dora.cookies["visitor"].value) == 43


# Closed, switched off, nobody there.


@pytest.mark.parametrize("mode", ["phone", "web", "queue"])
def test_a_closed_portal_says_so_and_leads_to_the_code_field(dora: Client, bob: User, mode: str) -> None:
    opens_console(bob)
    portal = of_mode(bob, mode, is_open=False)
    created = factories.invited(bob)

    page = text_of(dora, portal)
    posted = dora.post(f"/p/{portal.slug}/", {"name": "Dora", "code": created.secrets.code})

    assert "This entrance is closed at the moment. Try again later." in page
    assert '<a href="/">Type a session code</a>' in page
    assert "<form" not in page
    assert posted.status_code == 409
    assert SupportSession.objects.count() == 1  # the one with the code


@pytest.mark.parametrize("mode", ["web", "queue"])
@pytest.mark.parametrize("where", ["company", "portal"])
def test_a_lens_portal_says_that_lens_is_off(dora: Client, bob: User, mode: str, where: str) -> None:
    opens_console(bob)
    portal = of_mode(bob, mode)
    row = portal if where == "portal" else portal.company
    row.lens_enabled = False
    row.save()

    page = text_of(dora, portal)
    posted = dora.post(f"/p/{portal.slug}/", {"name": "Dora", "technician": str(bob.public_id)})

    assert "Help by camera is switched off here at the moment." in page
    assert posted.status_code == 409
    assert not SupportSession.objects.exists()


def test_a_portal_for_screens_does_not_mind(dora: Client, bob: User) -> None:
    opens_console(bob)
    portal = of_mode(bob, "queue", session_kind="screen", lens_enabled=False)

    page = text_of(dora, portal)

    assert "Wait for a technician" in page
    assert "camera" not in page


def _absent(bob: User) -> None:
    bob.console_until = timezone.now()


def _away(bob: User) -> None:
    bob.availability = User.Availability.AWAY


def _disabled(bob: User) -> None:
    bob.is_active = False


def _without_seat(bob: User) -> None:
    bob.has_seat = False


def _without_lens(bob: User) -> None:
    assert bob.technician_group is not None
    bob.technician_group.start_lens = False
    bob.technician_group.save()


def _serves_another(bob: User) -> None:
    assert bob.company is not None
    bob.technician_group = factories.group(bob.company)


@pytest.mark.parametrize("mode", ["web", "queue"])
@pytest.mark.parametrize("how", [_absent, _away, _disabled, _without_seat, _without_lens, _serves_another])
def test_without_a_technician_it_says_so_before_the_form_is_filled(
    dora: Client, bob: User, mode: str, how: Callable[[User], None]
) -> None:
    opens_console(bob)
    bob.refresh_from_db()
    portal = of_mode(bob, mode)
    assert "<form" in text_of(dora, portal)
    how(bob)
    bob.save()

    page = text_of(dora, portal)

    assert "No technician is available at the moment. Try again in a few minutes." in page
    assert "Type a session code" in page
    assert "<form" not in page


@pytest.mark.parametrize("mode", ["web", "queue"])
def test_without_a_technician_at_submit_nothing_typed_is_lost(dora: Client, bob: User, mode: str) -> None:
    portal = of_mode(bob, mode)
    portal.questions.create(label="What is wrong?", required=True, position=1)

    response = dora.post(f"/p/{portal.slug}/", {"name": "Dora", "answer_1": "The light is <red>."})

    page = str(response.content, "utf-8")
    assert response.status_code == 409
    assert "No technician is available at the moment." in page
    assert 'value="Dora"' in page and "The light is &lt;red&gt;." in page
    assert "autofocus" in page
    assert not SupportSession.objects.exists()


def test_who_is_busy_with_a_camera_is_not_offered_but_keeps_the_queue_open(
    dora: Client, bob: User, web: Portal, queue: Portal
) -> None:
    opens_console(bob)
    factories.active_session(bob)

    assert "No technician is available" in text_of(dora, web)
    assert "Wait for a technician" in text_of(dora, queue)


def test_an_active_session_of_the_other_kind_does_not_make_busy(dora: Client, bob: User, web: Portal) -> None:
    opens_console(bob)
    SupportSession.objects.filter(pk=factories.active_session(bob).pk).update(kind="screen")

    assert "Available now" in text_of(dora, web)


def test_ten_active_sessions_make_busy(dora: Client, bob: User, web: Portal) -> None:
    opens_console(bob)
    for _each in range(10):
        SupportSession.objects.filter(pk=factories.active_session(bob).pk).update(kind="screen")

    assert "No technician is available" in text_of(dora, web)


def test_the_technicians_stand_there_by_name(dora: Client, bob: User, web: Portal) -> None:
    anna = factories.user(bob.company, "Anna", has_seat=True, technician_group=bob.technician_group)
    opens_console(bob, anna)

    page = text_of(dora, web)

    assert page.index("<b>Anna</b>") < page.index("<b>Bob</b>")
    assert " checked" not in page


def test_the_only_technician_is_chosen_already(dora: Client, bob: User, web: Portal) -> None:
    opens_console(bob)

    assert f'value="{bob.public_id}" checked' in text_of(dora, web)


def test_a_console_that_was_left_open_too_long_does_not_count(
    dora: Client, bob: User, queue: Portal, clock: Clock
) -> None:
    opens_console(bob)
    clock.forward(hours=1, seconds=1)

    assert "No technician is available" in text_of(dora, queue)


def test_the_queue_says_how_many_wait(dora: Client, bob: User, queue: Portal) -> None:
    opens_console(bob)
    assert "Nobody is waiting at the moment." in text_of(dora, queue)
    waiting = factories.waiting_session(bob)
    SupportSession.objects.filter(pk=waiting.pk).update(lead=None, portal=queue)

    assert "1 person is waiting now." in text_of(dora, queue)


@pytest.mark.parametrize("mode", ["web", "queue"])
def test_a_page_costs_the_same_whoever_is_there(
    dora: Client, bob: User, mode: str, django_assert_max_num_queries: Any
) -> None:
    portal = of_mode(bob, mode)
    people = [bob] + [
        factories.user(bob.company, f"Tim {number}", has_seat=True, technician_group=bob.technician_group)
        for number in range(12)
    ]
    opens_console(*people)

    with django_assert_max_num_queries(6):
        text_of(dora, portal)
