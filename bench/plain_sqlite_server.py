"""`manage.py` for benches: the same server on Django's own SQLite backend, whose writers do not take turns."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings

settings.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"

from django.core.management import execute_from_command_line

execute_from_command_line(["manage.py", *sys.argv[1:]])
