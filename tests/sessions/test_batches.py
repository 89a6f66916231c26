"""Work that many ask for at once is done together, and each gets the own result."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from sessions.batches import Batches

pytestmark = pytest.mark.django_db(transaction=True)  # the threads look after the connections that they keep


class Work:
    """Answers each number with its double, once it is let."""

    def __init__(self) -> None:
        self.done: list[list[int]] = []
        self.begun, self.go = threading.Event(), threading.Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.done.append(list(numbers))
        self.begun.set()
        assert self.go.wait(10)
        if 13 in numbers:
            raise ValueError("unlucky")
        return [2 * number for number in numbers]


@pytest.fixture
def work() -> Work:
    return Work()


async def test_what_comes_while_one_batch_is_done_makes_the_next(work: Work) -> None:
    together = Batches(work)

    results = [together.add(1)]
    assert await asyncio.to_thread(work.begun.wait, 10)
    results += [together.add(number) for number in (2, 3)]
    work.go.set()

    assert await asyncio.gather(*results) == [2, 4, 6]
    assert work.done == [[1], [2, 3]]


async def test_a_batch_is_not_without_bound(work: Work) -> None:
    together = Batches(work, at_once=2)
    work.go.set()

    assert await asyncio.gather(*(together.add(number) for number in range(5))) == [0, 2, 4, 6, 8]
    assert work.done == [[0, 1], [2, 3], [4]]


async def test_where_they_merge_what_waits_is_not_added_again(work: Work) -> None:
    together = Batches(work, merges=True)

    results = [together.add(1)]
    assert await asyncio.to_thread(work.begun.wait, 10)
    results += [together.add(number) for number in (1, 2, 1, 2)]  # the first is being done: it may be too late for it
    work.go.set()

    assert await asyncio.gather(*results) == [2, 2, 4, 2, 4]
    assert work.done == [[1], [1, 2]]
    assert await together.add(1) == 2
    assert work.done[2:] == [[1]]


async def test_what_fails_is_told_to_all_of_it_and_ends_there(work: Work) -> None:
    together = Batches(work)
    work.go.set()

    failed = await asyncio.gather(together.add(13), together.add(1), return_exceptions=True)

    assert [str(error) for error in failed] == ["unlucky", "unlucky"]
    assert await together.add(4) == 8


async def test_who_no_longer_waits_holds_up_nobody(work: Work) -> None:
    together = Batches(work)
    gone, waits = together.add(1), together.add(2)

    gone.cancel()
    work.go.set()

    assert await waits == 4


def test_what_was_left_on_a_loop_that_is_over_does_not_come_back(work: Work) -> None:
    together = Batches(work)
    work.go.set()

    async def leave() -> None:
        together.add(1)

    async def ask() -> int:
        return await together.add(2)

    asyncio.run(leave())
    assert asyncio.run(ask()) == 4
    assert work.done[-1] == [2]
