"""Nouns: fields, constraints, tiny properties. No verbs: those are in `office`."""

from graduand.models import engine
from graduand.models.act import Act, Lot, Refusal
from graduand.models.candidate import (
    STAGE_STAMP,
    STAMPS,
    Candidate,
    DegreeGrant,
    Event,
    Forecast,
    Judgement,
    LetStandEnd,
    ListEntry,
    Stale,
)
from graduand.models.certificates.certificate import Certificate, DegreeCertificate, IncomingNumber
from graduand.models.certificates.issued import ArchiveContent, CertificateContent, DegreeContent
from graduand.models.counter import Counter
from graduand.models.deployment import Deployment
from graduand.models.dispatch.parcel import Handover, Parcel, ParcelItem
from graduand.models.filing.statement import Statement
from graduand.models.identity.identity_case import ChsiReport, IdentityCase
from graduand.models.messages.notice import Notice, NoticeAddress, NoticeFile, NoticeReceipt
from graduand.models.outgoing.export import Export
from graduand.models.outgoing.privacy import Consent, Look, Outgoing, OutgoingEnd
from graduand.models.papers.document import Document
from graduand.models.people.account import Grant, User
from graduand.models.people.list_state import ColumnChoice, SavedView, SelectedNumber, Selection
from graduand.models.people.pending_form import PendingForm
from graduand.models.people.sign_in import AccountEvent, Activation, Sitting, SpentCode, Throttle
from graduand.models.people.unit import Unit
from graduand.models.photos.photo import FaceOrder, FaceVector, PhotoDecision, PhotoRow
from graduand.models.photos.photo_upload import PhotoCheck, PhotoUpload
from graduand.models.pick import Pick, PickPiece
from graduand.models.queue.job import Job
from graduand.models.records.import_plan import ImportPlan, PlannedStudent, RefusedRow
from graduand.models.records.intake import Intake, IntakeChange, SheetUpload
from graduand.models.records.plan import CourseRow, Module, PlanEdition, PlanRow
from graduand.models.records.result import Result
from graduand.models.records.student import DegreeMaterial, Profile, Schooling, Student
from graduand.models.sealed import SealedField, key_ring
from graduand.models.season.batch import Batch, PolicyDraft, PolicyVersion, Roster, Round
from graduand.models.season.grades import GradesDeclared

__all__ = [
    "STAGE_STAMP",
    "STAMPS",
    "AccountEvent",
    "Act",
    "Activation",
    "ArchiveContent",
    "Batch",
    "Candidate",
    "Certificate",
    "CertificateContent",
    "ChsiReport",
    "ColumnChoice",
    "Consent",
    "Counter",
    "CourseRow",
    "DegreeCertificate",
    "DegreeContent",
    "DegreeGrant",
    "DegreeMaterial",
    "Deployment",
    "Document",
    "Event",
    "Export",
    "FaceOrder",
    "FaceVector",
    "Forecast",
    "GradesDeclared",
    "Grant",
    "Handover",
    "IdentityCase",
    "ImportPlan",
    "IncomingNumber",
    "Intake",
    "IntakeChange",
    "Job",
    "Judgement",
    "LetStandEnd",
    "ListEntry",
    "Look",
    "Lot",
    "Module",
    "Notice",
    "NoticeAddress",
    "NoticeFile",
    "NoticeReceipt",
    "Outgoing",
    "OutgoingEnd",
    "Parcel",
    "ParcelItem",
    "PendingForm",
    "PhotoCheck",
    "PhotoDecision",
    "PhotoRow",
    "PhotoUpload",
    "Pick",
    "PickPiece",
    "PlanEdition",
    "PlanRow",
    "PlannedStudent",
    "PolicyDraft",
    "PolicyVersion",
    "Profile",
    "Refusal",
    "RefusedRow",
    "Result",
    "Roster",
    "Round",
    "SavedView",
    "Schooling",
    "SealedField",
    "SelectedNumber",
    "Selection",
    "SheetUpload",
    "Sitting",
    "SpentCode",
    "Stale",
    "Statement",
    "Student",
    "Throttle",
    "Unit",
    "User",
    "engine",
    "key_ring",
]
