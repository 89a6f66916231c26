"""What was recorded, in exports and over the API."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from lens.recordings.models import Recording
from portals.models import User
from sessions import record
from sessions.models import SupportSession
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def recording(active: SupportSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recording:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    ready = factories.ready_recording(active, b"0123456789")
    Recording.objects.filter(pk=ready.pk).update(recorded_for=timedelta(seconds=90, milliseconds=600))
    return ready


def test_the_api_tells_each_recording_with_its_files(
    recording: Recording, bob: User, client_of: Callable[[User], Client]
) -> None:
    client = client_of(bob)

    [told] = client.get(f"/api/v1/sessions/{recording.support_session.public_id}/").json()["recordings"]

    assert (told["state"], told["asked_by"], told["recorded_s"], told["deleted_at"]) == ("ready", "Bob", 91, None)
    [file] = told["files"]
    assert (file["kind"], file["of"], file["size"]) == ("camera", "Dora", 10)
    assert client.get(file["url"]).status_code == 200


def test_a_question_that_was_refused_is_no_recording(
    active: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    factories.recording(active, state=Recording.State.REFUSED, started_at=None)

    assert client_of(bob).get(f"/api/v1/sessions/{active.public_id}/").json()["recordings"] == []


def test_a_deleted_recording_is_told_without_files(
    recording: Recording, bob: User, client_of: Callable[[User], Client]
) -> None:
    Recording.objects.filter(pk=recording.pk).update(state=Recording.State.DELETED)

    [told] = client_of(bob).get(f"/api/v1/sessions/{recording.support_session.public_id}/").json()["recordings"]

    assert (told["state"], told["files"]) == ("deleted", [])


def test_the_csv_has_the_seconds_recorded(recording: Recording, bob: User, client_of: Callable[[User], Client]) -> None:
    answer = client_of(bob).get("/console/history/sessions.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    assert [line["Recorded (s)"] for line in csv.DictReader(io.StringIO(text))] == ["91"]


def test_many_recordings_take_as_many_queries_as_one(
    recording: Recording, bob: User, django_assert_num_queries: Any
) -> None:
    for _each in range(3):
        factories.ready_recording(recording.support_session, b"x")
    found = record.with_everything(SupportSession.objects.all()).get(pk=recording.support_session.pk)

    with django_assert_num_queries(0):
        assert len(record.full(found, reader=bob, now=recording.started_at)["recordings"]) == 4
