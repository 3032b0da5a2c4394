"""Addresses of the pages."""

from django.urls import path

from graduand.pages import bulk, home, picking
from graduand.pages.certificates import numbers, rosters
from graduand.pages.dispatch import handovers, parcels
from graduand.pages.filing import candidates, lots, own_page, set_aside, statements
from graduand.pages.identity import case as identity_case
from graduand.pages.identity import cases
from graduand.pages.messages import notices
from graduand.pages.outgoing import exports, privacy
from graduand.pages.papers import archives
from graduand.pages.people import (
    accounts,
    audit_trail,
    list_state,
    own_account,
    questions,
    sign_in,
    units,
)
from graduand.pages.photos import faces as photo_faces
from graduand.pages.photos import gallery
from graduand.pages.photos import imports as photo_imports
from graduand.pages.photos import reviews as photo_review
from graduand.pages.photos import student as photo_student
from graduand.pages.queue import jobs
from graduand.pages.records import imports, sheet_imports, student, students
from graduand.pages.review import differences, reviewing, reviews
from graduand.pages.season import batches, closing, grades, policies

urlpatterns = [
    path("", home.home),
    path("login", sign_in.login, name="account_login"),
    path("login/code", sign_in.second_step, name="mfa_authenticate"),
    path("logout", sign_in.sign_out),
    path("activate", sign_in.activate),
    path("account", own_account.account, name="mfa_index"),
    path("account/again", sign_in.again, name="account_reauthenticate"),
    path("account/again/code", sign_in.again_by_code, name="mfa_reauthenticate"),
    path("account/again/key", sign_in.again_by_key, name="mfa_reauthenticate_webauthn"),
    path("account/resume/<slug:key>", sign_in.resume),
    path("account/app", own_account.new_app),
    path("account/key", own_account.new_key),
    path("account/devices/<int:pk>/remove", own_account.remove_device),
    path("account/recovery", own_account.recovery),
    path("account/password", own_account.password),
    path("account/sessions/<int:pk>/end", own_account.end_sitting),
    path("account/sessions/end-others", own_account.end_others),
    path("candidates", candidates.candidates),
    path("candidates/aside", set_aside.set_aside_page),
    path("candidates/confirm", picking.confirm),
    path("candidates/picks", picking.pick),
    path("candidates/picks/<slug:key>", bulk.picked),
    path("candidates/picks/<slug:key>/skipped.xlsx", bulk.skipped),
    path("candidates/submit", bulk.submit),
    path("candidates/<int:pk>", student.student),
    path("candidates/<int:pk>/judge", student.judge_again),
    path("students", students.students),
    path("lots", lots.lots),
    path("differences", differences.differences),
    path("reviews", reviews.reviews),
    path("reviews/start", reviewing.start),
    path("reviews/end", reviewing.finished),
    path("reviews/<int:pk>", reviewing.review),
    path("reviews/<int:pk>/decide", reviewing.decide),
    path("identity", cases.identity),
    path("identity/<int:pk>", identity_case.case),
    path("archives", archives.archives),
    path("rosters", rosters.rosters),
    path("rosters/new", rosters.new),
    path("rosters/freeze", rosters.freeze),
    path("certificates", numbers.certificates),
    path("parcels", parcels.parcels),
    path("parcels/<int:pk>", parcels.parcel),
    path("parcels/<int:pk>/count", parcels.count),
    path("handovers", handovers.handovers),
    path("lists/<slug:key>/views", list_state.save_view),
    path("lists/<slug:key>/views/forget", list_state.forget_view),
    path("lists/<slug:key>/columns", list_state.choose_columns),
    path("lists/<slug:key>/numbers", list_state.keep_numbers),
    path("lists/<slug:key>/export", list_state.export),
    path("photos", gallery.photos),
    path("photos/files/<int:pk>.jpg", gallery.file),
    path("photos/checks/<int:pk>.jpg", gallery.check_file),
    path("photos/checks/<int:pk>", photo_student.check),
    path("photos/checks/<int:pk>/repair", photo_student.repair),
    path("photos/checks/<int:pk>/take", photo_student.take),
    path("photos/students/<int:pk>", photo_student.student),
    path("photos/students/<int:pk>/look", photo_student.look),
    path("photos/students/<int:pk>/swap", photo_student.swap),
    path("photos/students/<int:pk>/restore", photo_student.restore),
    path("photos/export", gallery.export),
    path("photos/export/send", gallery.take_out),
    path("photos/import", photo_imports.dialog),
    path("photos/import/send", photo_imports.upload),
    path("photos/imports", photo_imports.imports),
    path("photos/imports/<int:pk>", photo_imports.report),
    path("photos/imports/<int:pk>/begin", photo_imports.begin),
    path("photos/imports/<int:pk>/repair", photo_imports.repair_all),
    path("photos/imports/<int:pk>/refused.zip", photo_imports.refused_zip),
    path("photos/imports/<int:pk>/result.xlsx", photo_imports.workbook),
    path("photos/faces", photo_faces.faces),
    path("photos/faces/order", photo_faces.order),
    path("photos/review", photo_review.queue),
    path("photos/review/<int:pk>", photo_review.desk),
    path("photos/review/<int:pk>/decide", photo_review.decide),
    path("jobs", jobs.jobs),
    path("jobs/act/<int:subject>/refused.xlsx", jobs.refused),
    path("jobs/act/<int:subject>/result.xlsx", jobs.result),
    path("jobs/<slug:kind>/<int:subject>", jobs.job),
    path("jobs/<slug:kind>/<int:subject>/stop", jobs.stop),
    path("jobs/<slug:kind>/<int:subject>/resume", jobs.resume),
    path("jobs/<int:pk>", jobs.act_before),
    path("jobs/<int:pk>/refused.xlsx", jobs.act_before),
    path("jobs/<int:pk>/result.xlsx", jobs.act_before),
    path("tasks/<int:pk>", jobs.task_before),
    path("statements/<int:pk>", statements.scan),
    path("my", own_page.my_page),
    path("alive", home.alive),
    *policies.ADDRESSES,
    *batches.ADDRESSES,
    *closing.ADDRESSES,
    *grades.ADDRESSES,
    *imports.ADDRESSES,
    *notices.ADDRESSES,
    *exports.ADDRESSES,
    *accounts.ADDRESSES,
    *privacy.ADDRESSES,
    *questions.ADDRESSES,
    *units.ADDRESSES,
    *audit_trail.ADDRESSES,
    *sheet_imports.ADDRESSES,
]
handler400 = "graduand.pages.door.error_pages.bad_request"
handler403 = "graduand.pages.door.error_pages.forbidden"
handler404 = "graduand.pages.door.error_pages.not_found"
handler500 = "graduand.pages.door.error_pages.broken"
