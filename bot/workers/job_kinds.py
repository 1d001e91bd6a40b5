"""List the kinds of background jobs that write files."""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, Protocol

from sqlmodel import Session

from handlers.calls.calls_file import Made
from handlers.core.context import Context
from handlers.donations.ledger_file import Ledger as Donations
from handlers.duty.duty_file import Shifts
from handlers.exports.export_job import Reports
from handlers.exports.handup_files import HandUps
from handlers.exports.long_files import JOB, LongFiles
from handlers.exports.question_files import Questions
from handlers.exports.roster_job import Roster
from handlers.honours.honours_file import Honours
from handlers.rollcall.rollcall_file import Answers
from handlers.rounds.notice_file import Replies
from handlers.rounds.survey_file import Sheets
from handlers.rounds.survey_link_files import Links
from handlers.supplies.ledger_file import Ledger as Supplies
from handlers.timeline.timeline_file import Entries
from models.operations.jobs import Job


class FileKind(Protocol):
    """Writes what a job of one kind makes, and says in the chat what becomes of it. `order` is all that the process
    which writes has to know; `write_file` runs there, and what it `made` beside the file is stored a part at a time.
    `base` is where links to kept files lead."""

    @property
    def most_bytes(self) -> int: ...

    def order(self, context: Context, job: Job) -> dict[str, Any]: ...

    def write_file(
        self, session: Session, told: Mapping[str, Any], out: IO[bytes], tell: Callable[..., None]
    ) -> dict[str, Any]: ...

    def store(self, context: Context, job: Job, made: Sequence[Any]) -> None: ...

    def progress(self, context: Context, job: Job, said: Mapping[str, Any]) -> None: ...

    def finish(self, context: Context, job: Job, found: Mapping[str, Any], size: int, data: bytes | None) -> None: ...

    def end(self, context: Context, job: Job, how: str, **more: Any) -> None: ...

    def base(self, context: Context) -> str: ...


FILES = LongFiles([
    Reports(), Roster(), Replies(), Sheets(), Links(), Answers(), Shifts(), Made(), Questions(), Supplies(),
    Donations(), Honours(), HandUps(), Entries(),
])  # fmt: skip
KINDS: Mapping[str, FileKind] = {JOB: FILES}
