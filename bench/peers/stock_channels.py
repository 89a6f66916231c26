"""Chat as the documentation of Channels builds it: a JSON consumer and group_send, served by daphne.

PEER_LAYER: memory or redis. PEER_STORES=1: each line is a row, committed before it is sent on. PEER_SLOW_S: what every
message with "slow" in it waits for in a database call.
"""

import os
import time
from typing import Any

import django
from django.conf import settings

HOST = {"address": os.environ.get("REDIS_URL", ""), "max_connections": 10_000}
REDIS = {
    "BACKEND": "channels_redis.core.RedisChannelLayer",
    "CONFIG": {"hosts": [HOST], "prefix": "bench", "capacity": 10_000},
}
MEMORY = {"BACKEND": "channels.layers.InMemoryChannelLayer", "CONFIG": {"capacity": 10_000}}
SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": os.environ.get("PEER_SQLITE", ":memory:"),
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    },
}
settings.configure(
    SECRET_KEY="bench",
    ALLOWED_HOSTS=["*"],
    INSTALLED_APPS=["channels"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": SQLITE},
    CHANNEL_LAYERS={"default": REDIS if os.environ.get("PEER_LAYER") == "redis" else MEMORY},
)
django.setup()

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.db import connection
from django.urls import re_path

urlpatterns: list[Any] = []
STORES = os.environ.get("PEER_STORES") == "1"
SLOW_S = float(os.environ.get("PEER_SLOW_S", "0"))
if STORES:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS line (id INTEGER PRIMARY KEY, room TEXT, text TEXT)")


@database_sync_to_async
def store(room: str, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO line (room, text) VALUES (%s, %s)", [room, text])


class Chat(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        self.room = self.scope["url_route"]["kwargs"]["room"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.room, self.channel_name)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        if SLOW_S and "slow" in content:
            await database_sync_to_async(time.sleep)(SLOW_S)
        if STORES:
            await store(self.room, content["text"])
        await self.channel_layer.group_send(self.room, {"type": "chat.message", "message": content})

    async def chat_message(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])


application = ProtocolTypeRouter(
    {"websocket": URLRouter([re_path(r"^ws/(?P<room>[\w-]+)/$", Chat.as_asgi())])},
)
