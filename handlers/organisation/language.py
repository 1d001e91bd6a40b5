"""`/language`, 语言: Chinese or English, for everything this person is told from now on."""

from handlers.core.rendering import LOCALES
from handlers.core.turn import Turn
from handlers.messaging import enrolment
from handlers.prompts import prompts

NAMES = {"zh": "zh_CN", "zh_cn": "zh_CN", "中文": "zh_CN", "汉语": "zh_CN", "en": "en", "english": "en", "英文": "en"}


def language(turn: Turn, words: str) -> None:
    chosen = NAMES.get(words.strip().lower())
    if chosen:
        turn.person.locale = chosen
        turn.say("organisation/language_chosen")
        _again(turn)
    else:
        turn.say("organisation/language", unknown=words.strip())


def tap_language(turn: Turn, locale: str) -> None:
    if locale in LOCALES:
        turn.person.locale = locale
        turn.toast("organisation/language_chosen")
        _again(turn)


def _again(turn: Turn) -> None:
    """What is still due is asked anew in the new language: a zero confirms exactly the words on the screen."""
    turn.session.add(turn.person)
    turn.session.flush()
    enrolment.show_menu(turn)
    prompts.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now, only_due=True)
