from django.urls import path

from sessions import api, attendee_api, lead_api

urlpatterns = [
    path("sessions/<uuid:public_id>/", api.SessionRecord.as_view(), name="session-record"),
    path("sessions/<uuid:public_id>/start/", api.StartSession.as_view(), name="session-start"),
    path("sessions/<uuid:public_id>/hold/", api.HoldSession.as_view(), name="session-hold"),
    path("sessions/<uuid:public_id>/transfer/", api.TransferSession.as_view(), name="session-transfer"),
    path("sessions/<uuid:public_id>/transfer-targets/", api.TransferTargets.as_view(), name="session-transfer-targets"),
    path("sessions/<uuid:public_id>/end/", api.EndSession.as_view(), name="session-end"),
    path("sessions/<uuid:public_id>/leave/", api.LeaveSession.as_view(), name="session-leave"),
    path("sessions/<uuid:public_id>/lead/", lead_api.LeadCandidates.as_view(), name="session-lead"),
    path("sessions/<uuid:public_id>/lead/offer/", lead_api.OfferLead.as_view(), name="session-lead-offer"),
    path("sessions/<uuid:public_id>/lead/take/", lead_api.TakeLead.as_view(), name="session-lead-take"),
    path("sessions/<uuid:public_id>/lead/decline/", lead_api.DeclineLead.as_view(), name="session-lead-decline"),
    path("sessions/<uuid:public_id>/notes/", api.Notes.as_view(), name="session-notes"),
    path("sessions/<uuid:public_id>/outcome/", api.Outcome.as_view(), name="session-outcome"),
    path(
        "sessions/<uuid:public_id>/attendees/<uuid:attendee_id>/remove/",
        attendee_api.RemoveAttendee.as_view(),
        name="attendee-remove",
    ),
    path(
        "sessions/<uuid:public_id>/attendees/<uuid:attendee_id>/right/",
        attendee_api.ChangeRight.as_view(),
        name="attendee-right",
    ),
    path(
        "sessions/<uuid:public_id>/specialists/remove/",
        attendee_api.RemoveSpecialists.as_view(),
        name="specialists-remove",
    ),
    path("me/availability/", api.Availability.as_view(), name="availability"),
]
