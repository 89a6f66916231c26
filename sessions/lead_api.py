"""The lead of a support session over the API: parse, one action, render."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portals import clock
from portals.api_permissions import technician_of
from sessions import leads
from sessions.models import SupportSession
from sessions.serializers import AttendeeChoiceSerializer, LeadCandidateSerializer, SessionSerializer


class LeadCandidates(APIView):
    @extend_schema(responses=LeadCandidateSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Who else is inside and could lead; the others with the reason why not."""
        visible = SupportSession.objects.visible_to(technician_of(request)).select_related("company", "portal", "lead")
        found = leads.candidates(visible.get(public_id=public_id))
        return Response(LeadCandidateSerializer(found, many=True).data)


class OfferLead(APIView):
    @extend_schema(request=AttendeeChoiceSerializer, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Offer the lead to an agent who is inside, and who has to accept."""
        asked = AttendeeChoiceSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        session = leads.offer_lead(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(SessionSerializer(session).data)


class TakeLead(APIView):
    @extend_schema(request=None, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Become lead: it was offered, or the lead's line is lost."""
        session = leads.take_lead(technician=technician_of(request), session_id=public_id, now=clock.now())
        return Response(SessionSerializer(session).data)


class DeclineLead(APIView):
    @extend_schema(request=None, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Say no to the lead; as the lead, take the offer back."""
        session = leads.decline_lead(technician=technician_of(request), session_id=public_id, now=clock.now())
        return Response(SessionSerializer(session).data)
