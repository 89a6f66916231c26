"""Inviting and joining agents over the API: parse, one action, render."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from invitations import agent_invitations, colleagues
from invitations.agent_serializers import (
    AgentCodeSerializer,
    AgentsSerializer,
    AskColleagueSerializer,
    JoinByCodeSerializer,
    JoinedSerializer,
    MailSerializer,
    RequestSerializer,
    code_data,
)
from invitations.delivery_states import latest_mails
from invitations.serializers import DeliverySerializer
from portals import clock
from portals.api_permissions import technician_of
from portals.request_context import address_of
from sessions.agents import ADVISED_AGENTS, MAX_TECHNICIANS, technicians_inside


class Agents(APIView):
    @extend_schema(responses=AgentsSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The code and link of the session where there are any, colleagues who could be asked, and who has been."""
        support_session, issued = agent_invitations.issued(technician_of(request), public_id)
        body = {
            "invitation": code_data(issued) if issued else None,
            "mails": latest_mails(issued.invitation) if issued else [],
            "colleagues": colleagues.colleagues(support_session, now=clock.now()),
            "requests": colleagues.open_requests(support_session),
            "inside": technicians_inside(support_session),
            "limit": MAX_TECHNICIANS,
            "advised": ADVISED_AGENTS,
        }
        return Response(AgentsSerializer(body).data)


class AgentCode(APIView):
    @extend_schema(request=None, responses=AgentCodeSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Make the session's code and link for agents; asked again, they are the same."""
        issued = agent_invitations.invite_agents(
            technician=technician_of(request), session_id=public_id, now=clock.now()
        )
        return Response(AgentCodeSerializer(code_data(issued)).data)


class MailAgent(APIView):
    @extend_schema(request=MailSerializer, responses={201: DeliverySerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Have the server send the session URL and code to a colleague."""
        asked = MailSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        delivery = agent_invitations.mail_agent(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(DeliverySerializer(delivery).data, status=status.HTTP_201_CREATED)


class AskColleague(APIView):
    @extend_schema(request=AskColleagueSerializer, responses={201: RequestSerializer})
    def post(self, request: Request, public_id: UUID) -> Response:
        """Ask a colleague, a technician group or those who serve a portal into the session."""
        asked = AskColleagueSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        made = colleagues.invite_colleague(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(RequestSerializer(made).data, status=status.HTTP_201_CREATED)


class AcceptRequest(APIView):
    @extend_schema(request=None, responses=JoinedSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Join the session a colleague asks into."""
        agent = colleagues.accept_request(technician=technician_of(request), request_id=public_id, now=clock.now())
        return Response(JoinedSerializer(agent).data)


class DeclineRequest(APIView):
    @extend_schema(request=None, responses=RequestSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say no; of a group or a portal, for oneself only."""
        made = colleagues.decline_request(technician=technician_of(request), request_id=public_id, now=clock.now())
        return Response(RequestSerializer(made).data)


class WithdrawRequest(APIView):
    @extend_schema(request=None, responses=RequestSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take back what one has asked for; the lead may take back what others have."""
        made = colleagues.withdraw_request(technician=technician_of(request), request_id=public_id, now=clock.now())
        return Response(RequestSerializer(made).data)


class JoinByCode(APIView):
    @extend_schema(request=JoinByCodeSerializer, responses=JoinedSerializer)
    def post(self, request: Request) -> Response:
        """Join a session by the 8-digit code that its technicians see."""
        asked = JoinByCodeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        agent = agent_invitations.join_by_code(
            technician=technician_of(request),
            code=asked.validated_data["code"],
            address=address_of(request),
            now=clock.now(),
        )
        return Response(JoinedSerializer(agent).data)
