"""What the API takes and gives about agents."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from invitations import codes, mails
from invitations.agent_invitations import Issued
from invitations.delivery_states import DeliveryStateSerializer
from invitations.models import AgentRequest
from sessions.models import Participant
from sessions.transfers import TARGET_KINDS

DIGITS = codes.DIGITS["agent"]


class AgentCodeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    code = serializers.CharField()
    code_display = serializers.CharField()
    link = serializers.CharField(help_text="The session URL.")
    mailto = serializers.CharField(help_text="A filled mail for the own mail program.")


def code_data(issued: Issued) -> dict[str, Any]:
    invitation, secrets = issued.invitation, issued.secrets
    return {
        "id": invitation.public_id,
        "code": secrets.code,
        "code_display": secrets.code_display,
        "link": secrets.link_by("link"),
        "mailto": mails.mailto(invitation, secrets, to=""),
    }


class ColleagueSerializer(serializers.Serializer[Any]):
    """Somebody who could be asked; `why_not` is empty where it would work now."""

    kind = serializers.ChoiceField(choices=TARGET_KINDS)
    id = serializers.CharField()
    name = serializers.CharField()
    detail = serializers.CharField(help_text="A technician's group; of several, how many are free.")
    availability = serializers.CharField(allow_blank=True, help_text="online or away; empty for several.")
    sessions = serializers.IntegerField(help_text="Active sessions.")
    why_not = serializers.CharField(allow_blank=True)


class RequestSerializer(serializers.ModelSerializer[AgentRequest]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    to = serializers.CharField(source="to_name", read_only=True)
    by = serializers.CharField(source="invited_by.name", read_only=True)

    class Meta:
        model = AgentRequest
        fields = ("id", "to", "by", "comment", "created_at", "ended_at")
        read_only_fields = fields


class AgentsSerializer(serializers.Serializer[Any]):
    invitation = AgentCodeSerializer(allow_null=True)
    mails = DeliveryStateSerializer(many=True, help_text="The latest that the server sends, the newest first.")
    colleagues = ColleagueSerializer(many=True)
    requests = RequestSerializer(many=True)
    inside = serializers.IntegerField(help_text="Technicians inside, the lead among them.")
    limit = serializers.IntegerField()
    advised = serializers.IntegerField(help_text="Agents with whom a session still works well.")


class AskColleagueSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=TARGET_KINDS)
    target = serializers.CharField(max_length=64, source="target_id")
    comment = serializers.CharField(allow_blank=True, default="", trim_whitespace=True)


class MailSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(allow_blank=True, max_length=10_000, trim_whitespace=False)


class JoinByCodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(allow_blank=True, max_length=200, help_text="8 digits, however they are grouped.")

    def validate_code(self, value: str) -> str:
        code = codes.normalise(value)
        if not code:
            raise serializers.ValidationError(_("Enter the session code."))
        if not (code.isascii() and code.isdigit()):
            raise serializers.ValidationError(_("The code must be numbers only: 8 of them."))
        if len(code) < DIGITS:
            raise serializers.ValidationError(_("You've not entered enough numbers: the code must be 8 numbers."))
        if len(code) > DIGITS:
            raise serializers.ValidationError(_("You've entered too many numbers: the code must be 8 numbers."))
        return code


class JoinedSerializer(serializers.ModelSerializer[Participant]):
    """The session that was joined, and as whom."""

    session = serializers.UUIDField(source="support_session.public_id", read_only=True)
    name = serializers.CharField(source="support_session.customer_name", read_only=True)
    attendee = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Participant
        fields = ("session", "name", "attendee")
        read_only_fields = fields
