"""Signing in and out: a session of Django's, a new session key, and only our own pages to come back to."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

# A longer one is nobody's, and hashing it would only cost time (S12).
LONGEST = 256


def own_page(request: HttpRequest, target: str) -> str:
    """`target` when it is a page of ours, else the home page (S04)."""
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe and target.startswith("/") else "/"


@never_cache
@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form, and what it sends; an unknown name and a wrong password get the same answer."""
    target = own_page(request, request.POST.get("next") or request.GET.get("next") or "/")
    username, error = request.POST.get("username", "").strip()[:LONGEST], ""
    if request.method == "POST":
        password = request.POST.get("password", "")
        user = (
            authenticate(request, username=username, password=password) if len(password) <= LONGEST else None
        )
        if user is not None:
            login(request, user)
            return redirect(target)
        error = "账号或密码不对，请重新输入。"
    page = {"error": error, "next": target, "username": username, "demo": settings.GRADUAND_DEMO}
    return render(request, "pages/login.html", page, status=401 if error else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session on the server; the browser is told to forget what it kept."""
    logout(request)
    answer = redirect("/login")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer
