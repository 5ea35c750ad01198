"""The settings of the Django project, made from the server's own settings.

Importing this module reads the settings file and nothing else: it makes no file and opens no database.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doorward.server.crypto import KeyFileError, read_key_file
from doorward.server.settings import load_settings

if TYPE_CHECKING:
    from doorward.server.settings import ServerSettings

DOORWARD: ServerSettings = load_settings()


def _signing_keys() -> list[str]:
    # Sessions and signed links hold as long as the key file does. Commands that run before there is one sign nothing
    # that lasts; 'doorward serve' refuses to start without the file.
    try:
        return read_key_file(DOORWARD.key_path).derive("django signing")
    except KeyFileError:
        return [secrets.token_hex()]


SECRET_KEY, *SECRET_KEY_FALLBACKS = _signing_keys()
DEBUG = False
ALLOWED_HOSTS = list(DOORWARD.web.hosts)
DATABASES: dict[str, dict[str, Any]] = {"default": DOORWARD.database_target.django}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "operators.Operator"
# The first refuses whoever failed too often; the second knows passwords and rights.
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "doorward.server.operators.backend.RoleBackend"]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # nobody can lock out somebody else from elsewhere
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = ["axes.W002"]  # its page for the locked out is not needed: the form says it
AXES_DISABLE_ACCESS_LOG = True  # the audit log tells it
AXES_SENSITIVE_PARAMETERS = ["code", "csrfmiddlewaretoken", "new_password1", "new_password2", "old_password"]
AXES_CLIENT_IP_CALLABLE = "doorward.server.operators.logins.client_address"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
INSTALLED_APPS = [
    # The console's templates win over those of the theme, and those over the admin's.
    "doorward.server.console",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "doorward.server.console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "axes",
    "doorward.server.system",
    "doorward.server.operators",
    "doorward.server.audit",
    "doorward.server.devices",
    "doorward.server.discovery",
    "doorward.server.holds",
    "doorward.server.modes",
    "doorward.server.jobs",
    "doorward.server.events",
    "doorward.server.agents",
    "doorward.server.certificates",
    "doorward.server.orders",
    "doorward.server.webhooks",
    "doorward.server.doors",
    "doorward.server.people",
    "doorward.server.access",
    "doorward.server.sync",
    "doorward.server.ports_pages",
    "doorward.server.system_pages",
    "doorward.server.imports",
    "doorward.server.enrolment",
    "doorward.server.takeover",
    "doorward.server.backup",
]
MIDDLEWARE = [
    "doorward.server.system.pages.health_first",
    "doorward.server.operators.middleware.ActorMiddleware",
    "doorward.server.access_log.access_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "doorward.server.console.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "doorward.server.operators.middleware.SessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "doorward.server.console.middleware.operator_language",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
# Who did what stands in the audit log, not in a history of the theme; there is no other site to look at.
UNFOLD = {"SITE_TITLE": "Doorward", "SITE_HEADER": "Doorward", "SHOW_HISTORY": False, "SHOW_VIEW_ON_SITE": False}
STATIC_URL = "static/"
# Styles and scripts are served from where the packages keep them; nothing is collected or fetched.
WHITENOISE_USE_FINDERS = True
ROOT_URLCONF = "doorward.server.urls"
ASGI_APPLICATION = "doorward.server.asgi.application"
USE_TZ = True
TIME_ZONE = DOORWARD.time_zone
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ko", "한국어")]
LANGUAGE_CODE = DOORWARD.language if DOORWARD.language in dict(LANGUAGES) else "en"
LOCALE_PATHS = [Path(__file__).parent / "console" / "locale"]
CSRF_FAILURE_VIEW = "doorward.server.console.errors.forged"
LOGIN_URL = "admin:login"
FORMAT_MODULE_PATH = "doorward.server.console.formats"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 12 * 3600  # a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The command line sets up logging; Django's own set-up would write to places of its own.
LOGGING_CONFIG = None
