"""What the API takes and gives about ways in."""

from typing import Any

from rest_framework import serializers

from invitations import mails, qr, sms
from invitations.actions import Created
from invitations.models import Delivery, Invitation
from sessions.models import SupportSession


class CreateSessionSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=SupportSession.Kind.choices)
    name = serializers.CharField(allow_blank=True, default="", max_length=10_000, trim_whitespace=True)
    portal = serializers.UUIDField(required=False, allow_null=True, default=None)
    method = serializers.ChoiceField(choices=Invitation.Method.choices)
    via = serializers.ChoiceField(choices=["server", "client"], default="server")
    to = serializers.CharField(allow_blank=True, default="", max_length=10_000, trim_whitespace=False)
    phone = serializers.CharField(allow_blank=True, default="", max_length=10_000, trim_whitespace=False)


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Delivery
        fields = ("id", "channel", "to", "state", "reason", "attempts", "created_at", "sent_at")
        read_only_fields = fields


class RetrySerializer(serializers.Serializer[Any]):
    to = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, default=None, max_length=10_000, trim_whitespace=False
    )


class IssuedInvitationSerializer(serializers.Serializer[Any]):
    """An invitation as its creator sees it, with code and link."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    code_display = serializers.CharField()
    link = serializers.CharField()
    expires_at = serializers.DateTimeField()
    method = serializers.CharField()


class SmsSerializer(serializers.Serializer[Any]):
    """The text, and a link that opens it in the technician's own SMS program."""

    phone = serializers.CharField()
    text = serializers.CharField()
    link = serializers.CharField()


class CreatedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    invitation = IssuedInvitationSerializer()
    delivery = DeliverySerializer(allow_null=True)
    mailto = serializers.CharField(allow_null=True)
    sms = SmsSerializer(allow_null=True)
    qr = serializers.CharField(allow_null=True, help_text="The link as a QR code: a data: address of an SVG picture.")


def created_data(created: Created, *, by_client: bool) -> dict[str, Any]:
    invitation, secrets = created.invitation, created.secrets
    return {
        "id": created.support_session.public_id,
        "invitation": {
            "id": invitation.public_id,
            "code": secrets.code,
            "code_display": secrets.code_display,
            "link": secrets.link,
            "expires_at": invitation.expires_at,
            "method": invitation.method,
        },
        "delivery": created.delivery,
        "mailto": mails.mailto(invitation, secrets, to=created.address) if by_client else None,
        "sms": _sms_data(created) if invitation.method == Invitation.Method.SMS else None,
        "qr": qr.qr_svg(secrets.link) if invitation.method == Invitation.Method.LINK else None,
    }


def _sms_data(created: Created) -> dict[str, str]:
    invitation, secrets = created.invitation, created.secrets
    return {
        "phone": invitation.phone,
        "text": sms.sms_text(invitation, secrets),
        "link": sms.sms_link(invitation, secrets),
    }


class InvitationStateSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="public_id")
    cancelled_at = serializers.DateTimeField(allow_null=True)
