"""Settings of the tests: the real ones, fed with throw-away values.

Without DATABASE_URL and REDIS_URL: embedded. With them: production's settings on those services.
"""

import os
import tempfile
from pathlib import Path

# Kept here, since their folders go when they do.
_data = tempfile.TemporaryDirectory(prefix="sightline-test-", ignore_cleanup_errors=True)
_database = tempfile.TemporaryDirectory(prefix="sightline-db-", ignore_cleanup_errors=True)

_services = bool(os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"))
os.environ.setdefault("SIGHTLINE_DATA_DIR", _data.name)
os.environ.setdefault("SIGHTLINE_SECRET_KEY", "test-only-0123456789-abcdefghijklmnopqrstuvwxyz")
os.environ.setdefault("SIGHTLINE_CODE_PEPPER", "test-only-pepper-9876543210-zyxwvutsrqponmlkjih")
os.environ.setdefault("SIGHTLINE_FROM_EMAIL", "Sightline <help@sightline.example>")
if _services:
    os.environ.setdefault("SIGHTLINE_ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
    os.environ.setdefault("SIGHTLINE_ORIGINS", "https://testserver")
    os.environ.setdefault("SIGHTLINE_EMAIL_URL", "smtp://127.0.0.1:25")
else:
    os.environ["SIGHTLINE_EMBEDDED"] = "true"
    os.environ.setdefault("SIGHTLINE_ALLOWED_HOSTS", "localhost,127.0.0.1,testserver")
    os.environ.setdefault("SIGHTLINE_ORIGINS", "http://testserver")

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, STORAGES  # noqa: E402

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # speed only
SECURE_SSL_REDIRECT = False  # the test client speaks http
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if "sqlite" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: WAL, locks and several threads behave as in the product.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_database.name) / "test.sqlite3")}
else:
    DATABASES["default"]["OPTIONS"]["pool"] = False  # the runner drops the database; a pool would hold it
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
