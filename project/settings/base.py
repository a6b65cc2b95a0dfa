"""Settings that hold everywhere."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import dj_database_url
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from project.settings.env import ROOT, read
from project.settings.hardening import *  # noqa: F403  (settings of one idea)
from project.settings.jobs import JOB_NAMES as JOB_NAMES  # noqa: PLC0414  (a setting)
from project.settings.people import *  # noqa: F403  (settings of one idea)
from project.settings.programs import *  # noqa: F403  (settings of one idea)
from project.settings.storage import files_of
from project.settings.unfold import UNFOLD as UNFOLD  # noqa: PLC0414  (a setting)

env = read()
BASE_DIR = ROOT
DEBUG = False
SECRET_KEY = env.assets_secret_key.get_secret_value()
FIELD_KEYS = [
    key.strip() for key in env.assets_field_keys.get_secret_value().split(",") if key.strip()
]
ALLOWED_HOSTS = [host.strip() for host in env.assets_allowed_hosts.split(",") if host.strip()]
BASE_URL = env.assets_base_url.rstrip("/")

INSTALLED_APPS = [
    # Unfold and its parts stand before what they restyle, or those pages lose their style silently.
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.simple_history",
    "project",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "import_export",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "oauth2_provider",
    # Serves what its page of documentation needs, so that the page works offline.
    "ninja",
    "apps.common",
    "apps.audit",
    "apps.accounts",
    "apps.programs",
    "apps.notifications",
    "apps.approvals",
    "apps.wallets",
    "apps.assets",
    "apps.tickets",
    "apps.reports",
    "apps.webhooks",
    "apps.api",
]

MIDDLEWARE = [
    # First, so that redirects and static files have their headers too.
    "apps.common.headers.HeadersMiddleware",
    "apps.common.headers.PolicyMiddleware",
    "project.failing.FailurePagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.audit.middleware.AuditMiddleware",
    "apps.api.middleware.ApiMiddleware",
    "apps.accounts.signing_in.middleware.SessionLimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.signing_in.asking_again.StepUpMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    # Behind the others, whose work the pages of signing in need too.
    "apps.accounts.signing_in.middleware.SecondFactorMiddleware",
]

ROOT_URLCONF = "project.urls"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "project" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.accounts.signing_in.context.account_pages",
            ]
        },
    }
]

TIME_ZONE = env.assets_time_zone
DATABASES = {
    "default": dj_database_url.parse(
        env.database_url or "postgres://assets@127.0.0.1:1/no-database-is-configured",
        conn_health_checks=True,
    )
}
_options = DATABASES["default"].get("OPTIONS", {})
# A pool that found no server tries again after 1, 2, 4 … seconds, by itself for five minutes: then
# it may sleep a minute after the server is back, and everybody gets an error. So it gives up with
# the person who waits, and the next one starts it afresh.
_POOL = {"min_size": 1, "max_size": 8, "timeout": 10, "reconnect_timeout": 10}
DATABASES["default"] |= {
    "ENGINE": "apps.common.postgresql",
    "PASSWORD": DATABASES["default"]["PASSWORD"] or env.database_password.get_secret_value(),
    # A socket folder comes as ?host=, and `dbshell` looks for it in its own place.
    "HOST": _options.pop("host", DATABASES["default"]["HOST"]),
    "OPTIONS": {
        **_options,
        "pool": _POOL,
        # The database counts by days of the office.
        "options": f"{_options.get('options', '')} -c assets.time_zone={TIME_ZONE}".strip(),
    },
}
REPORTS_ROLE = env.assets_reports_role
SCREEN_SECONDS = env.assets_screen_seconds
REPORTS_PER_PERSON = env.assets_reports_per_person
REPORTS_QUERY_SECONDS = 60 * env.assets_reports_query_minutes
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
TRUSTED_PROXY_COUNT = env.assets_trusted_proxy_count

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT: Path | None = env.assets_local / "static"
MEDIA_ROOT = env.assets_files or env.assets_local / "files"
HEADS_ROOT = env.assets_heads or MEDIA_ROOT / "heads"
HEADS_RECIPIENTS = [name.strip() for name in env.assets_heads_email.split(",") if name.strip()]
STORAGES = {
    "default": files_of(env),
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# Whoever develops a receiver has it on their own machine. Nobody else needs this.
WEBHOOKS_ALLOW_LOOPBACK = False

REMIND_BEFORE = timedelta(hours=env.assets_remind_before)

REDIS_URL = env.redis_url or "redis://127.0.0.1:1/0"
CACHES = {"default": {"BACKEND": "apps.common.counting_cache.CountingCache", "LOCATION": REDIS_URL}}

# A row is the promise and a message only the doorbell, so a message may come twice or late.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A person who clicks is told at once that the broker is away; the sweep rings again later.
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "retry_policy": {"timeout": 3},
}
# A worker without --queues takes from all.
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name}
    for name in ("celery", "reports-small", "reports-large", "reports-parts")
}
CELERY_TASK_ROUTES = {
    "apps.reports.tasks.build": {"queue": "reports-large"},
    "apps.reports.tasks.build_small": {"queue": "reports-small"},
    "apps.reports.tasks.print_part": {"queue": "reports-parts"},
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "project.beat:HeartbeatScheduler"
CELERY_BEAT_SCHEDULE = {
    "accounts-expire-factor-resets": {
        "task": "apps.accounts.tasks.expire_factor_resets",
        "schedule": timedelta(hours=1),
    },
    "accounts-forget-sessions": {
        "task": "apps.accounts.tasks.forget_sessions",
        "schedule": timedelta(hours=1),
    },
    "api-forget-answers": {
        "task": "apps.api.tasks.forget_answers",
        "schedule": timedelta(hours=1),
    },
    "approvals-remind-and-escalate": {
        "task": "apps.approvals.tasks.remind_and_escalate",
        "schedule": timedelta(minutes=5),
    },
    "audit-seal": {"task": "apps.audit.tasks.seal", "schedule": timedelta(minutes=1)},
    "audit-write-heads": {"task": "apps.audit.tasks.write_heads", "schedule": timedelta(minutes=1)},
    "audit-mail-heads": {
        "task": "apps.audit.tasks.mail_heads",
        "schedule": crontab(hour=6, minute=0),
    },
    "audit-forget-runs": {
        "task": "apps.audit.tasks.forget_runs",
        "schedule": crontab(hour=4, minute=0),
    },
    "programs-rotate-signing-keys": {
        "task": "apps.programs.tasks.rotate_signing_keys",
        "schedule": crontab(hour=2, minute=30),
    },
    "programs-sweep": {"task": "apps.programs.tasks.sweep", "schedule": timedelta(hours=1)},
    "wallets-seal": {"task": "apps.wallets.tasks.seal_ledger", "schedule": timedelta(minutes=1)},
    "wallets-check-books": {
        "task": "apps.wallets.tasks.check_books",
        "schedule": crontab(hour=3, minute=0),
    },
    "wallets-sweep-books-checks": {
        "task": "apps.wallets.tasks.sweep_books_checks",
        "schedule": timedelta(minutes=1),
    },
    "notifications-sweep": {
        "task": "apps.notifications.tasks.sweep",
        "schedule": timedelta(minutes=1),
    },
    "wallets-expire-holds": {
        "task": "apps.wallets.tasks.expire_holds",
        "schedule": timedelta(minutes=5),
    },
    "wallets-roll-up": {
        "task": "apps.wallets.tasks.roll_up",
        "schedule": timedelta(seconds=15),
    },
    "wallets-sweep-imports": {
        "task": "apps.wallets.tasks.sweep_imports",
        "schedule": timedelta(minutes=1),
    },
    "tickets-expire": {"task": "apps.tickets.tasks.expire", "schedule": timedelta(minutes=5)},
    "tickets-collect-receivables": {
        "task": "apps.tickets.tasks.collect_receivables",
        "schedule": timedelta(minutes=5),
    },
    "tickets-remind-debtors": {
        "task": "apps.tickets.tasks.remind_debtors",
        "schedule": timedelta(hours=1),
    },
    "assets-plan-maintenance": {
        "task": "apps.assets.tasks.plan_maintenance",
        "schedule": timedelta(hours=1),
    },
    "tickets-expire-extensions": {
        "task": "apps.tickets.tasks.expire_extensions",
        "schedule": timedelta(minutes=5),
    },
    "tickets-offer-what-is-free": {
        "task": "apps.tickets.tasks.offer_what_is_free",
        "schedule": timedelta(minutes=1),
    },
    "tickets-sweep-receipts": {
        "task": "apps.tickets.receipts.tasks.sweep_receipts",
        "schedule": timedelta(minutes=1),
    },
    "tickets-remind": {"task": "apps.tickets.tasks.remind", "schedule": timedelta(minutes=5)},
    "reports-sweep": {"task": "apps.reports.tasks.sweep", "schedule": timedelta(minutes=1)},
    "reports-sweep-orphans": {
        "task": "apps.reports.tasks.sweep_orphans",
        "schedule": timedelta(hours=1),
    },
    "reports-fire-schedules": {
        "task": "apps.reports.scheduling.tasks.fire_schedules",
        "schedule": timedelta(minutes=1),
    },
    "reports-remove-expired": {
        "task": "apps.reports.tasks.remove_expired",
        "schedule": timedelta(hours=1),
    },
    "webhooks-forget": {
        "task": "apps.webhooks.tasks.forget",
        "schedule": crontab(hour=4, minute=20),
    },
    "webhooks-sweep": {"task": "apps.webhooks.tasks.sweep", "schedule": timedelta(minutes=1)},
}

_mail = urlsplit(env.assets_email_url.get_secret_value())
_backend = "smtp" if _mail.scheme.startswith("smtp") else "console"
EMAIL_BACKEND = f"django.core.mail.backends.{_backend}.EmailBackend"
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or 25
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.assets_email_from
SERVER_EMAIL = env.assets_email_from

SIMPLE_HISTORY_DATE_INDEX = "Composite"
IMPORT_EXPORT_USE_TRANSACTIONS = True
# Without these two, staff with no permission at all may import and export.
IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"

LOGGING_CONFIG = "project.logs.configure"
DEFAULT_EXCEPTION_REPORTER_FILTER = "project.logs.ReporterFilter"
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
        "json": {"()": "project.logs.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # They tell each step of each page, and the whole of each URL.
    "loggers": {
        name: {"level": "WARNING"}
        for name in ("fontTools", "httpx", "pikepdf", "weasyprint.progress")
    },
}
