"""What JSON can say and no database keeps: from whoever it comes, it is a message that nobody understands."""

import json

import pytest
from sqlmodel import select

from handlers.handup import incoming
from models.handup import messages, partners, signing
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner
from tests.support.handing_up import Pair, begin, rows

pytestmark = [pytest.mark.world(begin=begin), pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)]
KINDS = ("day", "request", "withdraw", "noted", "key", "look", "join")
HALF, NUL = "\ud800", "\x00"
BODIES = ({"a": HALF}, {HALF: 1}, {"a": [NUL]}, {"a": float("nan")}, {"version": float("inf"), "request": 1})


def written(private: str, **said: object) -> bytes:
    """Return a message as a program of somebody else may write it."""
    told = json.dumps({"protocol": 1, "number": 50, "about": "", "body": {}, **said})
    return json.dumps({"message": told, "signature": signing.sign(private, told)}).encode()


@pytest.mark.parametrize("partner", [HALF, NUL, f"x{HALF}y"])
def test_a_stranger_who_sends_half_characters_is_told_what_every_stranger_is(pair: Pair, partner: str) -> None:
    now = pair.above.clock.now().isoformat()
    sent = written(signing.new_key(), partner=partner, kind="day", to="x", at=now)
    assert pair.take(sent) == incoming.UNKNOWN
    envelope = {"message": json.loads(sent)["message"], "signature": HALF}
    assert pair.take(json.dumps(envelope).encode()) == incoming.UNKNOWN


def test_what_no_database_keeps_is_not_taken_from_a_partner_either(pair: Pair) -> None:
    pair.connect()
    before = len(rows(pair.above, lambda: select(HandedUp)))
    with pair.below.database.reading() as session:
        partner = session.exec(select(Partner)).one()
        private, to = partners.own_key(session, partner), signing.fingerprint(partner.key or "")
    told = {"partner": partner.ident, "to": to, "at": pair.above.clock.now().isoformat()}
    for kind in KINDS:
        for body in BODIES:
            assert pair.take(written(private, kind=kind, body=body, **told)) == incoming.UNKNOWN, (kind, body)
    assert pair.take(written(private, kind=HALF, **told)) == incoming.UNKNOWN
    assert len(rows(pair.above, lambda: select(HandedUp))) == before
    assert pair.take(written(private, kind="look", **told))[0] == 200


def test_a_superiors_answer_of_that_kind_is_one_that_it_never_gave(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    came = messages.read(letter.data)
    assert came
    with pair.above.database.reading() as session:
        private = partners.own_key(session, session.exec(select(Partner)).one())
    told = {"partner": came.message.partner, "number": came.message.number, "about": letter.digest, "to": "x"}
    answer = written(private, kind="receipt", at=pair.above.clock.now().isoformat(), body={"seal": HALF}, **told)
    pair.note(letter, 200, answer)
    assert (pair.sent[-1].state, pair.sent[-1].why) == ("waiting", "forged")


def test_a_word_that_only_looks_like_such_a_character_is_taken(pair: Pair) -> None:
    private = signing.new_key()
    sent = written(
        private, partner="x", kind="day", to="x", at=pair.above.clock.now().isoformat(), body={"a": "\\u0000"}
    )
    assert messages.read(sent)
