"""The one settings module; what differs between installations comes from the environment
(`environment`).
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from graduand import environment, logs

PACKAGE = Path(__file__).resolve().parent

try:
    GRADUAND_HOME = environment.home_folder()
    GRADUAND_KEYS = GRADUAND_HOME / "keys"
    GRADUAND_DEMO = environment.flag("GRADUAND_DEMO")
    GRADUAND_NOW = environment.office_clock(demo=GRADUAND_DEMO)
    DEBUG = environment.flag("GRADUAND_DEBUG")
    BEHIND_PROXY = environment.flag("GRADUAND_BEHIND_PROXY")
    SECOND_FACTOR = environment.choice(
        "GRADUAND_SECOND_FACTOR",
        ("required", "optional"),
        "optional" if GRADUAND_DEMO or DEBUG else "required",
    )
    PASSWORD_PROFILE = environment.choice("GRADUAND_PASSWORD_PROFILE", ("asvs", "djbh"), "asvs")
    # After how many days unfinished work is an alarm on the home page, and how many days ahead a
    # deadline is one.
    ALARM_DAYS = environment.days(
        "GRADUAND_ALARM_DAYS",
        {
            "review": 3,
            "returned": 5,
            "parcel": 7,
            "case": 10,
            "deadline": 3,
            "promise": 14,
            "voided": 30,
        },
    )
    # How else the names of carriers are written: a parcel says the one name of its carrier.
    CARRIERS = environment.spellings(
        "GRADUAND_CARRIERS",
        {
            "顺丰": ("顺丰速运", "顺丰快递", "顺丰速递", "SF", "SF Express"),
            "邮政特快专递": ("EMS", "邮政EMS", "中国邮政EMS", "中国邮政速递物流", "邮政速递"),
            "邮政": ("中国邮政", "邮局", "邮政快递", "邮政快递包裹"),
            "京东": ("京东物流", "京东快递", "京东快运"),
            "中通": ("中通快递", "中通速递"),
            "圆通": ("圆通速递", "圆通快递"),
            "申通": ("申通快递", "申通速递"),
            "韵达": ("韵达快递", "韵达速递"),
            "极兔": ("极兔速递", "极兔快递"),
            "德邦": ("德邦快递", "德邦物流"),
        },
    )
    # For how many days the files that people sent are kept; the data imported from them are kept
    # for ever.
    KEPT_DAYS = environment.days("GRADUAND_KEPT_DAYS", {"photos": 30})
    # For how long a piece of background work may be silent before another worker takes it up, and
    # how long a failed one waits before each further try; after the last one it is given up.
    JOB_LEASE_SECONDS = environment.seconds("GRADUAND_JOB_LEASE_SECONDS", 60)
    JOB_RETRY_SECONDS = environment.several_seconds("GRADUAND_JOB_RETRY_SECONDS", (5, 30))
    SECRET_KEY = environment.secret(GRADUAND_KEYS / "secret.key")
    DATABASES = {"default": environment.database(GRADUAND_HOME)}
except environment.BadEnvironment as problem:
    raise ImproperlyConfigured(str(problem)) from problem
ALLOWED_HOSTS = environment.words("GRADUAND_HOSTS", "localhost,127.0.0.1,[::1]")
if unsafe := environment.unsafe(
    demo=GRADUAND_DEMO,
    debug=DEBUG,
    behind_proxy=BEHIND_PROXY,
    hosts=ALLOWED_HOSTS,
    secret=SECRET_KEY,
    second_factor=SECOND_FACTOR,
):
    raise ImproperlyConfigured("；".join(unsafe))
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
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "graduand",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "graduand.pages.door.headers.Headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "graduand.pages.door.nul_filter.NulFilter",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "graduand.pages.door.session_limits.SessionLimits",
    "graduand.pages.door.access_records.AccessRecords",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "graduand.pages.frame.jinja.environment"},
    }
]

# ---- language and time: birthdays are dates, moments are aware, staff read Beijing time
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# ---- sign-in: allauth's flows in our own pages; why each is as it is: docs/adr/0009
LOGIN_URL = "/login"
CSRF_FAILURE_VIEW = "graduand.pages.door.error_pages.csrf_failed"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "graduand.pages.door.sign_in_ways.AccountWays"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "graduand.pages.door.sign_in_forms.SignInForm",
    "reauthenticate": "graduand.pages.door.sign_in_forms.PasswordAgainForm",
}
# Its limits live in a cache and lock an account for everybody; ours are in the database
# (office/people/throttle.py).
ACCOUNT_RATE_LIMITS = MFA_RATE_LIMITS = False
MFA_ADAPTER = "graduand.pages.door.sign_in_ways.FactorWays"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_TOLERANCE = 1
MFA_TOTP_ISSUER = "毕业审核与证书平台"
MFA_RECOVERY_CODE_DIGITS = 12
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
MFA_FORMS = {
    "authenticate": "graduand.pages.door.sign_in_forms.CodeForm",
    "reauthenticate": "graduand.pages.door.sign_in_forms.CodeAgainForm",
    "activate_totp": "graduand.pages.door.sign_in_forms.NewTotpForm",
    "authenticate_webauthn": "graduand.pages.door.sign_in_forms.KeyForm",
    "reauthenticate_webauthn": "graduand.pages.door.sign_in_forms.KeyAgainForm",
}
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "graduand.office.people.passwords.LongEnough"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "graduand.office.people.passwords.NotAboutThePerson"},
    {"NAME": "graduand.office.people.passwords.AsTheProfileAsks"},
]
IDLE_SECONDS = 30 * 60
FRESH_SECONDS = 10 * 60  # for how long a proof of identity opens the guarded acts
MOST_SITTINGS = 5
PICK_SECONDS = (
    30 * 60
)  # for how long an open confirmation, or a form that waits for a proof, can be sent
MOST_PICKED = 200_000  # people in one bulk act

# A GET that tries to write is an error in development; elsewhere it gives a line in the log and a
# sentence.
LOOKING_IS_STRICT = DEBUG

# ---- static files: collected into the home folder by `graduand serve`, served compressed under
# hashed names
STATIC_URL = "/static/"
STATIC_ROOT = GRADUAND_HOME / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# ---- what people send in: kept beside the data, never in a public temporary folder
MEDIA_ROOT = GRADUAND_HOME / "files"
FILE_UPLOAD_TEMP_DIR = GRADUAND_HOME / "tmp"
MOST_SHEET_BYTES = 100 << 20  # the most bytes of a workbook sent through a page
SHEET_AT_ONCE_BYTES = (
    256 << 10
)  # a file up to this size is imported while the person waits, a larger one by the worker
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000  # a page of 200 rows with a few fields each

# ---- the browser: nothing from elsewhere, nothing inline, cookies over TLS only (the demo does
# without)
CSRF_TRUSTED_ORIGINS = environment.words("GRADUAND_ORIGINS")
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
SESSION_COOKIE_NAME = "sessionid"
CSRF_COOKIE_NAME = "csrftoken"
SECURE_HSTS_SECONDS = 0
if SECURE_COOKIES:
    # A name with this prefix is only ever set over TLS, for this host and for every path.
    SESSION_COOKIE_NAME = f"__Host-{SESSION_COOKIE_NAME}"
    CSRF_COOKIE_NAME = f"__Host-{CSRF_COOKIE_NAME}"
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
CSRF_COOKIE_HTTPONLY = True
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_COOKIES
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60  # also for a session that is in use
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# ---- the person to call when the background work stands still
HELP_CONTACT = os.environ.get("GRADUAND_HELP_CONTACT", "").strip() or "系统管理员"

# ---- logs
LOGGING = logs.logging_settings(
    level=os.environ.get("GRADUAND_LOG_LEVEL", "INFO").upper(),
    as_json=os.environ.get("GRADUAND_LOG_FORMAT", "text") == "json",
)
logs.configure_structlog()
