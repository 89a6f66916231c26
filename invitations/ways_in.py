"""Invitations as ways in: issued, looked up by code or link, and open or not. Looking never spends anything."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import ngettext

from invitations import codes, guesses
from invitations.codes import Secrets
from invitations.errors import (
    CodeCancelled,
    CodeEnded,
    CodeExpired,
    CodeNotValid,
    CodeUsed,
    LinkCancelled,
    LinkEnded,
    LinkExpired,
    LinkNotValid,
    LinkUsed,
    NoCodeFree,
    TooManyGuesses,
)
from invitations.models import EXPIRED_TOLD, End, Invitation
from portals import audit
from portals.errors import DomainError
from portals.models import User
from portals.request_context import source_of
from sessions.models import SupportSession

DRAWS = 50  # candidates looked at before giving up on a free code

CODE_REFUSALS: dict[End, type[DomainError]] = {
    End.USED: CodeUsed,
    End.CANCELLED: CodeCancelled,
    End.SESSION_ENDED: CodeEnded,
    End.EXPIRED: CodeExpired,
}
LINK_REFUSALS: dict[End, type[DomainError]] = {
    End.USED: LinkUsed,
    End.CANCELLED: LinkCancelled,
    End.SESSION_ENDED: LinkEnded,
    End.EXPIRED: LinkExpired,
}


def issue(
    support_session: SupportSession,
    *,
    purpose: Invitation.Purpose = Invitation.Purpose.CUSTOMER,
    method: str = "",
    technician: User,
    now: datetime,
    phone: str = "",
    right: str = "",
    comment: str = "",
) -> tuple[Invitation, Secrets]:
    """Draw a code that no kept invitation has, of the length that its purpose has, and a link token. Raises NoCodeFree.

    The unique digest decides: two processes that draw the same code at once cannot both store it.
    """
    for_customer = purpose == Invitation.Purpose.CUSTOMER
    lifetime = timedelta(minutes=support_session.company.code_lifetime_min)
    drawn = list(dict.fromkeys(codes.draw_codes(digits=codes.DIGITS[purpose], count=DRAWS)))
    digests = {codes.code_digest(code): code for code in drawn}
    taken = set(Invitation.objects.filter(code_digest__in=digests).values_list("code_digest", flat=True))
    for digest, code in digests.items():
        if digest in taken:
            continue
        secrets = Secrets(code=code, token=codes.new_token())
        try:
            with transaction.atomic():
                invitation = Invitation.objects.create(
                    support_session=support_session,
                    purpose=purpose,
                    method=method,
                    phone=phone,
                    right=right,
                    comment=comment,
                    created_by=technician,
                    created_at=now,
                    expires_at=now + lifetime if for_customer else None,
                    code_digest=digest,
                    link_digest=codes.token_digest(secrets.token),
                    sealed=codes.seal(secrets),
                )
        except IntegrityError:
            if not for_customer and open_invitation(support_session, purpose) is not None:
                raise  # not the code: there is one for all of them already
            continue
        return invitation, secrets
    raise NoCodeFree


def open_invitation(support_session: SupportSession, purpose: Invitation.Purpose) -> Invitation | None:
    """The one invitation of all agents, or of all specialists, while it lives."""
    live = Invitation.objects.live().select_related("support_session__company", "support_session__portal", "created_by")
    return live.filter(support_session=support_session, purpose=purpose).first()


def look_up_code(*, code: str, address: str, visitor: str, now: datetime) -> Secrets:
    """Return the open invitation's secrets for a typed code, `code` being digits only.

    Raises CodeNotValid or one of CODE_REFUSALS (each counted as a wrong guess of address and visitor), or
    TooManyGuesses without looking at the code at all. Whether a code was never issued or has ended costs the same
    queries (S-15).
    """
    sources = [source_of(address)] + ([f"visitor:{visitor}"] if visitor else [])
    refusal: DomainError
    with transaction.atomic():
        counters = guesses.locked_counters(sources, now=now)
        wait = guesses.wait_of(counters, now=now)
        if wait > timedelta(0):
            refusal = TooManyGuesses(wait=wait_in_words(wait))
        else:
            with_company = Invitation.objects.select_related("support_session__company")
            found = with_company.filter(code_digest=codes.code_digest(code)).first()
            company = found.support_session.company if found is not None else None
            secrets = codes.unseal(found.sealed) if found is not None and found.is_open(now) else None
            audit.record(actor=None, verb="code.try", company=company, refused=secrets is None)
            if secrets is not None:
                return secrets
            refusal = _why_no_code(found, now=now)
            wait = guesses.count_wrong(counters, now=now)
            if wait > timedelta(0):
                refusal = TooManyGuesses(wait=wait_in_words(wait))
    raise refusal


def _why_no_code(found: Invitation | None, *, now: datetime) -> DomainError:
    """The reason is told only for a code that was right within EXPIRED_TOLD (S-15)."""
    ended = found.end(now) if found is not None else None
    if ended is None:
        return CodeNotValid()
    how, ended_at = ended
    return CodeNotValid() if now - ended_at > EXPIRED_TOLD else CODE_REFUSALS[how]()


def wait_in_words(wait: timedelta) -> str:
    seconds = max(1, int(wait.total_seconds() + 0.999))
    if seconds < 60:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = -(-seconds // 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}


def invitation_of(fragment: str) -> Invitation:
    """Return the invitation of a link's fragment, whatever its state. Raises LinkNotValid."""
    token, _way = codes.split(fragment)
    found = (
        Invitation.objects.select_related("support_session__company", "support_session__lead", "created_by")
        .filter(link_digest=codes.token_digest(token))
        .first()
    )
    if found is None:
        raise LinkNotValid
    return found


def require_open(invitation: Invitation, *, now: datetime) -> None:
    """Raise one of LINK_REFUSALS unless the invitation still lets somebody in."""
    ended = invitation.end(now)
    if ended is not None:
        raise LINK_REFUSALS[ended[0]]


def locked(fragment: str) -> Invitation:
    """The session first, then the invitation: one order everywhere, so that no two wait for each other."""
    found = invitation_of(fragment)
    support_session = SupportSession.objects.select_for_update().get(pk=found.support_session_id)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    invitation.support_session = support_session
    return invitation
