"""From an ended recording to files: by the task, after a crash, and never twice."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av
import pytest
from django.conf import settings

from lens.recordings import actions, ready, storage, sweeps, webm, writing
from lens.recordings.models import Recording
from portals.models import AuditEvent, User
from sessions import endings, room_state
from sessions.models import SupportSession
from tests.lens.recordings import people
from tests.lens.recordings.test_parts import Recorded
from tests.served import ROOT

State = Recording.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    yield tmp_path
    shutil.rmtree(tmp_path / "recordings", ignore_errors=True)


def write_part(recording: Recording, *, started_at: datetime, cut: int = 0) -> Path:
    """Three seconds as a relay would leave them; `cut` bytes never reached the disk."""
    recorded = Recorded(started_at)
    recorded.both(attendee=str(people.dora_of(recording.support_session).public_id))
    recorded.tap.closed()
    path = storage.part_path(storage.folder_of(recording), started_at)
    path.parent.mkdir(parents=True, exist_ok=True)
    recorded.store.save(path)
    if cut:
        path.write_bytes(path.read_bytes()[:-cut])
    return path


def ended(active: SupportSession, bob: User, *, now: datetime, minutes: int = 1) -> Recording:
    recording = people.running(active, bob, now=now)
    actions.stop_recording(
        participant=people.attendee(active, bob),
        recording_id=str(recording.public_id),
        now=now + timedelta(minutes=minutes),
    )
    recording.refresh_from_db()
    return recording


def finish(recording: Recording, now: datetime) -> Recording:
    ready.finish_recording(recording_id=str(recording.public_id), now=now)
    return Recording.objects.get(pk=recording.pk)


def test_parts_become_files_and_are_gone(active: SupportSession, bob: User, now: datetime, media: Path) -> None:
    recording = ended(active, bob, now=now)
    write_part(recording, started_at=now)
    write_part(recording, started_at=now + timedelta(seconds=30))

    recording = finish(recording, now)

    assert recording.state == State.READY
    file = recording.files.get()
    assert (file.kind, file.of, file.number) == ("camera", "Dora", 1)
    assert file.size == (media / file.name).stat().st_size
    assert [path.name for path in storage.folder_of(recording).iterdir()] == ["1.webm"]
    assert [span[1] for span in recording.spans] == [0, recording.spans[0][2]]
    assert AuditEvent.objects.filter(verb="recording.ready").count() == 1
    with av.open(str(media / file.name)) as container:
        assert container.duration == pytest.approx(6_000_000, abs=120_000)


def test_a_killed_process_costs_no_more_than_its_last_second(
    active: SupportSession, bob: User, now: datetime, media: Path
) -> None:
    recording = people.running(active, bob, now=now)
    folder = writing.claim(recording_id=str(recording.public_id), writer="of a killed process", now=now)
    assert folder == storage.folder_of(recording)
    write_part(recording, started_at=now, cut=77)
    endings.end_session(technician=bob, session_id=active.public_id, now=now + timedelta(seconds=10))

    soon = now + timedelta(seconds=11)
    assert finish(recording, soon).state == State.FINISHING  # its writer may still live
    later = now + writing.LEASE + timedelta(seconds=1)
    recording = finish(recording, later)

    assert recording.state == State.READY
    with av.open(str(media / recording.files.get().name)) as container:
        assert container.duration >= 1_900_000


def test_what_a_killed_process_has_written_can_be_read(media: Path) -> None:
    path = media / "part.webm"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings_test"}
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.lens.recordings.killed_writer", str(path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout is not None
    for _number in range(130):  # packets of 20 ms: two and a half seconds at least
        writer.stdout.readline()

    writer.kill()
    writer.wait()

    part = webm.read_part(path)
    assert part is not None
    assert len(list(part.blocks())) >= 45  # the first second, whatever the machine does


def test_a_recording_whose_process_died_and_that_nobody_goes_on_with_is_ended(
    active: SupportSession, bob: User, now: datetime
) -> None:
    recording = people.running(active, bob, now=now)
    writing.claim(recording_id=str(recording.public_id), writer="of a killed process", now=now)
    dead = now + writing.LEASE

    assert sweeps.end_lost(now=dead + sweeps.LOST_AFTER - timedelta(seconds=1)) == 0
    assert sweeps.end_lost(now=dead + sweeps.LOST_AFTER) == 1

    recording.refresh_from_db()
    assert recording.state == State.FINISHING
    assert active.timeline.get(kind="recording.stopped").data == {"reason": "lost"}


def test_the_sweep_gives_ended_recordings_to_a_worker(
    active: SupportSession, bob: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(sweeps, "finish_recording_on_commit", given.append)
    recording = ended(active, bob, now=now)
    assert sweeps.finish_ended(now=now) == 1
    assert given == [str(recording.public_id)]

    Recording.objects.update(writer="somebody", writer_until=now + timedelta(seconds=5))

    assert sweeps.finish_ended(now=now) == 0
    assert sweeps.finish_ended(now=now + timedelta(seconds=5)) == 1


def test_where_nothing_came_the_recording_has_failed_and_says_so(
    active: SupportSession, bob: User, now: datetime
) -> None:
    recording = finish(ended(active, bob, now=now), now)

    assert (recording.state, recording.failure) == (State.FAILED, "nothing")
    assert not storage.folder_of(recording).exists()


def test_it_is_done_once(active: SupportSession, bob: User, now: datetime) -> None:
    recording = ended(active, bob, now=now)
    write_part(recording, started_at=now)
    finish(recording, now)

    assert not ready.finish_recording(recording_id=str(recording.public_id), now=now)
    assert Recording.objects.get(pk=recording.pk).files.count() == 1


def test_what_cannot_be_finished_is_tried_again_for_an_hour(
    active: SupportSession, bob: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = ended(active, bob, now=now, minutes=0)
    part = write_part(recording, started_at=now)

    def broken(*_arguments: object, **_more: object) -> list[object]:
        raise OSError("No space left on device")

    monkeypatch.setattr(ready.finishing, "lay_out", broken)

    assert finish(recording, now).state == State.FINISHING
    assert finish(recording, now + timedelta(minutes=61)).state == State.FAILED
    assert part.exists()


def test_a_writer_is_the_one_who_claimed_last(active: SupportSession, bob: User, now: datetime) -> None:
    recording_id = str(people.running(active, bob, now=now).public_id)
    writing.claim(recording_id=recording_id, writer="old", now=now)
    writing.claim(recording_id=recording_id, writer="new", now=now)

    assert not writing.renew(recording_id=recording_id, writer="old", now=now)
    assert writing.renew(recording_id=recording_id, writer="new", now=now)
    writing.release(recording_id=recording_id, writer="old")
    assert Recording.objects.get(public_id=recording_id).writer == "new"


def test_nobody_begins_to_write_what_does_not_run(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)

    assert writing.claim(recording_id=str(recording.public_id), writer="x", now=now) is None


def test_a_full_disk_ends_the_recording(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.running(active, bob, now=now)

    writing.give_up(recording_id=str(recording.public_id), now=now)

    assert room_state.load(active.public_id, now=now).head.recording is None
    assert active.timeline.get(kind="recording.stopped").data == {"reason": "lost"}


def keep(bob: User, days: int) -> None:
    assert bob.company is not None
    bob.company.recording_days = days
    bob.company.save(update_fields=["recording_days"])


@pytest.mark.parametrize(("days", "after", "kept"), [(90, 89, True), (90, 90, False), (0, 5000, True)])
def test_recordings_are_deleted_when_their_time_has_come(
    active: SupportSession,
    bob: User,
    now: datetime,
    days: int,
    after: int,
    kept: bool,
    django_capture_on_commit_callbacks: object,
) -> None:
    keep(bob, days)
    recording = ended(active, bob, now=now, minutes=0)
    write_part(recording, started_at=now - timedelta(minutes=1))
    recording = finish(recording, now)
    folder = storage.folder_of(recording)

    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        assert sweeps.delete_old(now=now + timedelta(days=after)) == (0 if kept else 1)

    recording.refresh_from_db()
    assert (recording.state == State.READY) == kept
    assert folder.exists() == kept
    assert recording.files.exists() == kept
    deleted = AuditEvent.objects.filter(verb="recording.deleted")
    assert list(deleted.values_list("changes", flat=True)) == ([] if kept else [{"reason": f"after {days} days"}])
    active.refresh_from_db()
    assert active.transcript_deleted_at is None


def test_a_part_says_when_it_began(active: SupportSession, bob: User, now: datetime) -> None:
    recording = ended(active, bob, now=now)
    path = write_part(recording, started_at=now)

    part = webm.read_part(path)

    assert part is not None
    assert part.started_at == now
