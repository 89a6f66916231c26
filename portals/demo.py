"""The demo company (DESIGN 11); made only when asked for, and made once."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import transaction

from portals.models import Company, Portal, PortalQuestion, TechnicianGroup, Terms, User

EMAILS = MANAGER, TESS, TOM, NORA, GINA = (
    "manager@acme.example",
    "tess@acme.example",
    "tom@acme.example",
    "nora@acme.example",
    "gina@globex.example",
)
TERMS = """Acme Support looks at your equipment through the camera of your phone in order to help you.
Picture and sound go encrypted to the people in the session and to nobody else.
Chat, names and times are kept so that your case can be followed up. You can ask for a copy, or for deletion."""


WELCOME = "Welcome.\nWe look at your equipment with you, through the camera of your phone."


def demo_password() -> str:
    """Return the one password of all demo people: from the environment, else kept in the data folder."""
    import os

    given = os.environ.get("SIGHTLINE_DEMO_PASSWORD")
    if given:
        return given
    path = Path(settings.DATA_DIR) / "demo_password"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("-".join(secrets.token_hex(2) for _part in range(4)))
    return path.read_text().strip()


@transaction.atomic
def create_demo() -> None:
    """Make the demo companies once; later starts only bring the password up to date, whatever a manager has changed."""
    password = demo_password()
    made = User.objects.filter(email__in=EMAILS)
    if made.exists():
        for person in made:
            if not person.check_password(password):
                person.set_password(password)
                person.save(update_fields=["password"])
        return
    acme, support = _company("Acme Support", "Main line", "acme")
    _portal_of_mode(acme, support, Portal.Mode.WEB, "Technician of choice", "acme-web", questions=["What is wrong?"])
    _portal_of_mode(
        acme,
        support,
        Portal.Mode.QUEUE,
        "Next free technician",
        "acme-queue",
        questions=["What is wrong?", "Customer number"],
    )
    globex, desk = _company("Globex", "Service desk", "globex")
    make = User.objects.create_user
    make(MANAGER, password, name="Mara Lind", company=acme, is_manager=True)
    make(TESS, password, name="Tess Meyer", company=acme, has_seat=True, technician_group=support)
    make(TOM, password, name="Tom Fischer", company=acme, has_seat=True, technician_group=support)
    make(NORA, password, name="Nora Santos", company=acme)
    make(GINA, password, name="Gina Rossi", company=globex, has_seat=True, technician_group=desk)


def _company(name: str, portal: str, slug: str) -> tuple[Company, TechnicianGroup]:
    company = Company.objects.create(name=name)
    # What there is can be tried with one switch: the portal's for external specialists, the company's for recordings.
    group = TechnicianGroup.objects.create(
        company=company, name="Support", by_sms=True, invite_specialists=True, record=True, download_recordings=True
    )
    Portal.objects.create(company=company, name=portal, slug=slug, welcome_text=WELCOME).groups.add(group)
    Terms.objects.create(company=company, version=1, text=TERMS)
    return company, group


def _portal_of_mode(
    company: Company, group: TechnicianGroup, mode: Portal.Mode, name: str, slug: str, *, questions: list[str]
) -> None:
    """The first question must be answered."""
    portal = Portal.objects.create(company=company, name=name, slug=slug, mode=mode, welcome_text=WELCOME)
    portal.groups.add(group)
    for number, label in enumerate(questions, start=1):
        PortalQuestion.objects.create(portal=portal, label=label, required=number == 1, position=number)
