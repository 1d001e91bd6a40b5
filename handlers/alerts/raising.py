"""Raise, update and close the alerts that a report sets off when it is filed or corrected."""

from sqlmodel import Session, select

from handlers.alerts import notifying
from handlers.core.context import Context
from handlers.core.events import ReportsFiled
from handlers.core.locales import LOCALES
from handlers.core.rendering import Renderer
from handlers.prompts import answers_in_words
from models.alerts import alerts
from models.alerts.alerts import NOT_REACHED, Alert, MatchedRule
from models.forms.spec import AlertRule, FormSpec, fill, say
from models.organisation.people import Person
from models.reporting import streaks
from models.reporting.report_context import ReportContext
from models.reporting.reports import State
from models.reporting.revisions import Revision

LONGEST_ANSWER = 200  # characters of an answer inside a label
NOT_REACHED_DAYS = 2  # docs/rules.md 5.2
NOT_REACHED_MINUTES = 60


def review(context: Context, event: ReportsFiled) -> None:
    """Apply the rules in the transaction of the reports themselves, so that there is never one without the other."""
    for it in event.filed:
        _review(context, it.asked, it.revision, it.by)


def _review(context: Context, asked: ReportContext, revision: Revision, by: Person) -> None:
    session = context.session
    held = alerts.of_report(session, asked.report) if revision.number > 1 else {}
    if not (held or asked.form.alerts or revision.uncontacted):
        return
    met = {m.rule: m for m in _met(session, asked, revision)}
    for rule, alert in held.items():
        if rule not in met and alert.closed_at is None:
            alerts.close(alert, by, context.now, corrected=True)
            notifying.changed(context, alert, by, "corrected")
    before = _rules_before(session, asked, revision) if held else set()
    for rule, found in met.items():
        known = held.get(rule)
        if known is None:
            _raise(context, asked, found, by)
        elif known.closed_at is not None and (rule not in before or known.label != found.label):
            _say(known, found)
            alerts.reopen(known, by, context.now)
            notifying.reopened(context, known, by)
        elif known.closed_at is None and known.label != found.label:
            _say(known, found)
            notifying.changed(context, known, by, "revised")


def _raise(context: Context, asked: ReportContext, met: MatchedRule, by: Person) -> None:
    alert = alerts.begin(
        context.session, met, context.now, report_id=asked.report.id, period_id=asked.period.id,
        person_id=asked.report.person_id, place_id=asked.report.place_id, by=by.id,
    )  # fmt: skip
    notifying.announce(context, alert)


def _say(alert: Alert, met: MatchedRule) -> None:
    alert.label, alert.title, alert.level, alert.minutes = dict(met.label), dict(met.title), met.level, met.minutes


def _rules_before(session: Session, asked: ReportContext, revision: Revision) -> set[str]:
    """Return the rules that the revision before this one met."""
    before = session.exec(
        select(Revision).where(Revision.report_id == asked.report.id, Revision.number == revision.number - 1)
    ).first()
    return {m.rule for m in _met(session, asked, before)} if before else set()


def _met(session: Session, asked: ReportContext, revision: Revision) -> list[MatchedRule]:
    if revision.uncontacted:
        return _not_reached(session, asked)
    if revision.kind != State.FILLED:
        return []
    answers = revision.answers or {}
    return [_worded(asked.form, rule, answers) for rule in asked.form.alerts if rule.when.holds(answers)]


def _worded(form: FormSpec, rule: AlertRule, answers: dict[str, object]) -> MatchedRule:
    """Word a met rule. Its title is that of the indicator with the same name, because a summary counts in
    short words."""
    label = {}
    for locale in LOCALES:
        said = answers_in_words.said_answers(form, answers, locale)
        short = {name: it if len(it) <= LONGEST_ANSWER else it[:LONGEST_ANSWER] + "…" for name, it in said.items()}
        label[locale] = fill(say(rule.label, locale), short)
    indicator = next((i for i in form.indicators if i.name == rule.name), None)
    title = {locale: say(indicator.label, locale) for locale in LOCALES} if indicator else label
    return MatchedRule(rule.name, rule.level, label, title, rule.minutes)


def _not_reached(session: Session, asked: ReportContext) -> list[MatchedRule]:
    """Return the rule for a ward that nobody reached two days running; from the third day on it is orange."""
    days = streaks.not_reached(session, asked.period, asked.report)
    if days < NOT_REACHED_DAYS:
        return []
    label = {locale: Renderer(locale).line("alerts/alert_not_reached", days=days) for locale in LOCALES}
    title = {locale: Renderer(locale).line("alerts/alert_not_reached", days=0) for locale in LOCALES}
    level = "yellow" if days == NOT_REACHED_DAYS else "orange"
    return [MatchedRule(NOT_REACHED, level, label, title, NOT_REACHED_MINUTES)]
