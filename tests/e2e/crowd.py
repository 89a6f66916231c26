"""People without browsers who fill a room of the served process; run there by `manage.py shell`, and seen from here."""

import asyncio
import json
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from websockets.asyncio.client import connect

from tests.served import Served

PATIENCE_S = 60


def fill(session_id: str, technicians: int, specialists: int) -> None:
    """Put technicians of a company of their own, and specialists, into the session; print who holds which cookie.

    The switches that specialists need are those of a portal and a group made for them: others stay as they are.
    """
    from django.utils import timezone

    from portals.models import Company, Portal, TechnicianGroup, User
    from sessions import guest_cookie
    from sessions.models import Participant, SupportSession
    from tests.sessions.pages import sign_in

    now, session = timezone.now(), SupportSession.objects.get(public_id=session_id)
    initech = Company.objects.create(name="Initech", seats=technicians)
    team = TechnicianGroup.objects.create(company=initech, name="Crowd", invite_specialists=True)
    session.portal = Portal.objects.create(
        company_id=session.company_id, name="Crowd", slug="crowd", specialists_enabled=True
    )
    session.save(update_fields=["portal"])
    inside = {"support_session": session, "joined_at": now}
    cookies = []
    people = [
        User.objects.create_user(
            f"crowd{n}@initech.example", None, name=f"Crowd {n}", company=initech, has_seat=True, technician_group=team
        )
        for n in range(technicians)
    ]
    for person in people:
        Participant.objects.create(role="technician", name=person.name, user=person, **inside)
        cookies += [["user", f"{name}={value}"] for name, value in sign_in(person).items()]
    for slot in range(1, specialists + 1):
        token = guest_cookie.new_token()
        digest = guest_cookie.digest(token)
        Participant.objects.create(
            role="specialist", name=f"Sam {slot}", slot=slot, token_digest=digest, invited_by=people[0], **inside
        )
        cookies.append(["guest", f"{guest_cookie.cookie_name(session.public_id)}={token}"])
    print(json.dumps(cookies))


class Crowd:
    """Sockets of all of them, on a loop in a thread of its own: the browsers' driver keeps this one busy."""

    def __init__(self, served: Served, session_id: str, *, technicians: int, specialists: int) -> None:
        script = f"from tests.e2e.crowd import fill; fill({session_id!r}, {technicians}, {specialists})"
        told = served.manage("shell", "--no-imports", "-c", script)
        self.cookies: list[list[str]] = json.loads(told.splitlines()[-1])
        self.served, self.session_id = served, session_id
        self._pool = ThreadPoolExecutor(1)

    def talk(self, line: str) -> "Future[list[list[str]]]":
        """Everybody joins, says a line, and stays until they have heard `line`; the answer is what each heard."""
        return self._pool.submit(lambda: asyncio.run(self._talk(line)))

    async def _talk(self, line: str) -> list[list[str]]:
        return list(await asyncio.gather(*(self._one(n, line) for n in range(len(self.cookies)))))

    async def _one(self, number: int, line: str) -> list[str]:
        who, cookie = self.cookies[number]
        url = f"ws://localhost:{self.served.port}/ws/sessions/{self.session_id}/?as={who}"
        heard: list[str] = []
        async with (
            asyncio.timeout(PATIENCE_S),
            connect(
                url,
                origin=self.served.url,
                additional_headers={"Cookie": cookie},  # type: ignore[arg-type]
            ) as socket,
        ):
            await socket.send(json.dumps({"type": "session.join", "page": f"crowd-{number}", "last_seq": 0}))
            async for text in socket:
                message: dict[str, Any] = json.loads(text)
                if message["type"] == "session.ready":
                    said = {"type": "chat.post", "id": f"crowd-line-{number}", "text": f"Crowd line {number}."}
                    await socket.send(json.dumps(said))
                if message["type"] == "chat.posted":
                    heard.append(message["text"])
                if line in heard:
                    return heard
        return heard
