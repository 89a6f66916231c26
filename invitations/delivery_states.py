"""What became of the mails and texts of an invitation, as its technicians see it."""

from typing import Any, cast

from rest_framework import serializers

from invitations.models import Delivery, Invitation
from sessions import protocol

SHOWN = 5  # of an invitation that many get by mail, the latest


class DeliveryStateSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    to = serializers.CharField()
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the field of that name, not DRF's own label
    reason = serializers.CharField(allow_blank=True)
    can_retry = serializers.BooleanField(help_text="Whether it failed, and may be sent again.")


def delivery_state(delivery: Delivery) -> protocol.DeliveryState:
    return protocol.DeliveryState(
        id=str(delivery.public_id),
        to=delivery.to,
        state=cast(protocol.MailState, delivery.state),
        label=str(delivery.get_state_display()),
        reason=delivery.reason,
        can_retry=delivery.state in {Delivery.State.FAILED, Delivery.State.BOUNCED},
    )


def latest_mails(invitation: Invitation) -> list[protocol.DeliveryState]:
    """The latest SHOWN that the server sends or has sent; the newest first."""
    return [delivery_state(delivery) for delivery in invitation.deliveries.order_by("-pk")[:SHOWN]]
