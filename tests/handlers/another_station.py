"""What is open at another station, by the numbers that a forged button would carry."""

from sqlmodel import select

from models.absence.deputies import Deputy
from models.absence.leave import Absence
from models.alerts.alerts import Alert
from models.alerts.incidents import Incident
from models.conversations.confirmations import Confirmation
from models.conversations.drafts import Draft
from models.cycle.assignments import Assignment
from models.donations.collections import Collection
from models.donations.entries import DonationEntry
from models.duty.secondments import Secondment
from models.duty.shifts import Duty, Shift
from models.duty.swaps import DutySwap
from models.files.attachments import Attachment
from models.handup.requests import PartnerRequest
from models.honours.honours import Honour
from models.messaging.addresses import Address
from models.operations.jobs import Job
from models.organisation import people, units
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
from tests.support.handing_up import plant
from tests.support.world import ROSTER, TUESDAY, World

ADMIN = "周敏"


def begin(world: World) -> None:
    world.organisation(ROSTER + "1012,冯静,区局/一站,admin,,,\n")
    world.assign()
    world.at("7:30", TUESDAY)


def numbers_of(world: World) -> dict[str, int]:
    """Return what is open at 二站, and a question to the admin, by number."""
    world.says("赵强", "/duty add 每天 8:00-20:00 白班 1人：赵强、钱丽")
    world.taps("赵强", "明天起")
    world.tick()
    world.says("钱丽", "/duty")
    world.taps("钱丽", "换班：")
    world.taps("钱丽", "赵强")
    world.taps("钱丽", "仅请对方代值")
    world.says("赵强", "/second 1008 区局/防疫专班 12-01 3d")
    world.taps("赵强", "确认")
    world.says("钱丽", "/incident 仓库起火")
    world.sends("钱丽", "fire.jpg")
    world.taps("钱丽", "立即上报")
    world.says("钱丽", "/leave 12-01 12-02 手术")
    world.says("钱丽", "/leave 12-08 12-09")
    world.taps("钱丽", "有情况")
    world.sends("钱丽", "smoke.jpg")
    world.says("赵强", "/deputy 陈局 12-01 12-02")
    world.says("赵强", "/proxy 1008 zero 电话确认")
    world.says(ADMIN, "/topic set 二站物资: 赵强")
    world.taps(ADMIN, "确认")
    world.says("钱丽", "/ask 仓库起火怎么办")
    world.taps("钱丽", "发送问题")
    world.taps("赵强", "答复")
    world.says("赵强", "先断电")
    world.taps("赵强", "发布到答疑")
    world.taps("赵强", "📢 发布")
    world.says("赵强", "/notice 二站内部 仓库起火")
    for tap in ("二站", "全体人员", "确认已阅", "18:00", "发送"):
        world.taps("赵强", tap, world.last("赵强"))
    world.says("赵强", "/rollcall 区局/二站 仓库起火")
    world.taps("赵强", "立即点名")
    for words in ("item 酒精 瓶", "store 二站仓库", "received 酒精 20", "out 酒精 钱丽 2"):
        world.says("赵强", f"/supplies {words}")
        if any("登记" in label for label in world.last("赵强").labels):
            world.taps("赵强", "登记")
    world.says("赵强", "/donations new 二站互助 12-20")
    world.says("赵强", "/donations money 1 300 1008")
    world.taps("赵强", "登记")
    world.says(ADMIN, "/runbook new 二站预案 @区局/二站\n仓库起火时切断电源 | 负责人 | 30分钟")
    world.taps(ADMIN, "保存")
    world.says(ADMIN, "/runbook start 二站预案")
    world.taps(ADMIN, "立即启动")
    world.says(ADMIN, '/honours award 区局/二站 "先进" reason=排查细致')
    world.taps(ADMIN, "授予荣誉", world.last(ADMIN))
    world.says(ADMIN, "/form preview health")
    world.says(ADMIN, "/bind 区局/二站", chat="-100", title="二站群")
    world.says(ADMIN, "/people leave 1005")
    world.says(ADMIN, "/export 今天 zip")
    with world.database.writing() as session:
        partner, handed = (it.id for it in plant(session, units.unit_at(session, "区局/二站"), 1, world.clock.now()))
    with world.database.reading() as session:
        who = people.find_person(session, "钱丽")
        report = session.exec(select(Report).where(Report.person_id == who.id)).first()
        forms = session.exec(select(Draft)).all()
        leaves = {a.state: a.id for a in session.exec(select(Absence)).all()}
        assert report
        return {
            "unit": units.unit_at(session, "区局/二站").id, "person": who.id, "report": report.id,
            "period": report.period_id, "task": session.exec(select(Assignment)).one().id,
            "draft": next(d.id for d in forms if d.author_id == who.id), "rehearsal": next(
                d.id for d in forms if d.rehearsal
            ),
            "proxied": next(d.id for d in forms if d.proxy), "drafted": leaves["draft"], "absence": leaves["requested"],
            "incident": session.exec(select(Incident.id)).one(), "alert": session.exec(select(Alert.id)).one(),
            "deputy": session.exec(select(Deputy.id)).one(),
            "group": session.exec(select(Address.id).where(Address.chat == "-100")).one(),
            "question": session.exec(select(Question.id)).one(), "topic": session.exec(select(Topic.id)).one(),
            "partner": partner, "handed": handed,
            "asked": session.exec(select(PartnerRequest.id)).one(),
            "entry": session.exec(select(FaqEntry.id)).one(),
            "pending": session.exec(select(Confirmation.id).where(Confirmation.action != "attach")).one(),
            "held": session.exec(select(Confirmation.id).where(Confirmation.action == "attach")).one(),
            "attachment": session.exec(select(Attachment.id)).one(), "job": session.exec(select(Job.id)).one(),
            "round": session.exec(select(Round.id).where(Round.kind == "notice")).one(),
            "shift": session.exec(select(Shift.id)).first() or 0, "duty": session.exec(select(Duty.id)).first() or 0,
            "swap": session.exec(select(DutySwap.id)).one(), "secondment": session.exec(select(Secondment.id)).one(),
            "store": session.exec(select(Store.id)).one(), "handout": session.exec(select(Handout.id)).one(),
            "movement": session.exec(select(Movement.id).where(Movement.kind == "received")).one(),
            "handing": session.exec(select(Handing.id)).one(),
            "collection": session.exec(select(Collection.id)).one(),
            "gift": session.exec(select(DonationEntry.id)).one(),
            "honour": session.exec(select(Honour.id)).one(),
            "book": session.exec(select(Runbook.id)).one(), "run": session.exec(select(RunbookRun.id)).one(),
            "step": session.exec(select(RunbookStep.id)).one(),
            "told": session.exec(select(TimelineEntry.id).where(TimelineEntry.source == "notice")).one(),
            "call": session.exec(select(Round.id).where(Round.kind == "rollcall")).one(),
        }  # fmt: skip
