"""Ways in over the API: parse, one action, render."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from invitations import actions, deliveries, sms
from invitations.serializers import (
    CreatedSerializer,
    CreateSessionSerializer,
    DeliverySerializer,
    InvitationStateSerializer,
    RetrySerializer,
    created_data,
)
from portals import clock
from portals.api_permissions import technician_of
from sessions.api import SessionHistory


class CreateSession(SessionHistory):
    @extend_schema(request=CreateSessionSerializer, responses={201: CreatedSerializer})
    def post(self, request: Request) -> Response:
        """Create a private session with one code and link; mail or text them where the server is to send."""
        asked = CreateSessionSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        data = asked.validated_data
        by_client = data["method"] == "email" and data["via"] == "client"
        by_sms = data["method"] == "sms"
        created = actions.create_invited_session(
            technician=technician_of(request),
            kind=data["kind"],
            name=data["name"],
            portal_id=data["portal"],
            method=data["method"],
            to=data["phone"] if by_sms else data["to"],
            by_server=sms.server_sends() if by_sms else not by_client,
            now=clock.now(),
        )
        body = CreatedSerializer(created_data(created, by_client=by_client)).data
        return Response(body, status=status.HTTP_201_CREATED)


class CancelInvitation(APIView):
    @extend_schema(request=None, responses=InvitationStateSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take a code back. The session ends with it while nobody has come."""
        invitation = actions.cancel(technician=technician_of(request), invitation_id=public_id, now=clock.now())
        return Response(InvitationStateSerializer(invitation).data)


class RetryDelivery(APIView):
    @extend_schema(request=RetrySerializer, responses=DeliverySerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Send a failed mail or text again, to another address where one is given."""
        asked = RetrySerializer(data=request.data or {})
        asked.is_valid(raise_exception=True)
        delivery = deliveries.retry_delivery(
            technician=technician_of(request), delivery_id=public_id, to=asked.validated_data["to"], now=clock.now()
        )
        return Response(DeliverySerializer(delivery).data)
