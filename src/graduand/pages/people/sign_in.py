"""Signing in and out: allauth's views behind our pages, second factor, activation."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.views import LoginView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as MfaReauthenticateView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render

from graduand.office import account_log
from graduand.office.people import passwords, pending_forms, sign_in, throttle
from graduand.office.people.second_person import consents
from graduand.office.refusal import Refused
from graduand.pages.door import access, pending_sign_in, visitors
from graduand.pages.door.error_pages import error_page
from graduand.pages.frame.acts import consent_words
from graduand.rulebook.people.account_terms import Deed

TIMED_OUT = "长时间没有操作，已自动退出，请重新登录。"
WRONG_KEY = "没有识别到通行密钥，请重试，或改用验证码。"
STATUS = {"too_fast": 429}


class _SaysWhy:
    """A form that is not valid answers with a status that says so, and with the first sentence."""

    refused = 401

    def form_invalid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_invalid(form)  # type: ignore[misc]  # allauth's view comes after
        codes = [
            problem.code for problems in form.errors.as_data().values() for problem in problems
        ]
        answer.status_code = next((STATUS[code] for code in codes if code in STATUS), self.refused)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]  # as above
        error = ""
        if (form := page.get("form")) is not None:
            error = next((str(e) for errors in form.errors.values() for e in errors), "")
        return page | {"error": error, "next": page.get("redirect_field_value") or ""}


class SignIn(_SaysWhy, LoginView):
    """账号 and 密码; an unknown name and a wrong password get the same answer."""

    template_name = "pages/people/sign_in/login.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Ends a waiting sign-in that can't be completed any more, so that another one may begin."""
        if why := pending_sign_in.ended(request):
            if request.method != "POST":
                return pending_sign_in.leave(request, why)
            pending_sign_in.end(request)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        username = self.request.POST.get("username", "").strip()[: passwords.LONGEST]
        note = ""
        if "timeout" in self.request.GET:
            note = TIMED_OUT
        activated = "activated" in self.request.GET
        return page | {
            "username": username,
            "demo": settings.GRADUAND_DEMO,
            "note": note,
            "ended": pending_sign_in.sentence(self.request.GET.get("ended", "")),
            "activated": activated,
        }


class SecondStep(_SaysWhy, AuthenticateView):
    """A code from the app, a recovery code, or a passkey."""

    template_name = "pages/people/sign_in/second_step.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Where nothing can be shown any more, the sign-in page says why and asks anew."""
        why = pending_sign_in.ended(request)
        if why is None and request.method == "POST" and pending_sign_in.none_waits(request):
            why = pending_sign_in.EndReason.GONE
        if why:
            return pending_sign_in.leave(request, why)
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        self.auth_form = form
        if "code" not in form.fields:
            self.auth_form = self.get_form_class()(user=self.stage.login.user)
        return super().form_invalid(form)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        posted = next((f for f in (self.webauthn_form,) if f is not None and f.is_bound), None)
        if posted is not None and posted.errors:
            page["error"] = next(str(e) for errors in posted.errors.values() for e in errors)
        return page | {"person": self.stage.login.user.name, **_ways(self.stage.login.user)}


class AgainByPassword(_SaysWhy, ReauthenticateView):
    """Proof of identity for accounts without a second factor."""

    template_name = "pages/people/sign_in/again.html"

    def form_valid(self, form: Any) -> HttpResponse:
        _verified(self.request)
        visitors.forget_factor(self.request)  # otherwise the old proof would stay the stronger one
        return super().form_valid(form)


class AgainByCode(_SaysWhy, MfaReauthenticateView):
    """Proof of identity by a code."""

    template_name = "pages/people/sign_in/again.html"

    def form_valid(self, form: Any) -> HttpResponse:
        _verified(self.request)
        return super().form_valid(form)


class AgainByKey(_SaysWhy, ReauthenticateWebAuthnView):
    """Proof of identity by a passkey."""

    template_name = "pages/people/sign_in/again.html"

    def form_valid(self, form: Any) -> HttpResponse:
        _verified(self.request)
        return super().form_valid(form)

    def form_invalid(self, form: Any) -> HttpResponse:
        """The page again, with a sentence; allauth would lead away to the sign-in page."""
        return self.render_to_response(self.get_context_data(), status=self.refused)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = super().get_context_data(**kwargs)
        page["error"] = ""
        if self.request.method == "POST":
            page["error"] = WRONG_KEY
        return page


def _verified(request: HttpRequest) -> None:
    user = request.user.pk
    account_log.note(Deed.VERIFIED, actor=user, user=user, address=visitors.address(request))


def _ways(user: Any) -> dict[str, bool]:
    kinds = set(user.authenticator_set.values_list("type", flat=True))
    return {"has_app": "totp" in kinds, "has_key": "webauthn" in kinds}


BOTH = ("GET", "HEAD", "POST")
login = access.anybody(*BOTH)(SignIn.as_view())
second_step = access.anybody(*BOTH)(SecondStep.as_view())


@access.own(*BOTH)
def again(request: HttpRequest, _visit: access.Visit) -> HttpResponse:
    """By password."""
    return AgainByPassword.as_view()(request)


@access.own(*BOTH)
def again_by_code(request: HttpRequest, _visit: access.Visit) -> HttpResponse:
    """By a code."""
    return AgainByCode.as_view()(request)


@access.own(*BOTH)
def again_by_key(request: HttpRequest, _visit: access.Visit) -> HttpResponse:
    """By a passkey."""
    return AgainByKey.as_view()(request)


# The subject of a form, by the beginning of the address that it was sent to.
ABOUT = {
    "/candidates/": "办理毕业档案",
    "/imports/": "导入表格",
    "/consents/": "答复待同意事项",
    "/batches/": "批次与毕业规则",
    "/people/": "人员与岗位",
    "/photos/": "照片",
    "/lists/": "含个人信息的导出",
    "/account/": "我的账号",
}


def _about(form: pending_forms.SentForm, visit: access.Visit) -> str:
    """What the form would do: the answer to a question, or what it is about."""
    number = re.fullmatch(r"/consents/(\d+)", form.path)
    if number and (row := consents.waiting_for(visit.actor).filter(pk=number[1]).first()):
        answer = "不同意"
        if dict(form.fields).get("agree") == "1":
            answer = "同意并办理"
        return f"{answer}：{consent_words.what(row)}"
    return next(
        (words for start, words in ABOUT.items() if form.path.startswith(start)), "刚才的操作"
    )


@access.own()
def resume(request: HttpRequest, visit: access.Visit, key: str) -> HttpResponse:
    """What was typed before the proof, to be sent once more by one press."""
    form = pending_forms.pending_form(visit.actor.user_id, key)
    if form is None:
        sentence = "这份内容已经提交过，或保存的时间已过。请到相应页面查看；没有办理的，重新填写。"
        return error_page(request, 404, "没有待继续的内容", sentence)
    visit.prove(request.get_full_path())
    fields = [*form.fields, (access.RESUMED, key)]
    files: dict[str, list[str]] = {}
    for name, chosen in form.files:
        files.setdefault(name, []).append(chosen)
    page = {
        "about": _about(form, visit),
        "path": form.path,
        "before": form.before,
        "fields": fields,
        "files": files,
    }
    return render(request, "pages/people/sign_in/resume.html", page)


@access.anybody("POST")
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session on the server, also before its second step; the browser forgets all."""
    if request.user.is_authenticated:
        sign_in.close_sitting(
            request.user.pk, request.session.session_key or "", visitors.address(request)
        )
    logout(request)
    answer = redirect("/login")
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@access.anybody(*BOTH)
def activate(request: HttpRequest) -> HttpResponse:
    """账号, the one-time code, and the password that the person chooses; signing in comes after."""
    given = {
        name: request.POST.get(name, "")[: passwords.LONGEST + 1]
        for name in ("username", "code", "password", "again")
    }
    page = {"hints": passwords.hints(), "username": given["username"].strip(), "error": ""}
    status = 200
    if request.method == "POST":
        status, page["error"] = _activated(given, visitors.address(request))
        if not page["error"]:
            pending_sign_in.end(request)  # a sign-in begun earlier in this browser does not go on
            return redirect("/login?activated=1")
    return render(request, "pages/people/sign_in/activate.html", page, status=status)


def _activated(given: dict[str, str], where: str) -> tuple[int, str]:
    """(status, what is wrong); guesses at codes are slowed as guesses at passwords are."""
    name = given["username"].strip()
    if given["password"] != given["again"]:
        return 400, "两次输入的密码不一样。"
    paid = throttle.pay(
        (
            throttle.Charge(throttle.PAIR, f"activate {where} {name}"),
            throttle.Charge(throttle.ADDRESS, where),
        )
    )
    if paid.wait:
        return 429, f"尝试次数过多，请 {paid.wait} 秒后再试。"
    try:
        sign_in.activate(name, given["code"], given["password"], where)
    except Refused as problem:
        return 400, f"{str(problem).rstrip('。')}。"
    throttle.refund(paid)
    return 200, ""
