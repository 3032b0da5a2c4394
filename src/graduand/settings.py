"""The one settings module; what differs between installations comes from the environment (`surroundings`)."""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from graduand import logs, surroundings

PACKAGE = Path(__file__).resolve().parent

try:
    GRADUAND_HOME = surroundings.home_folder()
    GRADUAND_KEYS = GRADUAND_HOME / "keys"
    GRADUAND_DEMO = surroundings.flag("GRADUAND_DEMO")
    GRADUAND_NOW = surroundings.office_clock(demo=GRADUAND_DEMO)
    DEBUG = surroundings.flag("GRADUAND_DEBUG")
    BEHIND_PROXY = surroundings.flag("GRADUAND_BEHIND_PROXY")
    SECRET_KEY = surroundings.secret(GRADUAND_KEYS / "secret.key")
    DATABASES = {"default": surroundings.database(GRADUAND_HOME)}
except surroundings.BadSurroundings as problem:
    raise ImproperlyConfigured(str(problem)) from problem
if os.environ.get("STORAGE_URL"):
    raise ImproperlyConfigured("本版本只支持本地目录存储，请去掉环境变量 STORAGE_URL。")

# ---- the program
ROOT_URLCONF = "graduand.urls"
WSGI_APPLICATION = "graduand.wsgi.application"
AUTH_USER_MODEL = "graduand.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "graduand",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "graduand.pages.jinja.environment"},
    }
]

# ---- language and time: birthdays are dates, moments are aware, staff read Beijing time
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# ---- sign-in
LOGIN_URL = "/login"
CSRF_FAILURE_VIEW = "graduand.pages.troubles.csrf_failed"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# ---- static files: collected into the home folder by `graduand serve`, served compressed under hashed names
STATIC_URL = "/static/"
STATIC_ROOT = GRADUAND_HOME / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---- what people send in: kept beside the data, never in a public temporary folder
MEDIA_ROOT = GRADUAND_HOME / "files"
FILE_UPLOAD_TEMP_DIR = GRADUAND_HOME / "tmp"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # a page of 200 rows with a few fields each

# ---- the browser: nothing from elsewhere, nothing inline, cookies over TLS only (the demo does without)
ALLOWED_HOSTS = surroundings.words("GRADUAND_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = surroundings.words("GRADUAND_ORIGINS")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
SECURE_COOKIES = not (GRADUAND_DEMO or DEBUG)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- logs
LOGGING = logs.logging_settings(
    level=os.environ.get("GRADUAND_LOG_LEVEL", "INFO").upper(),
    as_json=os.environ.get("GRADUAND_LOG_FORMAT", "text") == "json",
)
logs.configure_structlog()
