from django.urls import path

from sessions import customer_pages, customer_views, views

app_name = "sessions"
urlpatterns = [
    path("console/", views.console, name="console"),
    path("console/history/", views.history, name="history"),
    path("console/history/sessions.csv", views.export, {"format": "csv"}, name="export-csv"),
    path("console/history/sessions.json", views.export, {"format": "json"}, name="export-json"),
    path("console/history/<uuid:public_id>/", views.record, name="record"),
    path("room/<uuid:public_id>/", customer_pages.room, name="room"),
    path("s/<uuid:public_id>/ended/", customer_pages.ended, name="ended"),
    path("s/<uuid:public_id>/survey/", customer_views.survey, name="survey"),
    path("s/<uuid:public_id>/accept/", customer_views.accept, name="accept"),
    path("s/<uuid:public_id>/decline/", customer_views.decline, name="decline"),
    path("s/<uuid:public_id>/leave/", customer_views.leave, name="leave"),
    path("s/<uuid:public_id>/report/", customer_views.report, name="report"),
]
