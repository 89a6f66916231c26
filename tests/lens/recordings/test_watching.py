"""Watching and downloading: no public address, pieces as players ask for them, every view audited."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import cache
from django.test import Client

from lens.recordings import ranges
from lens.recordings.models import Recording
from portals.models import AuditEvent, User
from sessions.models import SupportSession
from tests import factories

CONTENT = bytes(range(256)) * 40
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    cache.clear()


@pytest.fixture
def recording(active: SupportSession) -> Recording:
    return factories.ready_recording(active, CONTENT)


def get(
    client: Client, recording: Recording, *, download: bool = False, **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    path = f"/recordings/{recording.public_id}/1/" + ("download/" if download else "")
    response = client.get(path, headers=headers)
    body = response.getvalue() if not response.streaming else async_to_sync(_read)(response)
    return response.status_code, body, dict(response.headers)


async def _read(response: object) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])  # type: ignore[attr-defined]


@pytest.fixture
def bobs(bob: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(bob)


def test_the_whole_file_without_a_range(recording: Recording, bobs: Client) -> None:
    status, body, headers = get(bobs, recording)

    assert (status, body) == (200, CONTENT)
    assert headers["Accept-Ranges"] == "bytes"
    assert headers["Content-Type"] == "video/webm"
    assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "begin", "end"),
    [("0-99", 0, 100), ("100-", 100, 10_240), ("-10", 10_230, 10_240), ("10200-99999", 10_200, 10_240), ("5-5", 5, 6)],
)
def test_a_piece_of_it(recording: Recording, bobs: Client, asked: str, begin: int, end: int) -> None:
    status, body, headers = get(bobs, recording, range=f"bytes={asked}")

    assert (status, body) == (206, CONTENT[begin:end])
    assert headers["Content-Range"] == f"bytes {begin}-{end - 1}/10240"
    assert headers["Content-Length"] == str(end - begin)


@pytest.mark.parametrize("asked", ["10240-", "99999-100000", "7-3"])
def test_a_piece_that_is_not_there(recording: Recording, bobs: Client, asked: str) -> None:
    status, _body, headers = get(bobs, recording, range=f"bytes={asked}")

    assert status == 416
    assert headers["Content-Range"] == "bytes */10240"


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,5-6", "lines=0-3", "bytes=a-b", "bytes=" + "9" * 40 + "-"])
def test_what_is_no_range_is_answered_with_the_whole(recording: Recording, bobs: Client, asked: str) -> None:
    status, body, _headers = get(bobs, recording, range=asked)

    assert (status, body) == (200, CONTENT)


def test_a_long_piece_is_given_in_several_answers(
    recording: Recording, bobs: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranges, "MOST", 1000)

    status, body, headers = get(bobs, recording, range="bytes=200-")

    assert (status, body) == (206, CONTENT[200:1200])
    assert headers["Content-Range"] == "bytes 200-1199/10240"


def test_head_tells_the_size_only(recording: Recording, bobs: Client) -> None:
    response = bobs.head(f"/recordings/{recording.public_id}/1/")

    assert (response.status_code, response.headers["Content-Length"], response.content) == (200, "10240", b"")


def test_one_view_is_one_line_of_the_audit_whatever_the_player_asks_for(recording: Recording, bobs: Client) -> None:
    for _ in range(3):
        get(bobs, recording, range="bytes=100-")

    views = AuditEvent.objects.filter(verb="recording.viewed")
    assert list(views.values_list("actor_name", "object_id")) == [("Bob", str(recording.public_id))]


def test_downloading_needs_its_own_right_and_each_is_audited(recording: Recording, bob: User, bobs: Client) -> None:
    status, _body, _headers = get(bobs, recording, download=True)
    assert status == 403
    assert AuditEvent.objects.filter(verb="recording.download", refused=True).count() == 1

    assert bob.technician_group is not None
    bob.technician_group.download_recordings = True
    bob.technician_group.save(update_fields=["download_recordings"])
    for _ in range(2):
        status, body, headers = get(bobs, recording, download=True)
        assert (status, body) == (200, CONTENT)
        assert headers["Content-Disposition"].startswith('attachment; filename="dora-')
    assert AuditEvent.objects.filter(verb="recording.downloaded").count() == 2


def test_the_right_is_asked_for_with_each_request(recording: Recording, bob: User, bobs: Client) -> None:
    assert get(bobs, recording)[0] == 200

    User.objects.filter(pk=bob.pk).update(has_seat=False)

    assert get(bobs, recording)[0] == 404


@pytest.mark.parametrize("who", ["tom", "charlie", "manager of another company"])
def test_it_does_not_exist_for_others(
    recording: Recording, bob: User, charlie: User, client_of: Callable[[User], Client], who: str
) -> None:
    assert charlie.company is not None
    person = {
        "tom": lambda: factories.technician("Tom", of=bob.company),
        "charlie": lambda: charlie,
        "manager of another company": lambda: factories.manager(charlie.company, "Carol"),
    }[who]()

    for download in (False, True):
        assert get(client_of(person), recording, download=download)[0] == 404
    assert AuditEvent.objects.filter(verb__startswith="recording.", refused=True).count() == 2


def test_a_manager_of_the_company_watches(
    recording: Recording, alice: User, client_of: Callable[[User], Client]
) -> None:
    assert get(client_of(alice), recording)[0] == 200


def test_a_manager_finds_it_in_the_administration(
    recording: Recording, alice: User, client_of: Callable[[User], Client]
) -> None:
    page = client_of(alice).get(f"/admin/lens/recording/{recording.pk}/change/").content.decode()

    assert f'<a href="/recordings/{recording.public_id}/1/">Dora: camera</a>' in page


def test_strangers_are_sent_to_sign_in(recording: Recording, client: Client) -> None:
    response = client.get(f"/recordings/{recording.public_id}/1/")

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_a_deleted_file_is_not_found(recording: Recording, bobs: Client) -> None:
    (Path(settings.MEDIA_ROOT) / recording.files.get().name).unlink()

    assert get(bobs, recording)[0] == 404


def test_the_record_shows_the_player_and_says_why_there_is_no_download(
    recording: Recording, active: SupportSession, bobs: Client
) -> None:
    page = bobs.get(f"/console/history/{active.public_id}/").content.decode()

    assert f'src="/recordings/{recording.public_id}/1/"' in page
    assert "download/" not in page
    assert "Downloading recordings is off for your group." in page


@pytest.mark.parametrize(
    ("state", "failure", "says"),
    [
        (Recording.State.RUNNING, "", "This session is being recorded."),
        (Recording.State.FINISHING, "", "The recording is being made ready."),
        (Recording.State.FAILED, "nothing", "no picture and no sound came"),
        (Recording.State.FAILED, "broken", "The recording could not be finished."),
        (Recording.State.DELETED, "", "Deleted on"),
    ],
)
def test_the_record_says_what_became_of_it(
    active: SupportSession, bobs: Client, now: object, state: Recording.State, failure: str, says: str
) -> None:
    factories.recording(
        active, state=state, failure=failure, deleted_at=now if state == Recording.State.DELETED else None
    )

    page = bobs.get(f"/console/history/{active.public_id}/").content.decode()

    assert says in page
    assert "<video" not in page
