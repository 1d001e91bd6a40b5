"""Provide pages in a real browser."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import servers

OpenPage = Callable[..., Page]
Find = Callable[[Page], list[str]]
LOADED = "() => Boolean(window.axe)"
VIOLATIONS = """async () => {
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return violations.map((it) => `${it.id} ${it.nodes[0].target}`);
}"""
expect.set_options(timeout=60_000)  # a busy machine takes its time; what does not come at all still fails


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium for one test file: Playwright keeps an event loop running, so no `asyncio.run` beside it."""
    with ExitStack() as stack:
        try:
            started = stack.enter_context(servers.chromium())
        except servers.Unavailable as reason:
            pytest.skip(str(reason))
        yield started


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page for one more person (own cookies); an error in its script fails the test. Takes the options of
    Playwright's `new_context`: `viewport={"width": 390, "height": 844}`, `locale="zh-CN"`."""
    errors: list[str] = []
    with ExitStack() as stack:

        def opened(**options: Any) -> Page:
            context = browser.new_context(**options)
            context.set_default_timeout(60_000)
            stack.callback(context.close)
            page = context.new_page()
            page.on("pageerror", lambda error: errors.append(str(error)))
            return page

        yield opened
    assert not errors, f"the page's script failed: {errors}"


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """Return one page of desktop size."""
    return open_page()


@pytest.fixture(scope="session")
def found() -> Find:
    """Return what says what axe holds against a page, each finding with the first element it means. A page loads axe
    once, and only what is wrong leaves it: both took as long as looking."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def look(page: Page) -> list[str]:
        if not page.evaluate(LOADED):
            page.evaluate(axe.axe_script)
        said: list[str] = page.evaluate(VIOLATIONS)
        return said

    return look
