import time

from models.database import Database
from tests.world import World


def test_try(database: Database) -> None:
    w = World(database); w.organisation(); w.assign()
    t=time.time()
    w.at("7:30")
    for who in ["张伟","group 一站","李梅"]:
        for b in w.chat(who): print(who, b.id,b.kind,b.text, b.labels)
    print(w.taps("张伟","零报告"))
    for t2 in ["9:00","9:30","10:00","10:05","10:15","10:25","11:00","23:59"]:
        w.at(t2)
    from datetime import date
    w.at("8:00", date(2026,11,24))
    for who in ["张伟","group 一站","李梅","陈局","王建国","周敏","group 区局","group 防疫专班"]:
        print("-----",who)
        for b in w.phones.get(w.number(who),[]): print(b.born.strftime("%H:%M:%S"),b.gone, b.id,b.kind,b.edits,b.text, b.labels)
    print(time.time()-t)
    assert 0
