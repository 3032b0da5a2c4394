"""Nouns: fields, constraints, tiny properties. No verbs: those are in `office`."""

from graduand.models import engine
from graduand.models.account import Grant, User
from graduand.models.act import Act, Lot, Refusal
from graduand.models.batch import Batch, PolicyDraft, PolicyVersion, Roster, Round
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
from graduand.models.certificate import Certificate, DegreeCertificate, IncomingNumber
from graduand.models.counter import Counter
from graduand.models.deployment import Deployment
from graduand.models.document import Document
from graduand.models.export import Export
from graduand.models.grades import GradesDeclared
from graduand.models.identity_case import ChsiReport, IdentityCase
from graduand.models.import_plan import ImportPlan, PlannedStudent, RefusedRow
from graduand.models.intake import Intake, IntakeChange, SheetUpload
from graduand.models.issued import ArchiveContent, CertificateContent, DegreeContent
from graduand.models.job import Job
from graduand.models.list_state import ColumnChoice, SavedView, SelectedNumber, Selection
from graduand.models.notice import Notice, NoticeAddress, NoticeFile, NoticeReceipt
from graduand.models.parcel import Handover, Parcel, ParcelItem
from graduand.models.pending_form import PendingForm
from graduand.models.photo import FaceOrder, FaceVector, PhotoDecision, PhotoRow
from graduand.models.photo_upload import PhotoCheck, PhotoUpload
from graduand.models.pick import Pick, PickPiece
from graduand.models.plan import CourseRow, Module, PlanEdition, PlanRow
from graduand.models.privacy import Consent, Look, Outgoing, OutgoingEnd
from graduand.models.result import Result
from graduand.models.sealed import SealedField, key_ring
from graduand.models.sign_in import AccountEvent, Activation, Sitting, SpentCode, Throttle
from graduand.models.statement import Statement
from graduand.models.student import DegreeMaterial, Profile, Schooling, Student
from graduand.models.unit import Unit

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
