"""Support sessions over the API: parse, one action, render."""

from uuid import UUID

from django.utils.http import urlencode
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portals import audit, clock
from portals.api_permissions import technician_of
from portals.errors import InvalidInput
from sessions import actions, endings, holds, notes, presence, record, transfers
from sessions.history import HistoryFilter, read_page
from sessions.models import SupportSession
from sessions.serializers import (
    AvailabilitySerializer,
    EndSerializer,
    HistoryPageSerializer,
    HistoryQuerySerializer,
    LeaveSerializer,
    NotesSerializer,
    OutcomeSerializer,
    RecordSerializer,
    SessionSerializer,
    TargetSerializer,
    TransferSerializer,
)


class SessionHistory(APIView):
    """The list of sessions; the app that creates them adds its verb at the same address."""

    @extend_schema(operation_id="sessions_list", parameters=[HistoryQuerySerializer], responses=HistoryPageSerializer)
    def get(self, request: Request) -> Response:
        """Past and present sessions, newest first; a manager who holds a seat gets the company's."""
        me = technician_of(request)
        found = HistoryFilter(request.query_params, reader=me)
        if not found.is_valid():
            raise InvalidInput({name: sentences[0] for name, sentences in found.errors.items()})
        asked = HistoryQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        size = asked.validated_data["limit"]
        page = read_page(found.sessions(), after=asked.validated_data["after"], size=size)
        now = clock.now()
        older = urlencode({**found.asked(), "limit": size, "after": page.older}) if page.older else ""
        body = {
            "next": request.build_absolute_uri(f"{request.path}?{older}") if older else None,
            "results": [record.facts(session, reader=me, now=now) for session in page.rows],
        }
        return Response(HistoryPageSerializer(body).data)


class SessionRecord(APIView):
    @extend_schema(responses=RecordSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """One session with everybody who was inside and its timeline."""
        me = technician_of(request)
        visible = SupportSession.objects.visible_to(me)
        session = record.with_everything(visible).get(public_id=public_id)
        audit.record(actor=me, verb="session.viewed", target=session)
        return Response(RecordSerializer(record.full(session, reader=me, now=clock.now())).data)


class StartSession(APIView):
    @extend_schema(request=None, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Pick the customer up; take up a held session, accept a transfer, or take one's own transfer back."""
        session = actions.start_session(technician=technician_of(request), session_id=public_id, now=clock.now())
        return Response(SessionSerializer(session).data)


class HoldSession(APIView):
    @extend_schema(request=None, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Put the session on hold: the customer's camera goes off, the Lens slot is free."""
        session = holds.hold_session(technician=technician_of(request), session_id=public_id, now=clock.now())
        return Response(SessionSerializer(session).data)


class TransferSession(APIView):
    @extend_schema(request=TransferSerializer, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Offer the session to a technician, a group or a portal's queue; the customer stays connected."""
        asked = TransferSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        session = transfers.transfer_session(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(SessionSerializer(session).data)


class TransferTargets(APIView):
    @extend_schema(responses=TargetSerializer(many=True))
    def get(self, request: Request, public_id: UUID) -> Response:
        """Whom the session could be transferred to; those who are not free with the reason."""
        session = SupportSession.objects.visible_to(technician_of(request)).get(public_id=public_id)
        return Response(TargetSerializer(transfers.targets(session, now=clock.now()), many=True).data)


class EndSession(APIView):
    @extend_schema(request=EndSerializer, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """End the session for everybody inside."""
        asked = EndSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        session = endings.end_session(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(SessionSerializer(session).data)


class LeaveSession(APIView):
    @extend_schema(request=LeaveSerializer, responses=SessionSerializer)
    def post(self, request: Request, public_id: UUID) -> Response:
        """Leave the session to the other technicians inside; the lead may name who leads next."""
        asked = LeaveSerializer(data=request.data or {})
        asked.is_valid(raise_exception=True)
        session = endings.leave_as_technician(
            technician=technician_of(request), session_id=public_id, now=clock.now(), **asked.validated_data
        )
        return Response(SessionSerializer(session).data)


class Notes(APIView):
    @extend_schema(responses=NotesSerializer)
    def get(self, request: Request, public_id: UUID) -> Response:
        """The technicians' notes."""
        session = SupportSession.objects.visible_to(technician_of(request)).get(public_id=public_id)
        return Response(NotesSerializer({"text": session.notes}).data)

    @extend_schema(request=NotesSerializer, responses=NotesSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Replace the notes."""
        asked = NotesSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        session = notes.save_notes(technician=technician_of(request), session_id=public_id, **asked.validated_data)
        return Response(NotesSerializer({"text": session.notes}).data)


class Outcome(APIView):
    @extend_schema(request=OutcomeSerializer, responses=SessionSerializer)
    def put(self, request: Request, public_id: UUID) -> Response:
        """Say how the session went."""
        asked = OutcomeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        session = notes.set_outcome(technician=technician_of(request), session_id=public_id, **asked.validated_data)
        return Response(SessionSerializer(session).data)


class Availability(APIView):
    @extend_schema(request=AvailabilitySerializer, responses=AvailabilitySerializer)
    def post(self, request: Request) -> Response:
        """Say whether you take sessions: online or away."""
        asked = AvailabilitySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        presence.set_availability(technician=technician_of(request), availability=asked.validated_data["availability"])
        return Response(asked.validated_data)
