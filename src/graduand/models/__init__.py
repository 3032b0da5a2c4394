"""Nouns: fields, constraints, tiny properties. No verbs: those are in `office`."""

from . import engine
from .account import Grant, User
from .act import Act, Lot, Refusal
from .batch import Batch, PolicyVersion, Roster, Round
from .candidate import STAGE_STAMP, STAMPS, Candidate, Event, Judgement, ListEntry, Stale
from .certificate import Certificate, IncomingNumber
from .counter import Counter
from .deployment import Deployment
from .document import Document
from .identity_case import ChsiReport, IdentityCase
from .intake import Intake, IntakeChange
from .job import Job
from .parcel import Handover, Parcel, ParcelItem
from .photo import PhotoRow
from .plan import CourseRow, Module, PlanRow
from .result import Result
from .sealed import SealedField, key_ring
from .student import DegreeMaterial, Profile, Schooling, Student
from .unit import Unit

__all__ = [
    "STAGE_STAMP", "STAMPS", "Act", "Batch", "Candidate", "Certificate", "ChsiReport", "Counter", "CourseRow",
    "DegreeMaterial", "Deployment", "Document", "Event", "Grant", "Handover", "IdentityCase", "IncomingNumber",
    "Intake", "IntakeChange", "Job", "Judgement", "ListEntry", "Lot", "Module", "Parcel", "ParcelItem",
    "PhotoRow", "PlanRow", "PolicyVersion", "Profile", "Refusal", "Result", "Roster", "Round", "Schooling",
    "SealedField", "Stale", "Student", "Unit", "User", "engine", "key_ring",
]  # fmt: skip
