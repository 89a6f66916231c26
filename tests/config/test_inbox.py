"""The inbox of a socket: in order, none lost when a reader gives up waiting."""

import asyncio

import pytest

from config.inbox import Inbox


async def test_items_come_in_order_whether_awaited_or_not() -> None:
    inbox = Inbox()
    inbox.put_nowait(1)
    inbox.put_nowait(2)
    assert inbox.qsize() == 2
    assert [await inbox.get(), await inbox.get()] == [1, 2]
    assert inbox.qsize() == 0

    awaited = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait(3)
    inbox.put_nowait(4)
    assert [await awaited, await inbox.get()] == [3, 4]


async def test_a_reader_that_gives_up_takes_nothing_with_it() -> None:
    inbox = Inbox()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await inbox.get()
    inbox.put_nowait("late")
    assert await inbox.get() == "late"

    given_up = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put_nowait("both at once")
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    assert await inbox.get() == "both at once"
