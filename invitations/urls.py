from django.urls import path

from invitations import agent_entrance, portal_views, specialist_views, views

app_name = "invitations"
urlpatterns = [
    path("", views.join, name="join"),
    path("join/", views.landing, name="landing"),
    path("join/preview/", views.preview, name="preview"),
    path("join/continue/", views.continue_, name="continue"),
    path("join/agent/", agent_entrance.join_as_agent, name="join-as-agent"),
    path("join/refuse/", views.refuse, name="refuse"),
    path("specialist/<uuid:public_id>/", specialist_views.specialist, name="specialist"),
    path("specialist/<uuid:public_id>/knock/", specialist_views.knock, name="specialist-knock"),
    path("specialist/<uuid:public_id>/leave/", specialist_views.leave, name="specialist-leave"),
    path("p/<slug:slug>/", portal_views.portal, name="portal"),
    path("p/colour/<str:colour>.css", portal_views.portal_colour, name="portal-colour"),
]
