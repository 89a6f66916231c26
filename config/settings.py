"""Settings, fed by the environment (.env.example). Defaults are production's; `SIGHTLINE_EMBEDDED=true` is one process
on SQLite with nothing else to run (DESIGN 8)."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import lan
from config.env import (
    env_bool,
    env_int,
    env_is_given,
    env_list,
    env_pairs,
    env_port_range,
    env_secret,
    env_text,
    kept_secret,
    refuse_unknown,
)
from portals.static_headers import static_headers

BASE_DIR = Path(__file__).resolve().parent.parent

refuse_unknown()
EMBEDDED = env_bool("SIGHTLINE_EMBEDDED", False)
DATA_DIR = Path(env_text("SIGHTLINE_DATA_DIR", str(BASE_DIR / "data"))).resolve()
DEBUG = False

# ---- Secrets ------------------------------------------------------------------------------------

if EMBEDDED:
    SECRET_KEY = env_secret("SIGHTLINE_SECRET_KEY", kept_secret(DATA_DIR / "secret_key"))
    CODE_PEPPER = env_secret("SIGHTLINE_CODE_PEPPER", kept_secret(DATA_DIR / "code_pepper"))
else:
    SECRET_KEY = env_secret("SIGHTLINE_SECRET_KEY")
    CODE_PEPPER = env_secret("SIGHTLINE_CODE_PEPPER")  # keys the digests of codes, apart from SECRET_KEY (S-11)
if CODE_PEPPER == SECRET_KEY:
    raise ImproperlyConfigured("SIGHTLINE_CODE_PEPPER must differ from SIGHTLINE_SECRET_KEY.")
SECRET_KEY_FALLBACKS = env_list("SIGHTLINE_SECRET_KEY_FALLBACKS", [])

# ---- Where it is reached ------------------------------------------------------------------------

PORT = env_int("PORT", 8000)
TLS = EMBEDDED and env_bool("SIGHTLINE_TLS", False)  # set by `serve --tls`
_own_hosts = [lan.address(), "localhost"] if TLS else ["localhost", "127.0.0.1"]
_own_origins = [f"{'https' if TLS else 'http'}://{host}:{PORT}" for host in _own_hosts]
ALLOWED_HOSTS = env_list("SIGHTLINE_ALLOWED_HOSTS", [*_own_hosts, "[::1]"] if EMBEDDED else None)
ORIGINS = env_list("SIGHTLINE_ORIGINS", _own_origins if EMBEDDED else None)
for origin in ORIGINS:
    parts = urlsplit(origin)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or "*" in origin:
        raise ImproperlyConfigured(f"SIGHTLINE_ORIGINS: “{origin}” is not of the form https://host:port.")
if "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured("SIGHTLINE_ALLOWED_HOSTS must name the hosts; “*” is refused.")
SECURE = all(origin.startswith("https:") for origin in ORIGINS)
_loopback = all(urlsplit(origin).hostname in {"localhost", "127.0.0.1", "::1"} for origin in ORIGINS)
if not EMBEDDED and not SECURE and not _loopback:
    raise ImproperlyConfigured("SIGHTLINE_ORIGINS must be https addresses; http is for this machine only.")
CSRF_TRUSTED_ORIGINS = ORIGINS
TRUSTED_PROXY_COUNT = env_int("SIGHTLINE_TRUSTED_PROXIES", 0 if EMBEDDED else 1)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
# Told to end, the process says “not ready” this long before it closes anything: time for the proxy to notice.
DRAIN_S = env_int("SIGHTLINE_DRAIN_S", 0 if EMBEDDED else 3)
SOCKETS_PER_SOURCE = env_int("SIGHTLINE_SOCKETS_PER_SOURCE", 50)  # of people without an account, in one process (S-43)
SOCKETS_PER_USER = env_int("SIGHTLINE_SOCKETS_PER_USER", 10)  # of one kind, in one process
# Sessions that one source (an IPv4 address or an IPv6 /64) may open through portals' forms within a time, and people of
# one portal who may wait, or be on the way in, at the same time.
PORTAL_SESSIONS = env_int("SIGHTLINE_PORTAL_SESSIONS", 5)
PORTAL_WINDOW_MIN = env_int("SIGHTLINE_PORTAL_WINDOW_MIN", 10)
PORTAL_WAITING_MAX = env_int("SIGHTLINE_PORTAL_WAITING_MAX", 100)

# ---- Application --------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "config.admin_config.SightlineAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static_config.SightlineStaticFilesConfig",
    "allauth",
    "allauth.account",
    "anymail",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "portals",
    "sessions",
    "invitations",
    "lens",
    "config",
]
MIDDLEWARE = [
    "portals.static_files.StaticFilesMiddleware",  # first: static files carry only the headers they need
    "portals.request_context.request_context_middleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "portals.browser_rules.browser_rules_middleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portals.error_pages.domain_error_middleware",
]
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ---- Database (DESIGN 8) ------------------------------------------------------------------------

_database_url = env_text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'sightline.sqlite3'}" if EMBEDDED else None)
_database: dict[str, Any] = environ.Env.db_url_config(_database_url)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["ENGINE"] = "config.sqlite_in_turn"
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,  # seconds to wait for the writer before
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-8000;",
    }
elif _database["ENGINE"] == "django.db.backends.postgresql":
    _given = _database.get("OPTIONS", {})  # ?sslmode=verify-full, say
    _database["OPTIONS"] = {
        "pool": {
            "min_size": 1,
            "max_size": env_int("SIGHTLINE_DB_POOL_MAX", 16),
            "timeout": 10,  # seconds that a request waits for a connection: a crowd is served one after the other
            # Given up after seconds, and begun again by the next request: the pool's own pauses double up to minutes,
            # which the database may be back for.
            "reconnect_timeout": 3,
        },
        "connect_timeout": 5,  # seconds, of a host that does not answer at all
        "tcp_user_timeout": 10_000,  # milliseconds until a line on which nothing is confirmed is dead
    } | _given
    _database["CONN_HEALTH_CHECKS"] = True  # one that died in the pool is replaced before anybody gets it
else:
    raise ImproperlyConfigured("DATABASE_URL must name an SQLite file or a PostgreSQL database.")
DATABASES = {"default": _database}

# ---- Redis, channel layer, cache, Celery --------------------------------------------------------

REDIS_URL = env_text("REDIS_URL", "" if EMBEDDED else None)
if REDIS_URL:
    CHANNEL_LAYERS: dict[str, Any] = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL], "prefix": "sightline"},
        }
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

SWEEP_INTERVAL_S = 5
RIGHTS_INTERVAL_S = 2  # what a manager turns off has ended within 5 s (S-07)
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {} if REDIS_URL else {"polling_interval": 0.02}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_SOFT_TIME_LIMIT = None if EMBEDDED else 60  # seconds; threads cannot be interrupted
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE = {
    "send-due-deliveries": {"task": "invitations.tasks.send_due_deliveries", "schedule": SWEEP_INTERVAL_S},
    "end-overdue-sessions": {"task": "invitations.tasks.end_overdue_sessions", "schedule": SWEEP_INTERVAL_S},
    "end-sessions-past-their-limits": {"task": "sessions.tasks.end_overdue", "schedule": SWEEP_INTERVAL_S},
    "withdraw-rights": {"task": "sessions.tasks.withdraw_rights", "schedule": RIGHTS_INTERVAL_S},
    "replace-lost-leads": {"task": "sessions.tasks.replace_lost_leads", "schedule": SWEEP_INTERVAL_S},
    "look-after-recordings": {"task": "lens.tasks.look_after_recordings", "schedule": RIGHTS_INTERVAL_S},
    "finish-ended-recordings": {"task": "lens.tasks.finish_ended_recordings", "schedule": SWEEP_INTERVAL_S},
    "delete-old-recordings": {"task": "lens.tasks.delete_old_recordings", "schedule": 3600},
    "delete-old-transcripts": {"task": "sessions.tasks.delete_old_transcripts", "schedule": 3600},
    "forget-old-codes": {"task": "invitations.tasks.forget_old_codes", "schedule": 600},
}

# ---- Sign-in ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "portals.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "portals.sign_in.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""

COOKIE_PREFIX = "__Host-" if SECURE else ""
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sightline"
SESSION_COOKIE_AGE = 12 * 3600  # seconds, absolute (S-31)
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portals.error_pages.csrf_failure"

# ---- API ----------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["portals.api_permissions.IsTechnician"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portals.api_parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "config.api_schema.RefusalsToo",
    "EXCEPTION_HANDLER": "portals.api_errors.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sightline",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "DEFAULT_GENERATOR_CLASS": "config.api_schema.OneAtATime",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["portals.api_permissions.IsTechnician"],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "SessionKind": "sessions.models.SupportSession.Kind",
        "SessionStatus": "sessions.states.Status",
        "TransferTargetKind": "sessions.transfers.TARGET_KINDS",
    },
}

# ---- Browser rules: one place, every response (S-60, S-61) --------------------------------------

_sockets = [f"ws{origin.removeprefix('http')}" for origin in ORIGINS]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF, *_sockets],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["lit-html"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: []
    for name in (
        "autoplay",
        "camera",
        "display-capture",
        "fullscreen",
        "geolocation",
        "hid",
        "microphone",
        "payment",
        "screen-wake-lock",
        "serial",
        "usb",
    )
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
# Never from an embedded run: a browser would remember it for every later server on localhost.
SECURE_HSTS_SECONDS = 31_536_000 if SECURE and not EMBEDDED else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE and not EMBEDDED
SECURE_REDIRECT_EXEMPT = [r"^(health|ready)z$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440

# ---- Static files -------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portals.lean_static.LeanStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"  # of the folder, only what a view gives out is reached
WHITENOISE_MAX_AGE = 3600  # seconds, for names without a hash
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = static_headers

# ---- Languages and time -------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_TZ = True
TIME_ZONE = "UTC"
LOCALE_PATHS = [BASE_DIR / "locale"]

# ---- Mail ---------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env_text("SIGHTLINE_FROM_EMAIL", "Sightline <sightline@localhost>" if EMBEDDED else None)
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10  # seconds
_email_url = env_text(
    "SIGHTLINE_EMAIL_URL", "" if EMBEDDED or "SIGHTLINE_EMAIL_BACKEND" in environ.Env.ENVIRON else None
)
if _email_url:
    _email = environ.Env.email_url_config(_email_url)
    EMAIL_BACKEND = _email["EMAIL_BACKEND"]
    EMAIL_HOST = _email["EMAIL_HOST"]
    EMAIL_PORT = _email["EMAIL_PORT"]
    EMAIL_HOST_USER = _email["EMAIL_HOST_USER"] or ""
    EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"] or ""
    EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
    EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
else:
    # A name from Anymail, for instance anymail.backends.postmark.EmailBackend.
    EMAIL_BACKEND = env_text("SIGHTLINE_EMAIL_BACKEND", "portals.mail_folder.EmailBackend")
# With it the provider tells what became of each mail; without it nobody can (its addresses do not exist).
_webhook_secret = env_secret("SIGHTLINE_WEBHOOK_SECRET", "") if env_is_given("SIGHTLINE_WEBHOOK_SECRET") else ""
if _webhook_secret and _webhook_secret.count(":") != 1:
    raise ImproperlyConfigured("SIGHTLINE_WEBHOOK_SECRET must be of the form name:password.")
ANYMAIL: dict[str, Any] = {
    **env_pairs("SIGHTLINE_ANYMAIL"),
    "IGNORE_UNSUPPORTED_FEATURES": True,  # some providers keep no metadata; their message id serves as well
    "WEBHOOK_SECRET": _webhook_secret,
}
MAIL_DIR = DATA_DIR / "mail"
SMS_SENDER = env_text("SIGHTLINE_SMS_SENDER", "")  # a function's dotted name, see invitations/sms.py; none: no SMS

# ---- TURN and STUN ------------------------------------------------------------------------------

STUN_URLS = env_list("SIGHTLINE_STUN_URLS", [])
TURN_URLS = env_list("SIGHTLINE_TURN_URLS", [])
TURN_SECRET = env_secret("SIGHTLINE_TURN_SECRET") if TURN_URLS else ""

# ---- The media relay ----------------------------------------------------------------------------

MEDIA_PORTS = env_port_range("SIGHTLINE_MEDIA_PORTS")
MEDIA_ADDRESSES = env_list("SIGHTLINE_MEDIA_ADDRESSES", [])

# ---- Logs: no code, token, SDP or chat text ever (S-76) -----------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "sightline": {"level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "ERROR"},
        "daphne": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
