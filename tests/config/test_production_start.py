"""Production refuses to start on an insecure or missing setting, with one clear sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import kept_secret
from tests.served import ROOT

GOOD = {
    "SIGHTLINE_SECRET_KEY": "k3y-of-a-test-0123456789-abcdefghijklmnopq",
    "SIGHTLINE_CODE_PEPPER": "p3pper-of-a-test-9876543210-zyxwvutsrqponm",
    "SIGHTLINE_ALLOWED_HOSTS": "help.example.com",
    "SIGHTLINE_ORIGINS": "https://help.example.com",
    "SIGHTLINE_FROM_EMAIL": "Sightline <help@example.com>",
    "SIGHTLINE_EMAIL_URL": "smtp://127.0.0.1:25",
    "DATABASE_URL": "postgres://sightline@127.0.0.1:5432/sightline",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def start(tmp_path: Path, command: str = "check", **settings: str | None) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTLINE_", "DJANGO_"))}
    env |= GOOD | {"SIGHTLINE_DATA_DIR": str(tmp_path)}
    for name, value in settings.items():
        env.pop(name, None)
        if value is not None:
            env[name] = value
    return subprocess.run(
        [sys.executable, "manage.py", command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"SIGHTLINE_SECRET_KEY": None}, "SIGHTLINE_SECRET_KEY is not set."),
        ({"SIGHTLINE_SECRET_KEY": "short"}, "SIGHTLINE_SECRET_KEY is too weak"),
        ({"SIGHTLINE_SECRET_KEY": "a" * 60}, "SIGHTLINE_SECRET_KEY is too weak"),
        ({"SIGHTLINE_SECRET_KEY": f"django-insecure-{'abcdefgh' * 6}"}, "SIGHTLINE_SECRET_KEY is too weak"),
        ({"SIGHTLINE_CODE_PEPPER": None}, "SIGHTLINE_CODE_PEPPER is not set."),
        ({"SIGHTLINE_CODE_PEPPER": GOOD["SIGHTLINE_SECRET_KEY"]}, "SIGHTLINE_CODE_PEPPER must differ"),
        ({"SIGHTLINE_ALLOWED_HOSTS": None}, "SIGHTLINE_ALLOWED_HOSTS is not set."),
        ({"SIGHTLINE_ALLOWED_HOSTS": "*"}, "SIGHTLINE_ALLOWED_HOSTS must name the hosts"),
        ({"SIGHTLINE_ORIGINS": None}, "SIGHTLINE_ORIGINS is not set."),
        ({"SIGHTLINE_ORIGINS": "http://help.example.com"}, "SIGHTLINE_ORIGINS must be https addresses"),
        ({"SIGHTLINE_ORIGINS": "https://*.example.com"}, "is not of the form https://host:port"),
        ({"SIGHTLINE_ORIGINS": "help.example.com"}, "is not of the form https://host:port"),
        ({"SIGHTLINE_FROM_EMAIL": None}, "SIGHTLINE_FROM_EMAIL is not set."),
        ({"SIGHTLINE_EMAIL_URL": None}, "SIGHTLINE_EMAIL_URL is not set."),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set."),
        ({"DATABASE_URL": "mysql://root@127.0.0.1/x"}, "DATABASE_URL must name"),
        ({"REDIS_URL": None}, "REDIS_URL is not set."),
        ({"SIGHTLINE_TURN_URLS": "turn:turn.example.com"}, "SIGHTLINE_TURN_SECRET is not set."),
        ({"SIGHTLINE_EMBEDDED": "perhaps"}, "SIGHTLINE_EMBEDDED must be true or false"),
        ({"PORT": "eighty"}, "PORT must be a whole number"),
        ({"SIGHTLINE_ALOWED_HOSTS": "x"}, "Unknown setting SIGHTLINE_ALOWED_HOSTS"),
        ({"SIGHTLINE_SECRET_KEY": None, "SIGHTLINE_SECRET_KEY_FILE": "/nowhere"}, "SIGHTLINE_SECRET_KEY_FILE cannot"),
    ],
    ids=lambda value: None if isinstance(value, str) else "-".join(value),
)
def test_it_refuses_with_one_sentence(tmp_path: Path, settings: dict[str, str | None], sentence: str) -> None:
    refused = start(tmp_path, **settings)

    assert refused.returncode != 0
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_it_starts_with_good_settings_and_reads_a_secret_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text(GOOD["SIGHTLINE_SECRET_KEY"] + "\n")

    started = start(tmp_path, SIGHTLINE_SECRET_KEY=None, SIGHTLINE_SECRET_KEY_FILE=str(secret))

    assert started.returncode == 0, started.stderr


def test_what_the_database_s_address_asks_of_the_line_is_kept(tmp_path: Path) -> None:
    """TLS to the database was given up without a word."""
    address = f"{GOOD['DATABASE_URL']}?sslmode=verify-full&connect_timeout=2"

    settings = start(tmp_path, "diffsettings", DATABASE_URL=address).stdout

    assert "'sslmode': 'verify-full'" in settings
    assert "'connect_timeout': 2" in settings
    assert "'pool'" in settings


def test_a_kept_secret_is_made_once_and_is_its_owners_only(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "deep" / "key")

    assert len(first) >= 64
    assert kept_secret(tmp_path / "deep" / "key") == first
    assert (tmp_path / "deep" / "key").stat().st_mode & 0o777 == 0o600
