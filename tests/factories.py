"""The smallest valid rows. The cast is the same everywhere: Alice manages, Bob is her technician, Charlie is of another
company, Dora is a customer with a code."""

import itertools
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from invitations import actions as invitation_actions
from invitations.actions import Created
from invitations.models import Invitation
from lens.models import Recording
from portals.models import Company, Portal, TechnicianGroup, Terms, User
from sessions import actions as session_actions
from sessions.models import Participant, SupportSession

_numbers = itertools.count(1)
# The smallest picture: one white pixel.
LOGO = bytes.fromhex("47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b")
PASSWORD = "a-long-password-of-the-tests"


def company(name: str = "", **fields: Any) -> Company:
    made = Company.objects.create(name=name or f"Company {next(_numbers)}", **fields)
    Terms.objects.create(company=made, version=1, text="We help you.\nYou can stop.")
    return made


def group(of: Company, **fields: Any) -> TechnicianGroup:
    return TechnicianGroup.objects.create(company=of, name=fields.pop("name", f"Group {next(_numbers)}"), **fields)


def portal(of: Company, *groups: TechnicianGroup, **fields: Any) -> Portal:
    number = next(_numbers)
    made = Portal.objects.create(
        company=of, name=fields.pop("name", f"Portal {number}"), slug=fields.pop("slug", f"portal-{number}"), **fields
    )
    made.groups.set(groups)
    return made


def user(of: Company | None, name: str, **fields: Any) -> User:
    email = fields.pop("email", f"{name.lower()}{next(_numbers)}@example.com")
    return User.objects.create_user(email, PASSWORD, name=name, company=of, **fields)


def technician(name: str = "Bob", of: Company | None = None, **group_fields: Any) -> User:
    """A technician with a seat, a group and a portal of its own company."""
    home = of or company()
    team = group(home, **group_fields)
    portal(home, team)
    return user(home, name, has_seat=True, technician_group=team)


def manager(of: Company, name: str = "Alice") -> User:
    return user(of, name, is_manager=True)


def invited(
    bob: User, *, name: str = "Dora", method: str = "pin", to: str = "", now: Any = None, **more: Any
) -> Created:
    """Bob's new session with its one code and link."""
    return invitation_actions.create_invited_session(
        technician=bob,
        kind="lens",
        name=name,
        portal_id=None,
        method=method,
        to=to,
        by_server=more.get("by_server", bool(to)),
        now=now or timezone.now(),
    )


def customer_on_the_way(bob: User, *, name: str = "Dora") -> tuple[Participant, str]:
    """Dora pressed Continue; return her attendee and her browser's cookie."""
    created = invited(bob, name=name)
    return invitation_actions.redeem(token=created.secrets.token, language="en", now=timezone.now())


def waiting_session(bob: User, *, name: str = "Dora") -> SupportSession:
    dora, _cookie = customer_on_the_way(bob, name=name)
    return session_actions.accept_terms(participant=dora, version=1, now=timezone.now())


def active_session(bob: User, *, name: str = "Dora") -> SupportSession:
    waiting = waiting_session(bob, name=name)
    return session_actions.start_session(technician=bob, session_id=waiting.public_id, now=timezone.now())


def customer_of(support_session: SupportSession) -> Participant:
    return support_session.participants.get(role=Participant.Role.CUSTOMER)


def recording(support_session: SupportSession, **fields: Any) -> Recording:
    """One that failed, unless `fields` say otherwise: asked for by the lead, without files."""
    now = timezone.now()
    values: dict[str, Any] = {
        "asked_by": support_session.participants.get(user=support_session.lead),
        "state": Recording.State.FAILED,
        "state_since": now,
        "asked_at": now,
        "started_at": now,
        "ended_at": now,
        "folder": secrets.token_hex(16),
    }
    return Recording.objects.create(support_session=support_session, **values | fields)


def ready_recording(support_session: SupportSession, content: bytes) -> Recording:
    """One with a file, of the customer's camera."""
    made = recording(support_session, state=Recording.State.READY)
    path = Path(settings.MEDIA_ROOT) / "recordings" / made.folder / "1.webm"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    name = f"recordings/{made.folder}/1.webm"
    made.files.create(number=1, kind="camera", of="Dora", name=name, size=len(content), duration_ms=1000)
    return made


def expired(invitation: Invitation) -> Invitation:
    invitation.expires_at = timezone.now() - timedelta(seconds=1)
    invitation.save(update_fields=["expires_at"])
    return invitation
