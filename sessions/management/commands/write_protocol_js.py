"""Write static/sessions/protocol.js from sessions/protocol/. A test fails while the file is stale."""

from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from sessions import protocol_js

PATH = Path(__file__).resolve().parents[2] / "static" / "sessions" / "protocol.js"


class Command(BaseCommand):
    help = "Write the protocol's types, limits and close codes for the browser."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        PATH.write_text(protocol_js.module())
        self.stdout.write(f"Wrote {PATH.name}.")
