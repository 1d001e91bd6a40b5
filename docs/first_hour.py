"""Write docs/first-hour.md and docs/first-hour.zh-CN.md: the first hour, played in a browser, with its taps counted,
its seconds clocked, and its screens: `.venv/bin/python -m docs.first_hour`."""

import base64
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from babel.dates import format_date
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support.first_hour import LANGUAGES, Hour, Part
from tests.support.program import Office
from tests.support.servers import chromium

DOCS = Path(__file__).parent
PICTURES = DOCS / "first-hour"
WIDTH = {"zh": 330, "en": 620}
# Draw a screenshot smaller and as WebP, a third of a PNG's size.
SHRINK = """async ([source, width]) => {
  const image = await createImageBitmap(await (await fetch(source)).blob());
  const canvas = new OffscreenCanvas(width, Math.round(image.height * width / image.width));
  const drawn = canvas.getContext("2d");
  drawn.imageSmoothingQuality = "high";
  drawn.drawImage(image, 0, 0, canvas.width, canvas.height);
  const bytes = new Uint8Array(await (await canvas.convertToBlob({type: "image/webp", quality: 0.42})).arrayBuffer());
  return btoa(bytes.reduce((said, byte) => said + String.fromCharCode(byte), ""));
}"""
STEPS = {  # the pictures, in the order of the hour, and what each shows
    "en": {
        "entered": "The admin has entered with the code: the checklist leads on.",
        "roster": "Her Excel file as it is: what is taken, and what is not, is said before *Import*.",
        "times": "A task: a form, a unit, days and times.",
        "prompt": "*From today*: her own first question arrives.",
        "led": "The leads are named with buttons.",
        "codes": "The invitations, and a sheet of slips to print.",
        "employee asked": "The second person enters with a code and is asked at once.",
        "employee filed": "One tap: a zero with its receipt.",
        "summary": "The station’s lead files too: the summary comes at once,",
        "group": "and in the station’s group.",
    },
    "zh": {
        "entered": "管理员凭开通码进入，“启用准备”清单逐项引导。",
        "roster": "原样发送Excel花名册：导入前列明采用和未采用的内容。",
        "times": "新建任务：表单、单位、日期和时间。",
        "prompt": "选“今天起生效”，管理员本人随即收到第一份报送提醒。",
        "led": "点按钮设定负责人。",
        "codes": "开通码，以及可打印裁开的一页。",
        "employee asked": "第二个人凭开通码进入，立即收到提醒。",
        "employee filed": "点一次：零报告及回执。",
        "summary": "站长报送后，本站汇总立即送达，",
        "group": "同时发到本站群聊。",
    },
}
PARTS = {
    "start": (
        "`zeroreport run`, then `zeroreport init` in another window",
        "`zeroreport run`，另一窗口`zeroreport init`",
    ),
    "set up": ("admin: from entering to the first question", "管理员：从进入到第一份报送提醒"),
    "leads and invitations": ("admin: two leads named, everyone invited", "管理员：设定两名负责人，邀请全员"),
    "employee": ("second person: from the code to the first zero", "第二个人：从开通码到第一份零报告"),
    "lead": ("lead: from the code to the first zero", "负责人：从开通码到第一份零报告"),
    "summary": ("lead: opens the group with the summary", "负责人：打开群聊查看汇总"),
}
GOALS = {"set up": ("10 minutes, 25 taps", "10分钟、25次"), "employee": ("1 minute, 2 taps", "1分钟、2次")}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with chromium() as browser:
        for language in LANGUAGES:
            parts = played(browser, language)
            name = "first-hour.md" if language == "en" else "first-hour.zh-CN.md"
            (DOCS / name).write_text(page(language, parts), "utf-8")


def played(browser: Browser, language: str) -> dict[str, Part]:
    """Play the hour and keep its pictures; return its parts."""
    blank = browser.new_context()

    def look(step: str, page: Page) -> None:
        if step in STEPS[language]:
            page.wait_for_timeout(1200)
            file = PICTURES / f"{step.replace(' ', '-')}-{language}.webp"
            keep(page.locator("#talk").screenshot(), blank, file, WIDTH[language])

    with tempfile.TemporaryDirectory(prefix="zeroreport-") as folder:
        office = Office(Path(folder), f"sqlite:///{folder}/zeroreport.db", LANGUAGES[language][1])
        hour = Hour(browser, office, language, look)
        hour.play()
    return hour.parts


def keep(png: bytes, blank: BrowserContext, file: Path, width: int) -> None:
    """Keep a picture as WebP, that many pixels wide; drawn by a page of its own in `blank`."""
    page = blank.new_page()
    shot = "data:image/png;base64," + base64.b64encode(png).decode()
    file.write_bytes(base64.b64decode(page.evaluate(SHRINK, [shot, width])))
    page.close()


def page(language: str, parts: dict[str, Part]) -> str:
    """Return the document of one language."""
    english = language == "en"
    today = datetime.now(UTC).date()
    day = format_date(today, "d MMM y", "en") if english else format_date(today, "y年M月d日", "zh_CN")
    which = 0 if english else 1
    rows = "\n".join(
        f"| {PARTS[name][which]} | {it.taps} | {it.typed} | {round(it.seconds)} | {GOALS.get(name, ('', ''))[which]} |"
        for name, it in parts.items()
    )
    pictures = table(language, 2 if english else 3)
    return (ENGLISH if english else CHINESE).format(day=day, rows=rows, pictures=pictures)


def table(language: str, columns: int) -> str:
    """Return the pictures, each above its words."""
    steps = [
        (f"![{words}](first-hour/{step.replace(' ', '-')}-{language}.webp)", f"{number}. {words}")
        for number, (step, words) in enumerate(STEPS[language].items(), 1)
    ]
    rows = []
    for at in range(0, len(steps), columns):
        some = [*steps[at : at + columns], *[("", "")] * columns][:columns]
        rows += ["| " + " | ".join(cells) + " |" for cells in zip(*some, strict=True)]
    return "\n".join([rows[0], "|" + "---|" * columns, *rows[1:]])


ENGLISH = """# The first hour

[中文](first-hour.zh-CN.md)

From an empty folder to the summary in a station’s group, as somebody does it who reads nothing but the screen. A script
plays it in Chromium, in English at a desk and in Chinese on a phone 390 pixels wide, with a clerk’s Excel file: a title
row, merged cells, headings of her own, a second sheet of notes. `python -m docs.first_hour` plays it again and writes
this page; the tests play it too, and ask for the taps.

| part | taps | answers typed | seconds | goal |
|---|---|---|---|---|
{rows}

Sending the file counts as one tap. The seconds, of {day}, are the script’s: it waits for the program’s answers, but
reads and chooses in no time. The clock is a rehearsal’s (`run --clock`), so each message begins with *Rehearsal*. The
page in the browser can be opened on this machine only; on phones the steps are the same in [Telegram](telegram.md) and
[WeCom](wecom.md).

{pictures}
"""
CHINESE = """# 第一个小时

[English](first-hour.md)

从空文件夹到本站群聊里的汇总，只看屏幕，不读说明。由脚本在Chromium中操作：英文用电脑，中文用390像素宽的手机。
花名册是办事员自己的Excel：有标题行、合并单元格、自拟的列名，另有一页说明。
`python -m docs.first_hour` 重新操作一遍并写出本页；测试同样操作一遍，并核对点击次数。

| 部分 | 点击次数 | 输入次数 | 秒 | 目标 |
|---|---|---|---|---|
{rows}

发送文件计为一次点击。用时（{day}）是脚本的用时：包含等待程序应答，不含阅读和选择。
时钟为演练时钟（`run --clock`），因此每条消息以“演练”开头。
浏览器页面仅能在本机打开；手机上用[Telegram](telegram.zh-CN.md)或[企业微信](wecom.zh-CN.md)，步骤相同。

{pictures}
"""

if __name__ == "__main__":
    main()
