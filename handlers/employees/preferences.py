"""`/language`, 语言: Chinese or English, for everything this person is told from now on."""

from handlers.turn import Turn
from handlers.words import LOCALES

NAMES = {"zh": "zh_CN", "zh_cn": "zh_CN", "中文": "zh_CN", "汉语": "zh_CN", "en": "en", "english": "en", "英文": "en"}


def language(turn: Turn, words: str) -> None:
    chosen = NAMES.get(words.strip().lower())
    if chosen:
        _choose(turn, chosen)
        turn.say("language_chosen")
    else:
        turn.say("language", unknown=words.strip())


def tap_language(turn: Turn, locale: str) -> None:
    if locale in LOCALES:
        _choose(turn, locale)
        turn.toast("language_chosen")


def _choose(turn: Turn, locale: str) -> None:
    turn.person.locale = locale
    turn.session.add(turn.person)
    turn.session.flush()
