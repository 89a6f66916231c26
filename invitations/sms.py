"""The text message that carries an invitation: written with the technician's own phone, or sent by a provider.

A provider is one function, named by SIGHTLINE_SMS_SENDER and called as `send(to="+49…", text="…")`. It returns when the
provider has taken the text, raises SmsRefused where trying again is of no use, and anything else where it is.
"""

from urllib.parse import quote

from django.conf import settings
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from invitations.codes import Secrets
from invitations.models import Delivery, Invitation


class SmsRefused(Exception):
    """The provider will not take this text, now or later; the exception's words are shown to the technician."""


def server_sends() -> bool:
    return bool(settings.SMS_SENDER)


def send(delivery: Delivery, secrets: Secrets) -> None:
    with translation.override(delivery.language):
        text = sms_text(delivery.invitation, secrets)
    import_string(settings.SMS_SENDER)(to=delivery.to, text=text)


def sms_text(invitation: Invitation, secrets: Secrets) -> str:
    values = {
        "company": invitation.support_session.company.name,
        "link": secrets.link,
        "pin": secrets.code_display,
        "site": f"{settings.ORIGINS[0]}/",
        "minutes": invitation.lifetime_min,
    }
    text = _("%(company)s: open %(link)s or type PIN %(pin)s at %(site)s. Good for %(minutes)s minutes.")
    return text % values


def sms_link(invitation: Invitation, secrets: Secrets) -> str:
    """The same text for the technician's own phone or SMS program (RFC 5724); the server sends nothing.

    With `?&body=`, since iOS looks for `&body=` and Android for `?body=`.
    """
    return f"sms:{invitation.phone}?&body={quote(sms_text(invitation, secrets), safe='')}"
