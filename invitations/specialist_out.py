"""What external specialists read once they are out of a session, and so must not come back without a new invitation."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sessions.models import Participant, SupportSession


class Out(NamedTuple):
    """The last page of a specialist. `as_wished` is false when it was neither the end nor their own leaving."""

    heading: str | Promise
    sentence: str | Promise
    as_wished: bool = False


NOT_IN_IT = _("You are not in the session")
ENDED = Out(_("The session has ended"), _("Nothing is shared any more."), as_wished=True)
LEFT = Out(
    _("You have left the session"),
    _("If you are still needed, ask the technician for a new invitation."),
    as_wished=True,
)
# By the word `why` of the line in the timeline that says they have left.
BY_WHY: dict[str, Out] = {
    "absent": Out(NOT_IN_IT, _("You were away for too long. Open the invitation again to come back.")),
    "withdrawn": Out(NOT_IN_IT, _("External specialists are not let in any more.")),
    "alone": Out(NOT_IN_IT, _("The last technician has left, so everybody else is out too.")),
}


def why_out(me: Participant, support_session: SupportSession) -> Out:
    """Why a specialist is out: not let in, removed, the end, or else what the timeline says of their leaving."""
    name = support_session.helped_by
    arrival = me.arrival if hasattr(me, "arrival") else None
    if arrival is not None and arrival.refused_at is not None:
        return Out(NOT_IN_IT, _("%(name)s did not let you in.") % {"name": name})
    if me.removed_at is not None:
        sentence = _("%(name)s removed you from the session. You cannot come back into it.")
        return Out(NOT_IN_IT, sentence % {"name": name})
    if support_session.is_ended:
        return ENDED
    last = support_session.timeline.filter(kind="attendee.left", data__attendee__id=str(me.public_id)).last()
    return BY_WHY.get(last.data.get("why", ""), LEFT) if last is not None else LEFT
