"""`manage.py media`: takes what is pinned to it, and hands it over when it is told to end."""

import asyncio

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from lens.relay.host import Host
from lens.relay.media_process import MediaProcess
from lens.relay.models import MediaProcess as Row
from lens.relay.models import RelayPin
from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.lens.relay.aiortc_pages import until
from tests.sessions.pages import in_thread
from tests.sessions.rows import attendee

pytestmark = pytest.mark.django_db(transaction=True)


def relayed_session(bob: User) -> SupportSession:
    """Three are inside, each with a page open."""
    active = factories.active_session(bob)
    attendee(active, factories.technician("Tom", of=bob.company))
    for row in active.participants.all():
        row.page_id = f"page-{row.pk}"
        row.save(update_fields=["page_id"])
    return active


@pytest.fixture
def two_hosts(settings: LazySettings) -> list[Host]:
    """Two processes in one: each with a host of its own."""
    settings.EMBEDDED = False
    return [Host(), Host()]


async def test_a_session_is_relayed_by_one_process_and_handed_over(
    transactional_db: None, bob: User, two_hosts: list[Host]
) -> None:
    from lens.relay import host as hosts

    active = await in_thread(relayed_session, bob)
    first, second = (MediaProcess(host) for host in two_hosts)
    running = [asyncio.create_task(first.run())]
    await until(lambda: not running[0].done(), "the first to run")
    await in_thread_until(lambda: Row.objects.filter(name=first.name).exists())

    state = await in_thread(hosts.room_state.load, active.public_id, now=hosts.clock.now())
    assert state.relay
    await until(lambda: active.public_id in two_hosts[0].sessions, "the first to relay it")

    running.append(asyncio.create_task(second.run()))
    await in_thread_until(lambda: Row.objects.filter(name=second.name).exists())
    first.end()

    await until(lambda: active.public_id in two_hosts[1].sessions, "the second to take it")
    await running[0]
    assert not two_hosts[0].sessions
    pin = await in_thread(lambda: RelayPin.objects.select_related("process").get())
    assert pin.process.name == second.name
    assert pin.page != state.relay
    second.end()
    await running[1]


async def in_thread_until(condition: object) -> None:
    async with asyncio.timeout(30):
        while not await in_thread(condition):  # type: ignore[arg-type]  # noqa: ASYNC110 (a row has no event)
            await asyncio.sleep(0.02)


def test_an_embedded_run_needs_no_media_process(settings: LazySettings) -> None:
    settings.EMBEDDED = True

    with pytest.raises(CommandError, match="relays by itself"):
        call_command("media")
