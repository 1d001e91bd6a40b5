"""List where the entries of the timeline come from (docs/rules.md 39). A new source is a line here, a sentence in
templates/chat/timeline/said.j2 and a name in label.j2, and a call of `entries.once` or `entries.add` where it
happens."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """A kind of entries and its sign. `guarded`: where few people are, its counts could tell of one of them."""

    name: str
    sign: str
    guarded: bool = False


WRITTEN = Source("written", "✍️")  # by an admin
TASK = Source("task", "🌱")  # the first day of a task
TASK_END = Source("task_end", "🏁")
DAYS = Source("days", "📋")  # the days of a task in a month
MILESTONE = Source("milestone", "🎯")  # how many days a task has had
ALERTS = Source("alerts", "🔔", guarded=True)  # of a day
INCIDENTS = Source("incidents", "🚨", guarded=True)  # of a day
NOTICE = Source("notice", "📢")
SURVEY = Source("survey", "🗳")
ROLLCALL = Source("rollcall", "🆘")
RUN = Source("run", "🧭")
STOCK = Source("stock", "📦", guarded=True)  # of an item, what was handed out in a month
TRANSFER = Source("transfer", "🚚")  # of an item, what went from one store to another in a month
COLLECTION = Source("collection", "💛")
COLLECTION_END = Source("collection_end", "🤝")
HONOUR = Source("honour", "🏅")  # a milestone that a unit reached without a case, or an award
HANDUP = Source("handup", "📤")  # what was handed up in a month

SOURCES: tuple[Source, ...] = (
    WRITTEN,
    TASK,
    TASK_END,
    DAYS,
    MILESTONE,
    ALERTS,
    INCIDENTS,
    NOTICE,
    SURVEY,
    ROLLCALL,
    RUN,
    STOCK,
    TRANSFER,
    COLLECTION,
    COLLECTION_END,
    HONOUR,
    HANDUP,
)
TAKEN_AWAY = frozenset({TASK_END.name, STOCK.name, TRANSFER.name})  # where it did not happen after all
BY_NAME = {it.name: it for it in SOURCES}
