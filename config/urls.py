"""Every address of the product. A test holds this list against the table of who may use what."""

from allauth.account import views as account
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from config.mail_webhooks import webhook_patterns
from portals.views import healthz, home, logo, readyz

handler404 = "portals.error_pages.not_found"
handler500 = "portals.error_pages.server_error"

accounts = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", login_not_required(account.account_inactive), name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", login_not_required(account.password_reset_done), name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        login_not_required(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
]
api: list[URLPattern | URLResolver] = [
    path("", include("sessions.api_urls")),
    path("", include("invitations.api_urls")),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
webhooks = webhook_patterns(backend=settings.EMAIL_BACKEND, secret=str(settings.ANYMAIL["WEBHOOK_SECRET"]))
urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("home/", home, name="home"),
    path("media/logos/<str:name>", logo, name="logo"),
    path("accounts/", include(accounts)),
    path("admin/", admin.site.urls),
    path("api/v1/", include((api, "api"))),
    path("anymail/", include(webhooks)),
    path("", include("invitations.urls")),
    path("", include("sessions.urls")),
    path("", include("lens.urls")),
]
