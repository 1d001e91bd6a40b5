"""Every word in both languages: the Chinese catalog is complete, and no words hide outside the templates.

English is what the templates say, and has no catalog."""

import ast
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from jinja2 import nodes

from handlers import dispatch
from handlers.core.locales import LOCALES, catalog, translations
from handlers.core.rendering import environment_of

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "templates"
PO = TEMPLATES / "locale" / "zh_CN" / "LC_MESSAGES" / "messages.po"
EXTRACT = "pybabel extract -F babel.cfg --omit-header --no-location --sort-output --no-wrap -o messages.pot ."
UPDATE = (
    "pybabel update -i messages.pot -d templates/locale -l zh_CN --omit-header --no-wrap --ignore-obsolete "
    "--no-fuzzy-matching"
)
PLURALS = 1  # of Chinese
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
RUN_INTO = re.compile(r"%\((?:link|url)\)s[^\s<]")
BRACED = re.compile(r"\{\w+\}")
REFUSAL = re.compile(r'Refusal\(\s*"([a-z_]+\.[a-z_]+)"')
CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
OWN_NAME = "中文"  # a language is called by its own name
TYPED = {*dispatch.MEANT_AS_ZERO, *dispatch.ACKNOWLEDGED, "返回", "取消", "／", "。.!！"}
ALLOWED = {
    "handlers/dispatch.py": TYPED,
    "handlers/typed_commands.py": {"／"},
    "handlers/organisation/language.py": {OWN_NAME, "汉语", "英文"},
    "handlers/prompts/answers_in_words.py": {"、"},
    "handlers/core/filters.py": {"、", "M月d日"},
    "handlers/alerts/alerts.py": {"全部", "记录"},
    "handlers/honours/honours.py": {  # the quotation marks round a title, and the words before a reason
        r"""^(?P<unit>.*?)\s*["“”「『](?P<title>[^"“”「」『』]*)["“”」』]\s*(?P<rest>.*)$""",
        r"^(?:reason|理由|原因|事由)\s*[=＝:：]\s*(?P<reason>.*)$",
        '"“”「」『』',
    },
    "bot/settings.py": {"，"},
}


def pybabel(command: str) -> None:
    CommandLineInterface().run(command.replace("pybabel ", "pybabel -q ", 1).split())


def read(path: Path, locale: str = "zh_CN") -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=locale, abort_invalid=True)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return every text of the templates, and of the few places in Python that need a word."""
    made = tmp_path_factory.mktemp("texts") / "messages.pot"
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(ROOT)
        pybabel(EXTRACT.replace("messages.pot", str(made)))
    return made


@cache
def _kept() -> Catalog:
    return read(PO)


def _ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def _messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def test_no_text_is_missing_and_none_is_left_over(extracted: Path) -> None:
    wanted = {_ids(message) for message in _messages(read(extracted, "en"))}
    kept = {_ids(message) for message in _messages(_kept())}
    assert (wanted - kept, kept - wanted) == (set(), set()), f"{EXTRACT}; {UPDATE}"
    assert not _kept().obsolete


def test_no_text_is_empty_or_fuzzy() -> None:
    unfinished = [m.id for m in _messages(_kept()) if m.fuzzy or not all(s.strip() for s in _strings(m))]
    assert unfinished == []


def test_every_plural_has_all_its_forms(extracted: Path) -> None:
    assert _kept().num_plurals == PLURALS
    for message in _messages(_kept()):
        assert len(_strings(message)) == 1, message.id
    for message in _messages(read(extracted, "en")):
        assert len(_ids(message)) == (2 if message.pluralizable else 1), message.id


def test_translations_name_the_same_values() -> None:
    for message in _messages(_kept()):
        for pattern in (PLACEHOLDER, BRACED):
            found = {frozenset(pattern.findall(text)) for text in (*_ids(message), *_strings(message))}
            assert len(found) == 1, message.id
        for text in (*_ids(message), *_strings(message)):
            assert "%" not in PLACEHOLDER.sub("", text).replace("%%", ""), text


def test_translations_keep_the_markup() -> None:
    tag = re.compile(r"</?(\w+)>")
    for message in _messages(_kept()):
        if tag.search(_ids(message)[0]):
            assert all(tag.search(text) for text in (*_ids(message), *_strings(message))), message.id
        for text in (*_ids(message), *_strings(message)):
            assert text.count("<b>") == text.count("</b>"), text


def test_english_is_what_the_templates_say() -> None:
    assert [folder.name for folder in (TEMPLATES / "locale").iterdir() if folder.is_dir()] == ["zh_CN"]
    english = translations("en")
    for message in _messages(_kept()):
        assert (
            {english.ngettext(*_ids(message), n) for n in (1, 2)} == set(_ids(message))
            if message.pluralizable
            else (english.gettext(_ids(message)[0]) == _ids(message)[0])
        )


def test_chinese_has_no_english_stops() -> None:
    half_width = re.compile(r"[\u3400-\u9fff][,;?!]|[\u3400-\u9fff]\s+[，。；：]|[，。；]\s")
    assert [s for m in _messages(_kept()) for s in _strings(m) if half_width.search(s)] == []


NAMED_WITH_A_DOT = "零报告·无情况"  # a button's name, as 阿里·木 is a person's


def test_facts_in_a_list_have_a_dot_between_spaces() -> None:
    """In both languages alike; a dot that is a sign, as in a legend, stands before what it means."""
    said = [(it.id, text.replace(NAMED_WITH_A_DOT, "")) for it in _messages(_kept()) for text in _strings(it)]
    assert [text for _, text in said if re.search(r"\S·", text)] == []
    assert [text for key, text in said if key == " · "] == [" · "]
    for path in TEMPLATES.rglob("*.j2"):
        assert not re.search(r"[}\w]·|·[{\w]", path.read_text("utf-8")), path


def test_the_update_would_change_nothing(extracted: Path, tmp_path: Path) -> None:
    made = tmp_path / "zh_CN" / "LC_MESSAGES" / "messages.po"
    made.parent.mkdir(parents=True)
    made.write_bytes(PO.read_bytes())
    pybabel(UPDATE.replace("messages.pot", str(extracted)).replace("templates/locale", str(tmp_path)))
    assert made.read_text("utf-8") == PO.read_text("utf-8")


def test_the_commands_are_those_that_contributors_read() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert EXTRACT in told
    assert UPDATE in told


def test_the_file_holds_neither_dates_nor_places() -> None:
    text = PO.read_text("utf-8")
    assert "-Date:" not in text
    assert "\n#:" not in text
    assert read(PO).charset == "utf-8"


def _modules() -> Iterator[tuple[str, str]]:
    for room in ("bot", "handlers", "models"):
        for module in sorted((ROOT / room).rglob("*.py")):
            yield module.relative_to(ROOT).as_posix(), module.read_text("utf-8")


def _macros() -> dict[str, set[str]]:
    """file.macro → its arguments."""
    return {
        f"{path.stem}.{macro.name}": {argument.name for argument in macro.args}
        for path in (TEMPLATES / "refusals").glob("*.j2")
        for macro in environment_of("en", html_text=True).parse(path.read_text("utf-8")).find_all(nodes.Macro)
    }


def test_every_refusal_has_its_sentence() -> None:
    raised = {key for _, text in _modules() for key in REFUSAL.findall(text)}
    assert raised, "the pattern finds none"
    assert raised - set(_macros()) == set()


def test_every_refusal_gives_its_sentence_what_it_needs() -> None:
    macros = _macros()
    for name, text in _modules():
        for call in ast.walk(ast.parse(text)):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Refusal"):
                continue
            key = call.args[0] if call.args else None
            given = {keyword.arg for keyword in call.keywords} - {"line"}
            if isinstance(key, ast.Constant) and key.value in macros and None not in given:
                assert given == macros[key.value], f"{name}:{call.lineno} {key.value}"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_template_compiles(locale: str) -> None:
    for path in TEMPLATES.rglob("*.j2"):
        for html_text in (True, False):
            environment_of(locale, html_text=html_text).get_template(path.relative_to(TEMPLATES).as_posix())


def test_templates_hold_no_chinese() -> None:
    for room in ("chat", "cli"):
        for path in (TEMPLATES / room).rglob("*.j2"):
            text = re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)
            assert not CJK.search(text.replace(f'"{OWN_NAME}"', "")), path


def _literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the string literals that are no docstrings."""
    told = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = [n.body[0] for n in ast.walk(tree) if isinstance(n, told) and n.body]
    docstrings = {id(n.value) for n in first if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def _words_of_commands(tree: ast.Module) -> set[str]:
    """Return what is given as the Chinese word of a command."""
    return {
        it.value.value
        for call in ast.walk(tree) if isinstance(call, ast.Call)
        for it in call.keywords if it.arg == "word" and isinstance(it.value, ast.Constant)
    }  # fmt: skip


def test_python_holds_no_words_for_people() -> None:
    found = [
        f"{name}:{line} {literal}"
        for name, text in _modules()
        if not name.startswith("models/") and name != "handlers/core/vocabulary.py"  # what people may type
        for tree in [ast.parse(text)]
        for line, literal in _literals(tree)
        if CJK.search(literal) and literal not in ALLOWED.get(name, set()) | _words_of_commands(tree)
    ]
    assert found == []


def _as_babel_reads(source: bytes) -> dict[object, str]:
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale="zh_CN"))
    compiled.seek(0)
    return {key: said for key, said in Translations(compiled)._catalog.items() if key != ""}


def test_a_catalog_says_what_babel_reads_in_it() -> None:
    ours = {key: said for key, said in catalog(PO.read_text("utf-8").splitlines()).items() if key != ""}
    assert len(ours) > 2000
    assert ours == _as_babel_reads(PO.read_bytes())
    one = next(key[0] for key in ours if isinstance(key, tuple))
    assert {translations("zh_CN").ngettext(one, "", n) for n in (1, 2)} == {ours[one, 0]}


def test_escapes_lines_that_go_on_comments_and_what_is_not_translated_are_read_as_babel_does() -> None:
    source = (
        '#: a.py\nmsgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n#, python-format\n'
        'msgid "a \\"b\\" \\\\ \\t"\nmsgstr ""\n"甲\\n"\n"乙"\n\nmsgid "none"\nmsgstr ""\n\n'
        'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\nmsgstr[0] "%(n)s天"\n\n#~ msgid "gone"\n#~ msgstr "去"\n'
    )
    ours = {key: said for key, said in catalog(source.splitlines()).items() if key != ""}
    assert ours == {'a "b" \\ \t': "甲\n乙", ("%(n)s day", 0): "%(n)s天"} == _as_babel_reads(source.encode())


def test_a_link_ends_where_words_go_on_so_that_a_tap_opens_it() -> None:
    assert [text for it in _messages(_kept()) for text in _strings(it) if RUN_INTO.search(text)] == []
