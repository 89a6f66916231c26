from django.urls import path

from invitations import agent_api, api, specialist_api

urlpatterns = [
    path("sessions/", api.CreateSession.as_view(), name="session-create"),
    path("sessions/<uuid:public_id>/agents/", agent_api.Agents.as_view(), name="agents"),
    path("sessions/<uuid:public_id>/agents/invitation/", agent_api.AgentCode.as_view(), name="agents-invite"),
    path("sessions/<uuid:public_id>/agents/mail/", agent_api.MailAgent.as_view(), name="agents-mail"),
    path("sessions/<uuid:public_id>/agents/requests/", agent_api.AskColleague.as_view(), name="agents-ask"),
    path("agent-requests/<uuid:public_id>/accept/", agent_api.AcceptRequest.as_view(), name="agent-request-accept"),
    path("agent-requests/<uuid:public_id>/decline/", agent_api.DeclineRequest.as_view(), name="agent-request-decline"),
    path(
        "agent-requests/<uuid:public_id>/withdraw/", agent_api.WithdrawRequest.as_view(), name="agent-request-withdraw"
    ),
    path("join/", agent_api.JoinByCode.as_view(), name="join-session"),
    path("invitations/<uuid:public_id>/cancel/", api.CancelInvitation.as_view(), name="invitation-cancel"),
    path(
        "sessions/<uuid:public_id>/specialists/",
        specialist_api.SpecialistInvitation.as_view(),
        name="specialists-invitation",
    ),
    path(
        "sessions/<uuid:public_id>/specialists/waiting/",
        specialist_api.WaitingSpecialists.as_view(),
        name="specialists-waiting",
    ),
    path(
        "sessions/<uuid:public_id>/specialists/<uuid:attendee_id>/admit/",
        specialist_api.AdmitSpecialist.as_view(),
        name="specialist-admit",
    ),
    path(
        "sessions/<uuid:public_id>/specialists/<uuid:attendee_id>/turn-away/",
        specialist_api.TurnAwaySpecialist.as_view(),
        name="specialist-turn-away",
    ),
    path("invitations/<uuid:public_id>/mail/", specialist_api.MailInvitation.as_view(), name="specialists-mail"),
    path("deliveries/<uuid:public_id>/retry/", api.RetryDelivery.as_view(), name="delivery-retry"),
]
