"""Identify messages by slot: what a message is about, in whose chat it is, and which of several it is there."""

from enum import StrEnum
from typing import NamedTuple

from models.messaging.addresses import Address


class Subject(StrEnum):
    """What messages are about; the comment says what its `subject_id` names."""

    # about a report, a period, a unit
    REPORT = "report"  # a report: its prompt, its form, its receipt
    WARDS = "wards"  # a period: a reporter's list of wards
    WHY = "why"  # a period and a unit
    GROUP_POST = "group_post"  # a period
    SUMMARY = "summary"  # a period and a unit
    DIRECTOR_SUMMARY = "director_summary"  # a day
    DIGEST = "digest"  # a day
    DOCUMENT = "document"  # a period and a unit
    ESCALATION = "escalation"  # a period and the number of its step
    URGE = "urge"  # an urge
    HISTORY = "history"  # a day
    UNKNOWN_YEAR = "unknown_year"  # an assignment and a day
    # about somebody
    LEAVE = "leave"  # a leave
    DEPUTY = "deputy"  # a deputy's row and the template
    DUTY = "duty"  # somebody's duty in a shift
    DUTY_TOLD = "duty_told"  # a duty, and what is told of it
    DUTY_GAPS = "duty_gaps"  # a unit and a day: what its shifts lack
    DUTY_SWAP = "duty_swap"  # a swap and its reader
    DUTY_SWAP_DRAFT = "duty_swap_draft"  # a duty for which somebody chooses who should take it
    CALLS = "calls"  # a day: whom somebody is to call, and the ward chosen
    SECONDMENT = "secondment"  # a secondment: what the lead of the other unit decides
    SECONDMENT_TOLD = "secondment_told"  # a secondment, what is told of it, its last day
    ALERT = "alert"  # an alert and how often it was opened
    TELLING = "telling"  # the revision of the expected input with which an incident or a question began to be told
    INCIDENT = "incident"  # an incident: its receipt
    QUESTION = "question"  # a question
    PUBLISHING = "publishing"  # the revision of the expected input with which an answer began to be published
    CHANGE = "change"  # a planned change
    INVITE_REQUEST = "invite_request"  # who is to be invited, who asked, the day
    CODE_VOID = "code_void"  # whose code, and the update
    CODE_SHOWN = "code_shown"  # whose code, and the update
    PHONE_RETIRED = "phone_retired"  # the update
    PHONE_CHANGED = "phone_changed"  # the update
    HANDUP = "handup"  # a hand-up: how it stands
    PARTNER_REQUEST = "partner_request"  # a request between two programs
    PARTNER = "partner"  # a partner: what its program asks
    # about supplies and donations
    SUPPLY = "supply"  # the revision of the expected input with which a movement began to be entered
    HANDING = "handing"  # what somebody was handed out
    HANDOUT = "handout"  # a hand-out: what its keeper sees of it
    LOW_STOCK = "low_stock"  # an item and the movement with which it fell
    GIFT = "gift"  # an entry of a collection: its receipt
    COLLECTION = "collection"  # a collection and how often it was published
    # about honours
    HONOUR = "honour"  # an honour: its certificate in a group
    # about a round
    ROUND = "round"  # a round: its message
    ROUND_SENT = "round_sent"  # a round: what its sender sees of it
    SURVEY_LINKS = "survey_links"  # a survey: its links, as whoever hands them out sees them
    ROUND_SILENCE = "round_silence"  # a round and the level
    ROUND_START = "round_start"  # a round and its version: the reminder of the start
    ROUND_LINE = "round_line"  # a round: its counts in a group
    CERTIFICATE = "certificate"  # a round that is a quiz
    ROUND_DRAFT = "round_draft"  # a confirmation: a round being written
    # about a runbook
    RUNBOOK_DRAFT = "runbook_draft"  # a confirmation: a runbook being written
    RUNBOOK_STEP = "runbook_step"  # a step of a run
    RUNBOOK_BOARD = "runbook_board"  # a run: its board
    RUNBOOK_MISSING = "runbook_missing"  # an alert that names a runbook that there is not
    # answers
    REPLY = "reply"  # the update; the sequence counts its replies
    FILE_BEING_READ = "file_being_read"  # the update
    QUOTA = "quota"  # which one, and the update
    HELD_FILES = "held_files"  # a confirmation
    DOWNLOAD = "download"  # a file on the platform, and the update it came with
    JOB = "job"  # a job: how far it is
    JOB_RESULT = "job_result"  # a job: its file
    # about groups
    GROUP_BOUND = "group_bound"  # the template and the update
    GROUP_LINE = "group_line"  # the template and the hour
    GROUP_LOST = "group_lost"  # a group and the instant
    UNSURE_POST = "unsure_post"  # a card and how many messages it had
    # about the program
    FAULT = "fault"  # a fault and the hour
    FAILING_WORK = "failing_work"  # the work and the instant
    CLOCK_JUMP = "clock_jump"  # both instants
    CODE_GUESSING = "code_guessing"  # the hour
    SELF_REPORT = "self_report"  # the day
    CHECKLIST = "checklist"  # always the same: an admin's first steps


class Slot(NamedTuple):
    """The place of a message. `subject_id` says which of that subject, and is compared, never parsed. Of a live message
    `sequence` counts how often it was posted anew in this chat."""

    subject: Subject
    subject_id: str
    address: Address
    sequence: int = 0

    @classmethod
    def of(cls, subject: Subject, address: Address, *ids: object, sequence: int = 0) -> "Slot":
        return cls(subject, subject_id(*ids), address, sequence)

    def at(self, address: Address) -> "Slot":
        """Return the same slot in another chat."""
        return self._replace(address=address)


def subject_id(*ids: object) -> str:
    return ".".join(str(it) for it in ids)
