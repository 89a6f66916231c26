"""A page that goes while its request is answered leaves nothing in the log; everything else that fails does."""

import asyncio
import gc
import logging

import pytest
from django.core.exceptions import RequestAborted

from config.left_alone import handle_fault


@pytest.mark.parametrize(
    ("error", "told"), [(asyncio.CancelledError(), 0), (RequestAborted(), 0), (ValueError("a fault"), 1)]
)
async def test_only_what_is_a_fault_is_told(caplog: pytest.LogCaptureFixture, error: BaseException, told: int) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(handle_fault)

    with caplog.at_level(logging.INFO):
        loop.create_future().set_exception(error)
        gc.collect()

    assert len(caplog.records) == told
