"""Telling the living pages, after commit, that something of a support session has changed.

What is told is a hint: pages in every process then read the database (rooms.py, console_consumer.py). Losing one loses
nothing, since rooms look at the database by themselves every few seconds.
"""

from django.db import transaction

from sessions import bus
from sessions.models import SupportSession, TimelineEntry

TALK = "chat.posted"  # changes nothing of a session but its log


def is_talk(hint: bus.Hint) -> bool:
    return hint.get("of") == TALK


def publish_on_commit(support_session: SupportSession, *, entry: TimelineEntry | None = None) -> None:
    """Wake the session's room, with the new timeline entry where there is one, and its lead's console."""
    room = bus.room_group(support_session.public_id)
    hint = {"kind": "changed"} if entry is None else {"kind": "entry", "seq": entry.seq, "of": entry.kind}
    lead_id = support_session.lead_id
    in_lists = entry is None or entry.kind != TALK

    def announce() -> None:
        bus.publish(room, hint, local=entry)
        if lead_id is not None and in_lists:
            bus.publish(bus.console_group(lead_id), {"kind": "changed"})

    transaction.on_commit(announce)


def publish_console_on_commit(user_id: int) -> None:
    """Wake one technician's console only."""
    transaction.on_commit(lambda: bus.publish(bus.console_group(user_id), {"kind": "changed"}))


def publish_offers_on_commit(support_session: SupportSession) -> None:
    """Wake the consoles of the whole company: a session has come into a queue or a transfer, or is gone from there."""
    group = bus.company_group(support_session.company_id)
    transaction.on_commit(lambda: bus.publish(group, {"kind": "changed"}))
