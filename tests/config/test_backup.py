"""R-20: a copy made while people write is whole, restores to the same rows, and a server goes on from it.

The commands are README's.
"""

import asyncio
import hashlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from tests.returning_pages import Page, fresh_reader, stop, until
from tests.served import Served, ServedAlone, serve
from tests.wire import waiting_pair

pytestmark = pytest.mark.skipif(
    not shutil.which("pg_dump" if os.environ.get("DATABASE_URL") else "sqlite3"),
    reason="the database's own program for copies is not installed",
)


def on_postgresql(served: Served) -> bool:
    return "DATABASE_URL" in served.env


def run(*command: str | Path) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True, timeout=120)


def back_up(served: Served, copy: Path) -> Path:
    if on_postgresql(served):
        run("pg_dump", "--format=custom", f"--file={copy}", served.env["DATABASE_URL"])
    else:
        run("sqlite3", served.folder / "sightline.sqlite3", f".backup {copy}")
    return copy


@contextmanager
def restored(served: Served, copy: Path, folder: Path) -> Iterator[Served]:
    """A server, not started, on the copy: with the same secrets, for the same origin."""
    if not on_postgresql(served):
        shutil.copytree(served.folder, folder, ignore=shutil.ignore_patterns("sightline.sqlite3*"))
        shutil.copy(copy, folder / "sightline.sqlite3")
        yield ServedAlone(port=served.port, folder=folder, env=served.env | {"SIGHTLINE_DATA_DIR": str(folder)})
        return
    url = urlsplit(served.env["DATABASE_URL"])
    name = f"{url.path.removeprefix('/')}_restored"
    run("psql", os.environ["DATABASE_URL"], "--command", f"CREATE DATABASE {name}")
    try:
        there = urlunsplit(url._replace(path=f"/{name}"))
        run("pg_restore", f"--dbname={there}", "--exit-on-error", copy)
        yield ServedAlone(port=served.port, folder=served.folder, env=served.env | {"DATABASE_URL": there})
    finally:
        run("psql", os.environ["DATABASE_URL"], "--command", f"DROP DATABASE {name} WITH (FORCE)")


def hashes(served: Served) -> dict[str, str]:
    """Of the rows of each table, in whatever order they lie."""
    with closing(_connection(served)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            if on_postgresql(served)
            else "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608
            found[table] = hashlib.sha256("\n".join(sorted(map(repr, cursor.fetchall()))).encode()).hexdigest()
        return found


def _connection(served: Served) -> Any:
    if on_postgresql(served):
        import psycopg

        return psycopg.connect(served.env["DATABASE_URL"])
    return sqlite3.connect(served.folder / "sightline.sqlite3")


async def test_a_copy_made_while_people_write(tmp_path: Path) -> None:
    (tmp_path / "served").mkdir()
    with serve(tmp_path / "served", kind=ServedAlone) as served:
        tess, ana, session_id = await asyncio.to_thread(waiting_pair, served, "Backed up")
        path = f"/ws/sessions/{session_id}/"
        pages = [Page(tess, f"{path}?as=user"), Page(ana, f"{path}?as=guest")]
        tasks = [asyncio.create_task(page.run()) for page in pages]
        talk = asyncio.create_task(keep_talking(pages))
        await until(lambda: all(len(page.acked) > 5 for page in pages))

        before = [line for page in pages for line in page.acked]
        early = await asyncio.to_thread(back_up, served, tmp_path / "early")
        talk.cancel()
        for page in pages:
            await page.all_acked()
        await stop(*pages)
        await asyncio.gather(*tasks)
        everything = await fresh_reader(tess, f"{path}?as=user")
        await asyncio.to_thread(served.stop)
        last = back_up(served, tmp_path / "last")

        with restored(served, last, tmp_path / "restored last") as whole:
            assert hashes(whole) == hashes(served)
        with restored(served, early, tmp_path / "restored early") as server:
            await asyncio.to_thread(server.start)
            try:
                lines = await fresh_reader(tess, f"{path}?as=user")
                assert set(before) <= set(lines), "a line that was acknowledged before the copy is not in it"
                assert lines == everything[: len(lines)]

                tess.api(f"sessions/{session_id}/start/")
                assert "Backed up" in await asyncio.to_thread(tess.get, "/console/history/")
            finally:
                server.stop()


async def keep_talking(pages: list[Page]) -> None:
    for number in range(10_000):
        for page in pages:
            page.says(f"{page.id[:6]} {number}")
        await asyncio.sleep(0.02)
