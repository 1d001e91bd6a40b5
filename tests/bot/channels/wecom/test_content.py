"""What people type stands in WeCom's markdown as words: no link, no mention, no title, no colour."""

import html
import re

import pytest

from bot.channels.wecom.content import markdown, markdown_messages, menu, plain
from handlers.core.rendering import Content, Renderer
from models.messaging.contents import Button

HOSTILE = [
    "[领取补贴](http://evil.example)", "![x](http://evil.example/x.png)", "<@all>", '<font color="warning">红</font>',
    "**粗**", "`码`", "> 引用", "# 标题", "甲\n# 标题\n> 引用\n- 一\n---\n===", "\\[x\\](y)", "| a | b |", "~~删~~",
    "]", "](http://evil.example)", "[", "a](b", "&lt;@all&gt;", "<a href='http://evil.example'>x</a>",
]  # fmt: skip
ACTS = re.compile(r"\[|\]\(|<|`|\*|~|^\s*(?:#|>|[-+=]+(?:\s|$))", re.MULTILINE)


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_people_type_acts_in_markdown(typed: str) -> None:
    for around in ("{}", "甲\n{}", "{}\n乙", "（{}）"):
        said = markdown(Content(around.format(html.escape(typed))))
        assert not ACTS.search(said), said
    shown = "".join(m["markdown"]["content"] for m in markdown_messages(Content(html.escape(typed)), 4096))
    assert not ACTS.search(shown)


def test_two_names_make_no_link_together() -> None:
    said = markdown(Content("[甲<b>](</b>http://evil.example)"))
    assert said == "［甲**］(**http://evil.example)"


@pytest.mark.parametrize("typed", HOSTILE)
def test_a_units_name_that_is_a_link_is_words_in_the_groups_post(typed: str) -> None:
    class Named:
        path = name = typed

    content = Renderer("zh_CN").content("messaging/group_bound", unit=Named())
    said = markdown(content)
    ours = said.replace("**", "").replace("`", "")
    assert not ACTS.search(ours), said
    assert "<a" not in plain(content).casefold()


@pytest.mark.parametrize("named", ['<a href="http://evil.example">领取补贴</a>', "<A HREF=//evil.example>x</A>"])
def test_a_button_named_like_a_link_is_words_in_the_menu(named: str) -> None:
    for words in (named, html.escape(named)):
        said = menu(
            Content(words, ((Button(named, "notice.list"),), (Button(named, "form.choose.1.a"),))), Renderer("zh_CN")
        )
        assert "<a" not in said.casefold()
        assert "evil.example" in said


def test_our_own_bold_codes_and_links_stay() -> None:
    text = "<b>甲</b> <code>a_b</code> <a href='https://a.example/x'>看</a>\n· 1-2 #3"
    assert markdown(Content(text)) == "**甲** `a_b` [看](https://a.example/x)\n· 1-2 #3"
