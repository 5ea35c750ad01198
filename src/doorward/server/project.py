"""The settings of the Django project, made from the server's own settings.

Importing this module reads the settings file and nothing else: it makes no file and opens no database.
"""

from __future__ import annotations

import secrets
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
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "doorward.server.system",
    "doorward.server.operators",
    "doorward.server.devices",
    "doorward.server.events",
    "doorward.server.certificates",
    "doorward.server.orders",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
STATIC_URL = "static/"
# Styles and scripts are served from where the packages keep them; nothing is collected or fetched.
WHITENOISE_USE_FINDERS = True
ROOT_URLCONF = "doorward.server.urls"
ASGI_APPLICATION = "doorward.server.asgi.application"
USE_TZ = True
TIME_ZONE = DOORWARD.time_zone
LANGUAGE_CODE = DOORWARD.language
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The command line sets up logging; Django's own set-up would write to places of its own.
LOGGING_CONFIG = None
