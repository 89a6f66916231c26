"""Makes active support sessions with everybody inside, straight in the database, and prints who holds which cookies.

python bench/rooms_world.py ROOMS MEMBERS [SPECIALISTS]      (with a server's environment; prints JSON)

A room has one customer, that many specialists (0), and technicians.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.utils import timezone

from portals.models import Company, Portal, TechnicianGroup, User
from sessions import guest_cookie
from sessions.models import Participant, SupportSession


def cookie_of(user: User) -> str:
    """A login as the sign-in page leaves it behind."""
    login = SessionStore()
    login[SESSION_KEY] = str(user.pk)
    login[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    login[HASH_SESSION_KEY] = user.get_session_auth_hash()
    login.save()
    return f"{settings.SESSION_COOKIE_NAME}={login.session_key}"


@transaction.atomic
def make(rooms: int, members: int, specialists: int = 0) -> list[dict[str, Any]]:
    agents = members - 2 - specialists
    now = timezone.now()
    acme = Company.objects.get(name__startswith="Acme")
    tess = User.objects.get(email="tess@acme.example")
    portal = acme.portals.earliest("pk")
    if specialists:
        Portal.objects.filter(pk=portal.pk).update(specialists_enabled=True)
        TechnicianGroup.objects.filter(pk=tess.technician_group_id).update(invite_specialists=True)
    first = User.objects.count()
    User.objects.bulk_create(
        User(
            email=f"bench{first + number}@acme.example",
            name=f"Bench {number}",
            password="!",  # nobody signs in with it
            company=acme,
            has_seat=True,
            technician_group=tess.technician_group,
        )
        for number in range(rooms + agents)
    )
    people = list(User.objects.filter(email__startswith="bench").order_by("-pk")[: rooms + agents])
    cookies = {person.pk: cookie_of(person) for person in people}
    made = []
    for number in range(rooms):
        session = SupportSession.objects.create(
            company=acme,
            portal=portal,
            kind="lens",
            status="active",
            lead=people[number],
            customer_name="Ana",
            terms_accepted_at=now,
            created_at=now,
            waiting_at=now,
            started_at=now,
        )
        guests = [("customer", "Ana", None), *(("specialist", f"Sam {n}", n) for n in range(1, specialists + 1))]
        inside = [_guest(session, role, name, slot, now) for role, name, slot in guests]
        for person in [people[number], *people[rooms : rooms + agents]]:
            Participant.objects.create(
                support_session=session, role="technician", name=person.name, user=person, joined_at=now
            )
            inside.append(cookies[person.pk])
        path = f"/ws/sessions/{session.public_id}/"
        made.append(
            {
                "id": str(session.public_id),
                "members": [
                    {"path": f"{path}?as={'guest' if n < len(guests) else 'user'}", "cookie": one}
                    for n, one in enumerate(inside)
                ],
            }
        )
    return made


def _guest(session: SupportSession, role: str, name: str, slot: int | None, now: Any) -> str:
    """One who needs no account; return the cookie of the browser."""
    token = guest_cookie.new_token()
    Participant.objects.create(
        support_session=session,
        role=role,
        name=name,
        slot=slot,
        joined_at=now,
        token_digest=guest_cookie.digest(token),
    )
    return f"{guest_cookie.cookie_name(session.public_id)}={token}"


if __name__ == "__main__":
    print(json.dumps(make(*map(int, sys.argv[1:4]))))
