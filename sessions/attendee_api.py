"""The lead's verbs about others in the session, over the API."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portals import clock
from portals.api_permissions import technician_of
from sessions import attendees
from sessions.serializers import AttendeeSerializer, CountSerializer, GrantSerializer


class RemoveAttendee(APIView):
    @extend_schema(request=None, responses=AttendeeSerializer)
    def post(self, request: Request, public_id: UUID, attendee_id: UUID) -> Response:
        """Put an agent or a specialist out of the session, for good."""
        attendee = attendees.remove_attendee(
            technician=technician_of(request), session_id=public_id, attendee_id=attendee_id, now=clock.now()
        )
        return Response(AttendeeSerializer(attendee).data)


class RemoveSpecialists(APIView):
    @extend_schema(request=None, responses=CountSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Put all external specialists out of the session, those who wait for it too."""
        count = attendees.remove_specialists(technician=technician_of(request), session_id=public_id, now=clock.now())
        return Response(CountSerializer({"count": count}).data)


class ChangeRight(APIView):
    @extend_schema(request=GrantSerializer, responses=AttendeeSerializer)
    def put(self, request: Request, public_id: UUID, attendee_id: UUID) -> Response:
        """Set what an agent or a specialist may do with keyboard and mouse; it holds at once."""
        asked = GrantSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        attendee = attendees.change_right(
            technician=technician_of(request),
            session_id=public_id,
            attendee_id=attendee_id,
            right=asked.validated_data["right"],
            now=clock.now(),
        )
        return Response(AttendeeSerializer(attendee).data)
