"""Follows the relayed sessions of this process: where one is recorded, it listens and writes.

The relay tells of each session (`watch`); what the database says of its recording decides. A part begins when this
process starts to listen and ends when it stops: at a pause, at the end, or when the session goes to another relay.
"""

import asyncio
import contextlib
import logging
import secrets
import time
from uuid import UUID

from lens.recordings import storage, writing
from lens.recordings.tap import RecordingTap
from lens.relay.taps import TapRoom
from portals import clock
from sessions.database_threads import in_database_thread
from sessions.room_state import RoomState

logger = logging.getLogger("sightline.recording")

TICK_S = 0.5


class Keeper:
    """Writes one part of one recording."""

    def __init__(self, recording_id: str, room: TapRoom) -> None:
        self.recording_id, self.room = recording_id, room
        self.writer = secrets.token_hex(8)
        self._stopped = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=f"recording {recording_id}")

    def stop(self) -> None:
        """No packet is taken from now on."""
        self._stopped.set()

    async def _run(self) -> None:
        try:
            await self._write()
        except Exception:
            logger.exception("A recording has failed.")

    async def _write(self) -> None:
        began, started_at = time.monotonic(), clock.now()
        folder = await in_database_thread(
            writing.claim, recording_id=self.recording_id, writer=self.writer, now=started_at
        )
        if folder is None:
            return
        file = storage.PartFile(storage.part_path(folder, started_at))
        tap = RecordingTap(
            started_at=started_at,
            began=began,
            store=file,
            ask_key_frame=self.room.request_key_frame,
            on_closed=self._stopped.set,
        )
        try:
            if not self._stopped.is_set():
                self.room.add_tap(tap)
                await self._listen(tap, file)
        finally:
            self.room.remove_tap(tap)
            tap.closed()
            await asyncio.wrap_future(file.close())
            await in_database_thread(writing.release, recording_id=self.recording_id, writer=self.writer)

    async def _listen(self, tap: RecordingTap, file: storage.PartFile) -> None:
        renew_at = time.monotonic() + writing.RENEW_S
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._stopped.wait()
            now = time.monotonic()
            tap.tick(now)
            if file.failed:
                await in_database_thread(writing.give_up, recording_id=self.recording_id, now=clock.now())
                return
            if now >= renew_at:
                renew_at = now + writing.RENEW_S
                mine = await in_database_thread(
                    writing.renew, recording_id=self.recording_id, writer=self.writer, now=clock.now()
                )
                if not mine:
                    return


_keepers: dict[UUID, Keeper] = {}


def watch(state: RoomState, room: TapRoom) -> None:
    """Called by the relay on its event loop, whenever the state of a session that it holds was read."""
    recording = state.head.recording
    wanted = recording.id if recording is not None and recording.state == "running" else ""
    keeper = _keepers.get(state.session_id)
    if keeper is not None and (keeper.recording_id != wanted or keeper.room is not room or keeper.task.done()):
        keeper.stop()
        del _keepers[state.session_id]
        keeper = None
    if keeper is None and wanted:
        _keepers[state.session_id] = made = Keeper(wanted, room)
        made.task.add_done_callback(lambda _task: _forget(state.session_id, made))


def _forget(session_id: UUID, keeper: Keeper) -> None:
    if _keepers.get(session_id) is keeper:
        del _keepers[session_id]
