"""The one ASGI application: pages and API by Django, sockets by our consumers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.urls import path  # noqa: E402

from config.arrivals import Arrivals, found  # noqa: E402
from sessions.console_consumer import ConsoleConsumer  # noqa: E402
from sessions.consumers import SupportSessionConsumer  # noqa: E402

socket_urls = [
    path("ws/sessions/<uuid:public_id>/", found(SupportSessionConsumer.as_asgi())),
    path("ws/console/", found(ConsoleConsumer.as_asgi())),
]

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": Arrivals(OriginValidator(AuthMiddlewareStack(URLRouter(socket_urls)), settings.ORIGINS)),
    }
)
