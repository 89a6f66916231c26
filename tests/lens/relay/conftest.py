from collections.abc import AsyncIterator

import pytest

from tests.lens.relay.aiortc_pages import World


@pytest.fixture
async def world() -> AsyncIterator[World]:
    from lens.relay.leg import all_closed

    world = World()
    yield world
    await world.close()
    await all_closed()
