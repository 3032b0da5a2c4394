"""Addresses of the pages."""

from django.urls import path

from graduand.pages import account, bulk, candidates, home, jobs, list_state, my, sign_in, student

urlpatterns = [
    path("", home.home),
    path("login", sign_in.login, name="account_login"),
    path("login/code", sign_in.second_step, name="mfa_authenticate"),
    path("logout", sign_in.sign_out),
    path("activate", sign_in.activate),
    path("account", account.account, name="mfa_index"),
    path("account/again", sign_in.again, name="account_reauthenticate"),
    path("account/again/code", sign_in.again_by_code, name="mfa_reauthenticate"),
    path("account/again/key", sign_in.again_by_key, name="mfa_reauthenticate_webauthn"),
    path("account/app", account.new_app),
    path("account/key", account.new_key),
    path("account/devices/<int:pk>/remove", account.remove_device),
    path("account/recovery", account.recovery),
    path("account/password", account.password),
    path("account/sessions/<int:pk>/end", account.end_sitting),
    path("account/sessions/end-others", account.end_others),
    path("candidates", candidates.candidates),
    path("candidates/confirm", bulk.confirm),
    path("candidates/submit", bulk.submit),
    path("candidates/<int:pk>", student.student),
    path("lists/<slug:key>/views", list_state.save_view),
    path("lists/<slug:key>/views/forget", list_state.forget_view),
    path("lists/<slug:key>/columns", list_state.choose_columns),
    path("lists/<slug:key>/numbers", list_state.keep_numbers),
    path("lists/<slug:key>/export", list_state.export),
    path("jobs", jobs.jobs),
    path("jobs/<int:pk>", jobs.job),
    path("jobs/<int:pk>/refused.xlsx", jobs.refused),
    path("my", my.my),
    path("alive", home.alive),
]
handler400, handler403, handler404, handler500 = (
    "graduand.pages.troubles.bad_request",
    "graduand.pages.troubles.forbidden",
    "graduand.pages.troubles.not_found",
    "graduand.pages.troubles.broken",
)
