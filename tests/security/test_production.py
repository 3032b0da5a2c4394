"""O01, O05: unsafe settings don't start, in a sentence; the headers and cookies of a production installation."""

import os
import subprocess
import sys

import pytest
from django.test import Client

from graduand import environment
from graduand.models import Deployment
from graduand.office.installation import deployment
from graduand.office.refusal import Refused

SAFE = {
    "demo": False,
    "debug": False,
    "behind_proxy": True,
    "hosts": ["biye.example.edu"],
    "secret": "kD8s-2jQ0zP7xVnB4mLw9Rt6Yh3Fg5Ca1Ee",
    "second_factor": "required",
}


def test_a_production_installation_starts():
    assert environment.unsafe(**SAFE) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"debug": True}, "GRADUAND_DEBUG"),
        ({"debug": True, "hosts": ["*"]}, "GRADUAND_DEBUG"),
        ({"hosts": ["*"]}, "GRADUAND_HOSTS"),
        ({"hosts": ["biye.example.edu", "*"]}, "GRADUAND_HOSTS"),
        ({"secret": "x" * 50}, "GRADUAND_SECRET_KEY"),
        ({"secret": f"django-insecure-{SAFE['secret']}"}, "GRADUAND_SECRET_KEY"),
        ({"second_factor": "optional"}, "GRADUAND_SECOND_FACTOR"),
    ],
)
def test_O01_an_unsafe_setting_is_a_sentence(change, word):
    found = environment.unsafe(**SAFE | change)
    assert any(word in sentence for sentence in found)
    assert environment.unsafe(**SAFE | change | {"demo": True}) == []


def test_debugging_is_for_ones_own_machine():
    local = {"debug": True, "behind_proxy": False, "hosts": ["localhost", "127.0.0.1"]}
    assert environment.unsafe(**SAFE | local | {"second_factor": "optional"}) == []


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("GRADUAND_HOSTS", "*", "GRADUAND_HOSTS 不能是 *"),
        ("GRADUAND_SECOND_FACTOR", "optional", "二次验证"),
        ("GRADUAND_SECOND_FACTOR", "sometimes", "看不懂"),
        ("GRADUAND_SECRET_KEY", "a" * 40, "太弱"),
    ],
)
def test_O01_the_program_does_not_start(tmp_path, name, value, word):
    kept = {key: text for key, text in os.environ.items() if not key.startswith("GRADUAND_")}
    done = subprocess.run(
        [sys.executable, "-m", "graduand.cli", "doctor"],
        capture_output=True,
        text=True,
        check=False,
        env=kept | {"GRADUAND_HOME": str(tmp_path), name: value, "PYTHONPATH": "src"},
    )
    assert (done.returncode, word in done.stderr, "Traceback" in done.stderr) == (2, True, False)


@pytest.fixture
def real_data(world):
    Deployment.objects.all().delete()


def test_O05_real_data_are_not_served_as_a_demonstration(real_data, settings):
    settings.GRADUAND_DEMO = True
    with pytest.raises(Refused, match="GRADUAND_DEMO"):
        deployment.check_safe()
    settings.GRADUAND_DEMO = False
    deployment.check_safe()


def test_O05_invented_data_are_not_served_to_the_world(world, settings):
    deployment.mark_demo()
    settings.ALLOWED_HOSTS = ["localhost"]
    deployment.check_safe()
    for change in ({"BEHIND_PROXY": True}, {"ALLOWED_HOSTS": ["biye.example.edu"]}):
        for key, value in change.items():
            setattr(settings, key, value)
        with pytest.raises(Refused, match="演示数据"):
            deployment.check_safe()


def test_cookies_and_headers_of_production():
    """In a process of its own: the tests' own settings bend what a plain http client could not keep."""
    program = (
        "from django.conf import settings as s; import django; django.setup();"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE,"
        "s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE, s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "__Host-sessionid",
        "__Host-csrftoken",
        "True",
        "True",
        "True",
        "Lax",
        "31536000",
        "True",
    ]


def test_headers_of_every_page(world, at):
    answer = at("a").get("/candidates", secure=True)
    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Permissions-Policy"].startswith("camera=(), microphone=()")
    assert Client().get("/login")["Cache-Control"].startswith("max-age=0")
    assert "no-store" in Client().get("/alive")["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in answer
    assert "Server" not in answer
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
