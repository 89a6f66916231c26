"""What the API takes and gives about support sessions."""

from typing import Any

from rest_framework import serializers

from portals.models import User
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.states import EndReason, Status
from sessions.transfers import TARGET_KINDS


class SessionSerializer(serializers.ModelSerializer[SupportSession]):
    id = serializers.UUIDField(source="public_id", read_only=True)
    name = serializers.CharField(source="customer_name", read_only=True)
    # Declared, since a field that is read only is described without the blank that the model allows.
    end_reason = serializers.ChoiceField(choices=EndReason.choices, allow_blank=True, read_only=True)
    outcome = serializers.ChoiceField(choices=SupportSession.Outcome.choices, allow_blank=True, read_only=True)

    class Meta:
        model = SupportSession
        fields = (
            "id",
            "kind",
            "name",
            "status",
            "end_reason",
            "outcome",
            "created_at",
            "waiting_at",
            "started_at",
            "ended_at",
        )
        read_only_fields = fields


class TargetSerializer(serializers.Serializer[Any]):
    """Whom a session could be transferred to; `why_not` is empty for those who are free."""

    kind = serializers.ChoiceField(choices=TARGET_KINDS)
    id = serializers.CharField()
    name = serializers.CharField()
    detail = serializers.CharField()
    why_not = serializers.CharField(allow_blank=True)


class TransferSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=TARGET_KINDS)
    target = serializers.CharField(max_length=64, source="target_id")
    comment = serializers.CharField(allow_blank=True, default="", trim_whitespace=True)


class EndSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=SupportSession.Outcome.choices, allow_blank=True, default="")


class LeaveSerializer(serializers.Serializer[Any]):
    heir = serializers.UUIDField(
        source="heir_id", required=False, allow_null=True, default=None, help_text="The attendee who leads next."
    )


class AttendeeChoiceSerializer(serializers.Serializer[Any]):
    attendee = serializers.UUIDField(source="attendee_id")


class LeadCandidateSerializer(serializers.Serializer[Any]):
    """Another technician inside; `why_not` is empty for one who could lead."""

    id = serializers.UUIDField(source="attendee.public_id")
    name = serializers.CharField(source="attendee.name")
    company = serializers.CharField(allow_blank=True, help_text="Of a guest from another company.")
    why_not = serializers.CharField(allow_blank=True)


class NotesSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(allow_blank=True, trim_whitespace=False)


class OutcomeSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=SupportSession.Outcome.choices)


class AvailabilitySerializer(serializers.Serializer[Any]):
    availability = serializers.ChoiceField(choices=User.Availability.choices)


class AttendeeSerializer(serializers.ModelSerializer[Participant]):
    """One attendee; `right` is the session's own grant, which portal and group may lower further."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    right = serializers.CharField(source="grant", read_only=True)

    class Meta:
        model = Participant
        fields = ("id", "name", "role", "right", "joined_at", "left_at", "removed_at")
        read_only_fields = fields


class GrantSerializer(serializers.Serializer[Any]):
    right = serializers.ChoiceField(choices=Participant.Grant.choices)


class CountSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


# ---- The history ---------------------------------------------------------------------------------


class HistoryQuerySerializer(serializers.Serializer[Any]):
    """The filter of the history page (sessions/history.py judges it), and where to go on."""

    q = serializers.CharField(required=False, help_text="Part of a name, or a whole code.")
    technician = serializers.UUIDField(required=False)
    portal = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(choices=SupportSession.Kind.choices, required=False, allow_blank=True)
    status = serializers.CharField(required=False, help_text="A status or an end reason.")
    outcome = serializers.CharField(required=False, help_text="An outcome, or `none` where none was given.")
    tz = serializers.CharField(required=False, help_text="The time zone of `from` and `to`; UTC without it.")
    limit = serializers.IntegerField(default=50, min_value=1, max_value=100)
    after = serializers.UUIDField(default=None, allow_null=True, help_text="The last row of the page before.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python."""
        days = {"from": serializers.DateField(required=False), "to": serializers.DateField(required=False)}
        return super().get_fields() | days


class FactsSerializer(serializers.Serializer[Any]):
    """One session as in exports; durations in whole seconds."""

    id = serializers.UUIDField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)
    last_action = serializers.DateTimeField()
    technician = serializers.CharField(allow_blank=True)
    type = serializers.ChoiceField(choices=SupportSession.Kind.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    end_reason = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    portal = serializers.CharField()
    outcome = serializers.CharField(allow_blank=True)
    waiting_s = serializers.IntegerField()
    active_s = serializers.IntegerField()
    hold_s = serializers.IntegerField()
    transfer_s = serializers.IntegerField()
    total_s = serializers.IntegerField()
    rating = serializers.IntegerField(allow_null=True)
    solved = serializers.BooleanField(allow_null=True)
    survey_comment = serializers.CharField(allow_blank=True)
    reported_at = serializers.DateTimeField(allow_null=True)
    report = serializers.CharField(allow_blank=True, help_text="For managers only.")
    answers = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    notes = serializers.CharField(allow_blank=True)
    transcript_deleted_at = serializers.DateTimeField(allow_null=True)


class HistoryPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    results = FactsSerializer(many=True)


class RightSinceSerializer(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    right = serializers.CharField()


class PersonSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    role = serializers.ChoiceField(choices=Participant.Role.choices)
    role_label = serializers.CharField()
    company = serializers.CharField(allow_blank=True, help_text="Of a guest from another company.")
    joined_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)
    way_in = serializers.CharField(allow_blank=True, help_text="Of specialists and agents: by code, link, mail, …")
    invited_by = serializers.CharField(allow_blank=True)
    removed = serializers.BooleanField(help_text="Whether the lead put them out.")
    rights = RightSinceSerializer(many=True, help_text="What a specialist was given, and from when on.")


class LineSerializer(serializers.Serializer[Any]):
    """One line of the timeline, in words."""

    seq = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.CharField()
    audience = serializers.ChoiceField(choices=TimelineEntry.Audience.choices)
    title = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)


class RecordedFileSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="camera, screen, or sound where nothing else was sent.")
    of = serializers.CharField(allow_blank=True, help_text="Whose.")
    size = serializers.IntegerField(help_text="Bytes.")
    url = serializers.CharField(help_text="Where it is watched; each view is audited.")


class RecordingSerializer(serializers.Serializer[Any]):
    state = serializers.CharField(help_text="running, paused, finishing, ready, failed or deleted.")
    asked_by = serializers.CharField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField(allow_null=True)
    recorded_s = serializers.IntegerField(help_text="Whole seconds, pauses not counted.")
    deleted_at = serializers.DateTimeField(allow_null=True)
    files = RecordedFileSerializer(many=True)


class RecordSerializer(FactsSerializer):
    attendees = PersonSerializer(many=True)
    timeline = LineSerializer(many=True)
    recordings = RecordingSerializer(many=True)
