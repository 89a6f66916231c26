"""Sessions by the code that led into them, for the history's search."""

from invitations import codes
from invitations.models import Invitation


def sessions_of_code(code: str) -> set[int]:
    """Keys of sessions; none once the digest has been forgotten. Who may see them is the caller's to judge."""
    found = Invitation.objects.filter(code_digest=codes.code_digest(codes.normalise(code)))
    return set(found.values_list("support_session_id", flat=True))
