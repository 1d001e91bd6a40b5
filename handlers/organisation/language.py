"""`/language`, 语言: choose Chinese or English, for everything this person is told from now on."""

from typing import Literal

from handlers.core.access import MEMBER
from handlers.core.events import LanguageChosen
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.messaging import enrolment
from handlers.prompts import prompts

router = Router("language", MEMBER)

NAMES = {"zh": "zh_CN", "zh_cn": "zh_CN", "中文": "zh_CN", "汉语": "zh_CN", "en": "en", "english": "en", "英文": "en"}


@router.command("language", word="语言")
def language(turn: Turn, words: str) -> None:
    chosen = NAMES.get(words.strip().lower())
    if chosen:
        turn.person.locale = chosen
        turn.say("organisation/language_chosen")
        _again(turn)
    else:
        turn.say("organisation/language", unknown=words.strip())


@router.button("choose")
def tap_language(turn: Turn, locale: Literal["zh_CN", "en"]) -> None:
    """Choose the language."""
    turn.person.locale = locale
    turn.toast("organisation/language_chosen")
    _again(turn)


def _again(turn: Turn) -> None:
    """Ask again, in the new language, for what is still due, because a zero confirms exactly the words on the screen;
    what else stands in the chat follows by `LanguageChosen`."""
    turn.session.add(turn.person)
    turn.session.flush()
    enrolment.show_menu(turn)
    prompts.ask_today(turn, turn.person, turn.here, only_due=True)
    turn.emit(LanguageChosen(turn.person, turn.here))
