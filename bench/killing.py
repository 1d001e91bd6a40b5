"""kill -9 at random moments while 2,000 people tap, ten times: is what was answered on record, and once?

python -m bench.killing            # --people 2000 --kills 10
"""

import argparse
import random

from sqlmodel import select

from bench.telegram import office, program, settle
from models.organisation.people import Person as Somebody
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.fakes.telegram import BotApi

CLOCKS = (f"07:{30 + n}" for n in range(29))


def main(count: int, kills: int) -> None:
    with BotApi() as api, office(api, count) as (desk, database, people):
        with program(desk, api, "07:29:50", 10):
            api.until(lambda: all(any(m.buttons for m in p.seen) for p in people), 300)
        share = len(people) // kills
        queries = {}
        for n in range(kills):
            mine = people[n * share : (n + 1) * share]
            after = random.randrange(1, share)
            with program(desk, api, next(CLOCKS)) as running:
                made = {p.id: p.tap("零报告") for p in mine}
                api.until(lambda: sum(bool(q.answer) for q in made.values()) >= after, 120)  # noqa: B023
                running.kill()
            queries |= made
            told = {chat for chat, q in queries.items() if "已" in (q.answer or "")}
            with database.reading() as session:
                rows = session.exec(
                    select(Somebody.id).join(Report, Report.person_id == Somebody.id).where(Report.state == State.ZERO)  # type: ignore[arg-type]
                ).all()
            filed = {10_000 + row for row in rows}
            print(f"kill {n + 1} after {after} answers: {len(told)} told, {len(told - filed)} of them lost", flush=True)
        with program(desk, api, next(CLOCKS)):
            api.until(lambda: not api.bot.updates, 120)
            settle(api)
        with database.reading() as session:
            filed = len(session.exec(select(Report.id).where(Report.state == State.ZERO)).all())
            revisions = len(session.exec(select(Revision.id)).all())
        print(f"{len(queries)} tapped, {filed} filed, {revisions} revisions; {desk('verify').stdout.strip()}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=10)
    asked = parser.parse_args()
    main(asked.people, asked.kills)
