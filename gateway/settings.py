"""The settings of the house; everything that varies comes from the environment."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from gateway.databases import databases
from gateway.logs import logging_settings
from gateway.notifying import quiet
from gateway.production import faults
from gateway.proxies import networks
from nfc_topup.guard_limits import read_limits
from reserve_funds.custody.rules import calendar, issuers

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("GATEWAY_DATA_DIR") or BASE_DIR / "var").resolve()
GATEWAY_ENV = os.environ.get("GATEWAY_ENV") or "production"
GATEWAY_PROCESS = os.environ.get("GATEWAY_PROCESS") or "web"
IS_SANDBOX = GATEWAY_ENV == "sandbox"

DEBUG = IS_SANDBOX and os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = [name.strip() for name in os.environ.get("ALLOWED_HOSTS", "").split(",") if name]
SECRET_KEY = os.environ.get("SECRET_KEY", "")
CARD_VAULT = os.environ.get("CARD_VAULT") or ("software" if IS_SANDBOX else "pkcs11")
PKCS11_MODULE = os.environ.get("PKCS11_MODULE", "")
PKCS11_TOKEN = os.environ.get("PKCS11_TOKEN", "")
PKCS11_SESSION_KEY = os.environ.get("PKCS11_SESSION_KEY") or "des2"
PKCS11_PROCESSES = int(os.environ.get("PKCS11_PROCESSES") or 2)
PKCS11_WAITING = int(os.environ.get("PKCS11_WAITING") or 32)
PKCS11_TIMEOUT_MS = int(os.environ.get("PKCS11_TIMEOUT_MS") or 3_000)
# Wrong MAC1s before a lock: scope=failures/window s/lock s; see nfc_topup/guard_limits.py.
CARD_GUARD_LIMITS = read_limits(os.environ.get("CARD_GUARD_LIMITS", ""))
# Hours and days of loss reports, replacements and redemptions; empty: the packaged terms.toml.
CARD_SERVICE_TERMS = os.environ.get("CARD_SERVICE_TERMS", "")
# What operators take as a deposit and when it goes back; empty: the packaged terms.toml (none).
DEPOSIT_TERMS = os.environ.get("DEPOSIT_TERMS", "")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_q",
    "accounts",
    "reserve_funds",
    "reserve_funds.custody.cases",
    "reserve_funds.custody.losses",
    "reserve_funds.custody.bank",
    "reserve_funds.custody.matching",
    "reserve_funds.custody.placements",
    "reserve_funds.custody.coverage",
    "reserve_funds.custody.cutover",
    "reserve_funds.custody.closing",
    "reserve_funds.custody.bridges",
    "nfc_topup",
    "gateway.idempotency",
    "gateway.messages",
    "gateway.payments",
    "gateway.topup",
    "gateway.server_fetch",
    "gateway.card_service",
    "gateway.assisting",
    "gateway.bulk",
    "gateway.deposits",
    "gateway.kiosk",
    "gateway.reconciliation",
    "gateway.bank_line",
    "gateway.sightings",
    "gateway.invoice",
    "gateway.notifying",
    "gateway.events",
    "gateway.pages",
    "gateway.console",
    "gateway.certification",
    "gateway.web",
]

environment = dict(os.environ)
if IS_SANDBOX:
    from gateway.sandbox import box

    INSTALLED_APPS += ["gateway.sandbox"]
    ALLOWED_HOSTS = ALLOWED_HOSTS or ["127.0.0.1", "localhost", "[::1]", "testserver"]
    SECRET_KEY = SECRET_KEY or box.secret_key(DATA_DIR)
    environment = box.with_embedded_database(environment, DATA_DIR)
elif GATEWAY_ENV != "production":
    raise ImproperlyConfigured("GATEWAY_ENV is neither sandbox nor production.")
elif found_faults := faults(environment, INSTALLED_APPS, data_dir=DATA_DIR):
    raise ImproperlyConfigured(f"Production refuses to start: {'; '.join(found_faults)}.")

ROOT_URLCONF = "gateway.urls"
WSGI_APPLICATION = "gateway.wsgi.application"
AUTH_USER_MODEL = "accounts.Person"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = databases(environment, GATEWAY_PROCESS)
DATABASE_ROUTERS = ["gateway.databases.OwnerMigrates"]

MIDDLEWARE = [
    "gateway.logs.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "gateway.headers.PageHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "gateway.problems.PagesSayWhatWentWrong",
    "gateway.console.door.Door",
    "gateway.web.door.Door",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "gateway.pages.looks.to_templates",
                "gateway.console.door.to_templates",
            ]
        },
    },
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_HTTPONLY = True

STATIC_URL = "static/"
STATIC_ROOT = os.environ.get("STATIC_ROOT") or None
WHITENOISE_USE_FINDERS = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
# With "no-referrer" a browser says `Origin: null` on a POST, and no form of ours could be sent.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if IS_SANDBOX else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not IS_SANDBOX
SECURE_SSL_REDIRECT = not IS_SANDBOX
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
if os.environ.get("BEHIND_TLS_PROXY") == "1":
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_COOKIE_SECURE = not IS_SANDBOX
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "gateway.problems.not_allowed"
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

REST_FRAMEWORK = {
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["gateway.api.authentication.BearerAuthentication"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["gateway.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "gateway.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "iso-8601",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Transport card gateway 交通卡充值与支付网关",
    "DESCRIPTION": "Top-ups, loads and the reserve ledger behind them. Amounts are integer fen.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "gateway.api.document.describe_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# The queue is a bell and nothing more: see the traps of django-q2 1.11 in docs/adr.
Q_CLUSTER = {
    "name": "gateway",
    "orm": "default",
    "workers": 1,
    "queue_limit": 1,
    "timeout": 60,
    "retry": 90,
    "max_attempts": 3,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": -1,
    "recycle": 1_000_000,
    "poll": 0.5,
    "bulk": 1,
    "log_level": "WARNING",
}

LOGGING = logging_settings(os.environ.get("LOG_LEVEL") or "INFO")

# Who sends short messages: aliyun; sandbox shows them on a page and never works in production.
SMS_PROVIDER = os.environ.get("SMS_PROVIDER") or ("sandbox" if IS_SANDBOX else "")

# Within these hours of Shanghai no short message goes out but urgent ones; empty: none are quiet.
NOTICE_QUIET_HOURS = quiet.read(os.environ.get("NOTICE_QUIET_HOURS", "22:00-08:00"))

# Paid money that was never loaded goes back to the payer after so many days.
UNLOADED_RETURN_DAYS = int(os.environ.get("UNLOADED_RETURN_DAYS") or 7)

# After these working days money set aside for a load in doubt needs two signatures at the close.
CUSTODY_DOUBT_WORKING_DAYS = int(os.environ.get("CUSTODY_DOUBT_WORKING_DAYS") or 3)
# Public keys (hex, in words) whose signatures under the seals of closed days are believed.
DAY_SEAL_PUBLIC_KEYS = frozenset(
    bytes.fromhex(key) for key in os.environ.get("DAY_SEAL_PUBLIC_KEYS", "").split()
)

# Channels' pushes are kept as they came for so long (R24: ten years); never under half a year.
NOTICES_KEPT_DAYS = int(os.environ.get("NOTICES_KEPT_DAYS") or 10 * 366)

# Secrets that sign outgoing events, their names being their key ids: the first signs, all are told.
EVENT_SIGNING_KEYS = (os.environ.get("EVENT_SIGNING_KEYS") or "event-signing-1").split()

# Working days of years that the house does not know by itself: a folder, one TOML file a year.
if os.environ.get("WORKING_CALENDARS"):
    calendar.read_folder(Path(os.environ["WORKING_CALENDARS"]))

# What issuers offer of one top-up, where it is not the profile's default (R15): a TOML file.
if os.environ.get("ISSUER_TOP_UPS"):
    issuers.read_file(Path(os.environ["ISSUER_TOP_UPS"]))

# Outgoing events can be told again for so long.
EVENTS_KEPT_DAYS = int(os.environ.get("EVENTS_KEPT_DAYS") or 90)

# Proxies of ours, as networks: X-Forwarded-For counts only as far as they wrote it.
TRUSTED_PROXIES = networks(os.environ.get("TRUSTED_PROXIES") or "")
