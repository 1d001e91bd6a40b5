"""Give files away: one that stands in the reader's own chat, and one that was written for them and that no chat takes,
by a link or from the page *Exports*, a part at a time."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from bot.web.dashboard.visits import Visits
from bot.workers.job_kinds import FILES
from handlers.exports import long_files
from models.core.errors import Refusal
from models.files import blobs
from models.files.records import File
from models.messaging import contents
from models.messaging.cards import Card
from models.messaging.dashboard_keys import Holder, Kind
from models.operations import job_files
from models.operations.jobs import Job
from models.organisation.people import Person

OPAQUE = "application/octet-stream"  # so that no browser shows it as a page


class Downloads:
    """Answers requests for files."""

    def __init__(self, visits: Visits) -> None:
        self._visits = visits

    async def message(self, request: Request) -> Response:
        """Give the file of a message in the reader's own chat."""
        visit = await self._visits.looker(request)
        number = request.path_params["card"]

        def find(session: Session) -> tuple[str, bytes]:
            card = session.get(Card, number)
            wanted_id = card.wanted_id if card is not None and card.address_id == visit.address.id else None
            file = contents.contents(session, [wanted_id])[wanted_id].file if wanted_id else None
            data = blobs.find(session, file.digest) if file else None
            if file is None or data is None:
                raise Refusal("dashboard.no_file")
            return file.name, data

        name, data = await self._visits.read(find)
        return Response(data, media_type=OPAQUE, headers=attached(name))

    async def kept(self, request: Request) -> Response:
        """Give a file from the page *Exports*."""
        visit = await self._visits.looker(request)
        job = await self._visits.read(lambda session: self._job(session, request.path_params["job"], visit.person))
        return self._stream(*job)

    async def link(self, request: Request) -> Response:
        """Say what a link downloads; only the button does, because chats look at links before people do."""
        try:
            holder = await self._visits.holder(Kind.FILE, request.path_params["token"])
        except Refusal:
            raise Refusal("dashboard.file_expired") from None
        number = int(holder.key.name)
        job, file = await self._visits.read(lambda session: self._job(session, number, holder.person))
        if request.method == "POST":
            self._visits.refuse_elsewhere(request)
            return self._stream(job, file)
        return HTMLResponse(self._asked(holder, file))

    def _asked(self, holder: Holder, file: File) -> str:
        words = self._visits.desk.defaults.words_for(holder.person)
        return words.page(
            "dashboard/kept", person=holder.person.name, name=file.name, size=long_files.megabytes(file.size),
            until=holder.key.expires_at,
        )  # fmt: skip

    def _job(self, session: Session, number: int, person: Person) -> tuple[int, File]:
        """Return a job of this person's own whose file is kept. Raises `dashboard.file_expired`,
        `dashboard.no_file`, and Refusal for one that is of no use any more."""
        job, now = session.get(Job, number), self._visits.clock()
        if job is None or job.person_id != person.id or not long_files.kept_until(job, now):
            raise Refusal("dashboard.file_expired")
        if not FILES.within_reach(self._visits.desk.context(session, now), job):
            raise Refusal("dashboard.no_file")
        return job.id, long_files.kept_as(job)

    def _stream(self, job: int, file: File) -> Response:
        headers = attached(file.name) | {"Content-Length": str(file.size)}
        return StreamingResponse(self._parts(job), media_type=OPAQUE, headers=headers)

    async def _parts(self, job: int) -> AsyncIterator[bytes]:
        number = 0
        while data := await self._visits.read(lambda session, at=number: job_files.part(session, job, at)):  # type: ignore[misc]
            yield data
            number += 1


def attached(name: str) -> dict[str, str]:
    """Return the headers with which a browser keeps a file and does not show it."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
