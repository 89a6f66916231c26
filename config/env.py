"""Typed readers of the environment. What they do not understand stops the start with one sentence."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

KNOWN = {
    "SIGHTLINE_ALLOWED_HOSTS",
    "SIGHTLINE_ANYMAIL",
    "SIGHTLINE_CODE_PEPPER",
    "SIGHTLINE_CODE_PEPPER_FILE",
    "SIGHTLINE_CI",
    "SIGHTLINE_DATA_DIR",
    "SIGHTLINE_DB_POOL_MAX",
    "SIGHTLINE_DEMO_PASSWORD",
    "SIGHTLINE_DRAIN_S",
    "SIGHTLINE_EMAIL_BACKEND",
    "SIGHTLINE_EMAIL_URL",
    "SIGHTLINE_EMAIL_URL_FILE",
    "SIGHTLINE_EMBEDDED",
    "SIGHTLINE_FAIL_ON_SKIP",
    "SIGHTLINE_FROM_EMAIL",
    "SIGHTLINE_MEDIA_ADDRESSES",
    "SIGHTLINE_MEDIA_PORTS",
    "SIGHTLINE_ORIGINS",
    "SIGHTLINE_PORTAL_SESSIONS",
    "SIGHTLINE_PORTAL_WAITING_MAX",
    "SIGHTLINE_PORTAL_WINDOW_MIN",
    "SIGHTLINE_SECRET_KEY",
    "SIGHTLINE_SECRET_KEY_FILE",
    "SIGHTLINE_SECRET_KEY_FALLBACKS",
    "SIGHTLINE_SMS_SENDER",
    "SIGHTLINE_SOCKETS_PER_SOURCE",
    "SIGHTLINE_SOCKETS_PER_USER",
    "SIGHTLINE_STUN_URLS",
    "SIGHTLINE_TLS",
    "SIGHTLINE_TRUSTED_PROXIES",
    "SIGHTLINE_TURN_SECRET",
    "SIGHTLINE_TURN_SECRET_FILE",
    "SIGHTLINE_TURN_URLS",
    "SIGHTLINE_WEBHOOK_SECRET",
    "SIGHTLINE_WEBHOOK_SECRET_FILE",
}
SECRET_LENGTH = 32  # characters, at least


def refuse_unknown() -> None:
    """A misspelt variable would be ignored in silence; name it instead."""
    unknown = sorted(name for name in os.environ if name.startswith("SIGHTLINE_") and name not in KNOWN)
    if unknown:
        raise ImproperlyConfigured(f"Unknown setting {', '.join(unknown)}. See .env.example for those that exist.")


def env_text(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None or (value == "" and default is None):
        raise ImproperlyConfigured(f"{name} is not set. See .env.example for its meaning.")
    return value


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value:
        raise ImproperlyConfigured(f"{name} must be true or false, not “{value}”.")
    return default


def env_int(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number, not “{value}”.")
    return int(value)


def env_list(name: str, default: list[str] | None = None) -> list[str]:
    value = os.environ.get(name)
    if value is None and default is None:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example for its meaning.")
    if value is None:
        return default or []
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def env_port_range(name: str) -> tuple[int, int] | None:
    """`50000-50999`: first and last port, both included; None where nothing is said."""
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    first, _dash, last = (part.strip() for part in value.partition("-"))
    if not (first.isdigit() and last.isdigit() and 1024 <= int(first) <= int(last) <= 65535):
        raise ImproperlyConfigured(f"{name} must be of the form 50000-50999, with ports from 1024 to 65535.")
    return int(first), int(last)


def env_pairs(name: str) -> dict[str, str]:
    """`A=x,B=y` as a dictionary; nothing of a value is repeated in an error, since it may be a secret."""
    entries = [entry.partition("=") for entry in env_list(name, [])]
    if not all(key.strip() and sign for key, sign, _value in entries):
        raise ImproperlyConfigured(f"{name} must be of the form NAME=value,NAME=value.")
    return {key.strip(): value.strip() for key, _sign, value in entries}


def env_is_given(name: str) -> bool:
    """Whether there is a value, or a file that holds it."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def env_secret(name: str, default: str | None = None) -> str:
    """Return the secret in `name`, or in the file that `name`_FILE names. A short or well-known one is refused."""
    value = os.environ.get(name)
    path = os.environ.get(f"{name}_FILE")
    if value is None and path:
        try:
            value = Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error.strerror}.") from None
    if value is None:
        value = default
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Make one: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    if len(value) < SECRET_LENGTH or len(set(value)) < 8 or value.startswith("django-insecure-"):
        raise ImproperlyConfigured(f"{name} is too weak: {SECRET_LENGTH} random characters at least.")
    return value


def kept_secret(path: Path) -> str:
    """Return the secret kept in the data folder, made at first use and readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(temporary, path)  # the first of two starts at once wins
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    return path.read_text().strip()
