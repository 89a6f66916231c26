"""Everybody of the permission tables, in one small world: Bob's sessions and whoever might want to touch them."""

from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from invitations.agent_invitations import invite_agents
from invitations.codes import Secrets
from invitations.models import AgentRequest, Delivery, Invitation
from lens.models import Recording
from portals.models import Portal, TechnicianGroup, User
from sessions import guest_cookie
from sessions.models import Participant, SupportSession
from tests import factories
from tests.invitations.specialists import allow, come, invite
from tests.sessions.pages import guest, sign_in

ROLES = {
    "anonymous": "nobody, without a cookie",
    "dora": "customer of the session",
    "eve": "customer of another session of the same technician",
    "sam": "external specialist in the session",
    "bob": "technician, the lead",
    "tom": "another technician of the company",
    "charlie": "technician of another company",
    "alice": "manager of the company, without a seat",
    "carol": "manager of the other company",
    "nora": "account of the company, without a seat",
    "olga": "operator",
}


_handlers: dict[bool, Any] = {}  # loading the middleware takes longer than most requests


@dataclass
class World:
    active: SupportSession  # Bob's, with Dora
    waiting: SupportSession  # Bob's, with Eve
    invitation: Invitation  # open, of a third session of Bob's
    recording: Recording  # of the session with Dora, ready
    delivery: Delivery  # failed, of that invitation
    portal: Portal
    group: TechnicianGroup
    secrets: Secrets  # of that invitation
    specialist: Participant  # Sam, in Bob's session with Dora
    specialists: Invitation  # by which Sam came
    agents: Secrets  # with which agents join Bob's session with Dora
    request: AgentRequest  # Bob asks Tom into it
    people: dict[str, User]
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)  # what the browser of each role holds

    def browser(self, role: str, **options: Any) -> Client:
        client = Client(**options)
        client.handler = _handlers.setdefault(bool(options.get("enforce_csrf_checks")), client.handler)
        for name, value in self.cookies[role].items():
            client.cookies[name] = value
        return client


def make_world() -> World:
    bob = factories.technician("Bob")
    charlie = factories.technician("Charlie")
    assert bob.company is not None
    assert charlie.company is not None
    assert bob.technician_group is not None
    waiting, active = factories.waiting_session(bob, name="Eve"), factories.active_session(bob)
    created = factories.invited(bob, name="Finn", method="email", to="finn@example.com")
    assert created.delivery is not None
    active.portal.questions.create(label="What is wrong?")
    active.portal.logo = ContentFile(factories.LOGO, "logo.gif")
    active.portal.save(update_fields=["logo"])
    Delivery.objects.filter(pk=created.delivery.pk).update(state=Delivery.State.FAILED, next_attempt_at=None)
    tom = factories.technician("Tom", of=bob.company)
    agents = invite_agents(technician=bob, session_id=active.public_id, now=timezone.now())
    request = AgentRequest.objects.create(
        support_session=active, invited_by=bob, to_user=tom, created_at=timezone.now()
    )
    specialists = invite(allow(active))
    sam, sams_cookie = come(specialists)
    world = World(
        active=active,
        waiting=waiting,
        invitation=created.invitation,
        delivery=created.delivery,
        recording=factories.ready_recording(active, b"WebM"),
        secrets=created.secrets,
        specialist=sam,
        specialists=specialists.invitation,
        agents=agents.secrets,
        request=request,
        portal=active.portal,
        group=bob.technician_group,
        people={
            "bob": bob,
            "tom": tom,
            "charlie": charlie,
            "alice": factories.manager(bob.company),
            "carol": factories.manager(charlie.company, "Carol"),
            "nora": factories.user(bob.company, "Nora"),
            "olga": User.objects.create_superuser("olga@example.com", factories.PASSWORD, name="Olga"),
        },
    )
    world.cookies = {role: sign_in(person) for role, person in world.people.items()} | {
        "anonymous": {},
        "dora": guest(factories.customer_of(active)),
        "eve": guest(factories.customer_of(waiting)),
        "sam": {guest_cookie.cookie_name(active.public_id): sams_cookie},
    }
    return world
