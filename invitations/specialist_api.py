"""The one invitation of external specialists, and who waits before the door, over the API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from invitations import specialists
from invitations.invitation_card import card
from invitations.serializers import DeliverySerializer
from invitations.specialist_serializers import (
    CardSerializer,
    InviteSerializer,
    SpecialistMailSerializer,
    WaitingSerializer,
    waiting_data,
)
from portals import clock
from portals.api_permissions import technician_of
from portals.permissions import require
from sessions import rights
from sessions.models import SupportSession
from sessions.rights import May
from sessions.serializers import AttendeeSerializer


class SpecialistInvitation(APIView):
    @extend_schema(operation_id="sessions_specialists_retrieve", responses=CardSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """What may be given to specialists, the invitation that lives with its ways in, and who has come by it."""
        support_session = _visible(request, public_id)
        technician = technician_of(request)
        right = rights.technician_may(technician, support_session, May.INVITE_SPECIALISTS)
        require(right, verb="specialists.invitation")
        return Response(_card(support_session, technician))

    @extend_schema(
        operation_id="sessions_specialists_create", request=InviteSerializer, responses={201: CardSerializer}
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        """Create the invitation that all specialists share; where there is one, it is answered as it is."""
        asked = InviteSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        technician = technician_of(request)
        issued = specialists.invite(
            technician=technician, session_id=public_id, now=clock.now(), **asked.validated_data
        )
        body = _card(issued.invitation.support_session, technician)
        return Response(body, status=status.HTTP_201_CREATED)


class MailInvitation(APIView):
    @extend_schema(request=SpecialistMailSerializer, responses={201: DeliverySerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Have the server send the invitation of specialists to one address."""
        asked = SpecialistMailSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        delivery = specialists.mail(
            technician=technician_of(request), invitation_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_201_CREATED)


class WaitingSpecialists(APIView):
    @extend_schema(responses=WaitingSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Who waits to be let in, and from where, for the lead."""
        support_session = _visible(request, public_id)
        technician = technician_of(request)
        require(rights.technician_may(technician, support_session, May.GRANT), verb="specialists.waiting")
        waiting = specialists.waiting_arrivals(support_session, now=clock.now())
        return Response(WaitingSerializer([waiting_data(arrival) for arrival in waiting], many=True).data)


class AdmitSpecialist(APIView):
    @extend_schema(request=None, responses=AttendeeSerializer)
    def post(self, request: Request, public_id: UUID, attendee_id: UUID) -> Response:
        """Let a specialist in who waits."""
        attendee = specialists.admit(
            technician=technician_of(request), session_id=public_id, attendee_id=attendee_id, now=clock.now()
        )
        return Response(AttendeeSerializer(attendee).data)


class TurnAwaySpecialist(APIView):
    @extend_schema(request=None, responses=AttendeeSerializer)
    def post(self, request: Request, public_id: UUID, attendee_id: UUID) -> Response:
        """Do not let in a specialist who waits."""
        attendee = specialists.turn_away(
            technician=technician_of(request), session_id=public_id, attendee_id=attendee_id, now=clock.now()
        )
        return Response(AttendeeSerializer(attendee).data)


def _visible(request: Request, public_id: UUID) -> SupportSession:
    visible = SupportSession.objects.visible_to(technician_of(request))
    return visible.select_related("company", "portal", "lead__technician_group").get(public_id=public_id)


def _card(support_session: SupportSession, technician: Any) -> dict[str, Any]:
    return dict(CardSerializer(card(support_session, technician)).data)
