"""Name the ids that buttons carry. A button's function checks that the row is the speaker's to use, unless the id's
name begins with Any."""

from typing import Annotated

from handlers.core.button_values import Shared
from models.absence.deputies import Deputy
from models.absence.leave import Absence
from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.conversations.confirmations import Confirmation
from models.conversations.drafts import Draft
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.donations.collections import Collection
from models.donations.entries import DonationEntry
from models.duty.secondments import Secondment
from models.duty.shifts import Duty, Shift
from models.duty.swaps import DutySwap
from models.files.attachments import Attachment
from models.forms.versions import FormVersion
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner
from models.handup.requests import PartnerRequest
from models.honours.honours import Honour
from models.messaging.addresses import Address
from models.operations.jobs import Job
from models.organisation.people import Person
from models.organisation.units import Unit
from models.questions.faq import FaqEntry
from models.questions.questions import Question
from models.questions.topics import Topic
from models.reporting.reports import Report
from models.rounds.rounds import Round
from models.runbooks.runbooks import Runbook
from models.runbooks.runs import RunbookRun, RunbookStep
from models.supplies.handouts import Handing, Handout
from models.supplies.items import Store
from models.supplies.movements import Movement
from models.timeline.entries import TimelineEntry

AlertId = Annotated[int, Alert]
AssignmentId = Annotated[int, Assignment]
AnyAssignmentId = Annotated[int, Assignment, Shared]
AttachmentId = Annotated[int, Attachment]
CollectionId = Annotated[int, Collection]
ConfirmationId = Annotated[int, Confirmation]
DeputyId = Annotated[int, Deputy]
DutyId = Annotated[int, Duty]
DutySwapId = Annotated[int, DutySwap]
DonationEntryId = Annotated[int, DonationEntry]
DraftId = Annotated[int, Draft]
AnyFormVersionId = Annotated[int, FormVersion, Shared]
FaqEntryId = Annotated[int, FaqEntry]
GroupId = Annotated[int, Address]
HandedUpId = Annotated[int, HandedUp]
HandingId = Annotated[int, Handing]
HandoutId = Annotated[int, Handout]
HonourId = Annotated[int, Honour]
AnyHonourId = Annotated[int, Honour, Shared]
IncidentId = Annotated[int, Incident]
JobId = Annotated[int, Job]
LeaveId = Annotated[int, Absence]
MovementId = Annotated[int, Movement]
PartnerRequestId = Annotated[int, PartnerRequest]
PartnerId = Annotated[int, Partner]
PeriodId = Annotated[int, Period]
AnyPeriodId = Annotated[int, Period, Shared]
PersonId = Annotated[int, Person]
QuestionId = Annotated[int, Question]
ReportId = Annotated[int, Report]
RoundId = Annotated[int, Round]
SecondmentId = Annotated[int, Secondment]
ShiftId = Annotated[int, Shift]
StoreId = Annotated[int, Store]
RunbookId = Annotated[int, Runbook]
RunId = Annotated[int, RunbookRun]
RunStepId = Annotated[int, RunbookStep]
TimelineEntryId = Annotated[int, TimelineEntry]
TopicId = Annotated[int, Topic]
UnitId = Annotated[int, Unit]
