"""The mail that carries an invitation: sent by the server, or handed to the technician's own mail client."""

import unicodedata
from collections.abc import Callable
from email.utils import formataddr, parseaddr
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from invitations.codes import Secrets
from invitations.models import Delivery, Invitation


def invitation_mail(delivery: Delivery, secrets: Secrets) -> EmailMultiAlternatives:
    """Plain text and HTML, in the recipient's language. A mail sent twice carries the same Message-ID (R-09)."""
    invitation = delivery.invitation
    with translation.override(delivery.language):
        template, context_of = CONTENT[invitation.purpose]
        context = context_of(invitation, secrets) | {"language": delivery.language}
        mail = EmailMultiAlternatives(
            subject=context["subject"],
            body=render_to_string(f"invitations/mail/{template}.txt", context),
            from_email=_sender(context["company"]),
            to=[delivery.to],
            reply_to=[formataddr((_one_line(invitation.created_by.name), invitation.created_by.email))],
            headers={"Message-ID": f"<{delivery.public_id}@{_domain()}>", "Auto-Submitted": "auto-generated"},
        )
        # Comes back with a provider's events; Anymail reads it, other backends do not.
        mail.metadata = {"delivery": f"{delivery.public_id}.{delivery.round}"}  # type: ignore[attr-defined]
        mail.attach_alternative(render_to_string(f"invitations/mail/{template}.html", context), "text/html")
    return mail


def mailto(invitation: Invitation, secrets: Secrets, *, to: str) -> str:
    """The same mail as a `mailto:` address (RFC 6068), for the technician's own client; the server sends nothing."""
    template, context_of = CONTENT[invitation.purpose]
    context = context_of(invitation, secrets)
    body = render_to_string(f"invitations/mail/{template}.txt", context).strip().replace("\n", "\r\n")
    return f"mailto:{quote(to, safe='@')}?subject={quote(context['subject'])}&body={quote(body)}"


def _customer_context(invitation: Invitation, secrets: Secrets) -> dict[str, Any]:
    support_session = invitation.support_session
    company = support_session.company
    return {
        "subject": _one_line(_("%(company)s: your support session") % {"company": company.name}),
        "name": support_session.customer_name,
        "technician": invitation.created_by.name,
        "company": company.name,
        "link": secrets.link,
        "site": f"{settings.ORIGINS[0]}/",
        "pin": secrets.code_display,
        "minutes": invitation.lifetime_min,
        "until": f"{invitation.expires_at:%H:%M}" if invitation.expires_at else "",
    }


def _agent_context(invitation: Invitation, secrets: Secrets) -> dict[str, Any]:
    support_session = invitation.support_session
    company, name = support_session.company.name, support_session.customer_name
    return {
        "subject": _one_line(_("%(company)s: session with %(name)s") % {"company": company, "name": name}),
        "name": name,
        "technician": invitation.created_by.name,
        "company": company,
        "link": secrets.link_by("mail"),
        "code": secrets.code_display,
    }


def _specialist_context(invitation: Invitation, secrets: Secrets) -> dict[str, Any]:
    """Nothing of the customer, who is not the specialist's business before both are inside."""
    company = invitation.support_session.company.name
    return {
        "subject": _one_line(_("%(company)s: invitation to a support session") % {"company": company}),
        "technician": invitation.created_by.name,
        "company": company,
        "link": secrets.link_by("mail"),
        "site": f"{settings.ORIGINS[0]}/",
        "code": secrets.code_display,
        "right": invitation.get_right_display(),
        "comment": invitation.comment,
    }


ContextOf = Callable[[Invitation, Secrets], dict[str, Any]]
# Template and what it says, for each kind of invitation.
CONTENT: dict[str, tuple[str, ContextOf]] = {
    Invitation.Purpose.CUSTOMER: ("invitation", _customer_context),
    Invitation.Purpose.AGENT: ("agent", _agent_context),
    Invitation.Purpose.SPECIALIST: ("specialist", _specialist_context),
}


def _sender(company: str) -> str:
    """Our own fixed address; only the shown name is the company's (S-72)."""
    return formataddr((_one_line(company), parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _one_line(text: str) -> str:
    """For a header: no control characters, and nothing that mail programs would decode as an encoded word."""
    printable = "".join(" " if unicodedata.category(character) == "Cc" else character for character in text)
    return " ".join(printable.replace("=?", "= ?").split())
