"""What the API takes and gives about external specialists."""

import ipaddress
from typing import Any

from rest_framework import serializers

from invitations.delivery_states import DeliveryStateSerializer
from invitations.models import Arrival
from sessions.models import Participant


class InviteSerializer(serializers.Serializer[Any]):
    right = serializers.ChoiceField(choices=Participant.Grant.choices, default=Participant.Grant.VIEW_ONLY)
    comment = serializers.CharField(allow_blank=True, default="", trim_whitespace=True, max_length=10_000)


class SpecialistMailSerializer(serializers.Serializer[Any]):
    to = serializers.CharField(allow_blank=True, max_length=10_000, trim_whitespace=False)


class PortalAddressSerializer(serializers.Serializer[Any]):
    address = serializers.CharField(allow_blank=True)
    why_not = serializers.CharField(allow_blank=True, help_text="Why there is none.")


class JoinedSpecialistSerializer(serializers.Serializer[Any]):
    """A specialist who came by the invitation."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    way = serializers.CharField()
    right_label = serializers.CharField()
    joined_at = serializers.DateTimeField()
    left_at = serializers.DateTimeField(allow_null=True)


class SpecialistInvitationSerializer(serializers.Serializer[Any]):
    """The one invitation, with the ways in that it offers."""

    id = serializers.UUIDField()
    code = serializers.CharField()
    code_display = serializers.CharField()
    link = serializers.CharField()
    join_page = serializers.CharField()
    portal = PortalAddressSerializer()
    qr = serializers.CharField(help_text="The link as a QR code: a data: address of an SVG picture.")
    mailto = serializers.CharField(help_text="The mail for one's own mail program.")
    right = serializers.ChoiceField(choices=Participant.Grant.choices)
    right_label = serializers.CharField()
    comment = serializers.CharField(allow_blank=True)
    created_by = serializers.CharField()
    joined = JoinedSpecialistSerializer(many=True)
    mails = DeliveryStateSerializer(many=True)


class CardSerializer(serializers.Serializer[Any]):
    why_not_control = serializers.CharField(allow_blank=True, help_text="Why only View only can be given.")
    limit = serializers.IntegerField()
    inside = serializers.IntegerField()
    admits = serializers.BooleanField(help_text="Whether the lead lets each of them in.")
    invitation = SpecialistInvitationSerializer(allow_null=True)


class WaitingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    at = serializers.DateTimeField()
    way = serializers.CharField()
    address = serializers.CharField(allow_blank=True)
    network = serializers.CharField(allow_blank=True, help_text="The neighbourhood of the address.")
    wrong_codes = serializers.IntegerField(help_text="Wrong codes from there lately.")


def waiting_data(arrival: Arrival) -> dict[str, Any]:
    return {
        "id": arrival.participant.public_id,
        "name": arrival.participant.name,
        "at": arrival.at,
        "way": arrival.participant.get_way_in_display(),
        "address": arrival.address,
        "network": coarse_network(arrival.address),
        "wrong_codes": arrival.wrong_codes,
    }


def coarse_network(address: str) -> str:
    """The /16 of an IPv4 address or the /32 of an IPv6 one, about what one provider or company has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return ""
    return str(ipaddress.ip_network((found, 16 if found.version == 4 else 32), strict=False))
