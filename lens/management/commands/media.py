"""Run a media relay as a process of its own; production may run several."""

import asyncio
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError

from lens.relay.host import host
from lens.relay.media_process import MediaProcess
from portals import clock, garbage


class Command(BaseCommand):
    help = "Relay picture and sound of sessions with more than two people, and of recorded ones. Run as many as needed."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.EMBEDDED:
            raise CommandError("An embedded run needs no media process: `manage.py serve` relays by itself.")
        clock.now()  # looks at the database, before an event loop would have to do without
        garbage.look_seldom()
        self.stdout.write("The media relay is ready.")
        self.stdout.flush()
        asyncio.run(MediaProcess(host).run())
        self.stdout.write("The media relay has stopped.")
