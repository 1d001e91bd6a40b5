"""List the pages of the dashboard, in the order of its navigation."""

from handlers.dashboard import (
    audit,
    exports,
    form,
    notices,
    people_data,
    person_data,
    questions,
    range_page,
    report_data,
    rollcall,
    runbooks,
    seals,
    surveys,
    system_page,
    task,
    tasks,
    today_data,
    unit_data,
)
from handlers.dashboard.pages import Page

PAGES: tuple[Page, ...] = (
    today_data.PAGE,
    range_page.PAGE,
    person_data.PAGE,
    unit_data.PAGE,
    report_data.PAGE,
    notices.PAGE,
    surveys.PAGE,
    exports.PAGE,
    questions.PAGE,
    rollcall.PAGE,
    runbooks.PAGE,
    people_data.PAGE,
    tasks.PAGE,
    task.PAGE,
    form.PAGE,
    audit.PAGE,
    seals.PAGE,
    system_page.PAGE,
)
BY_NAME = {page.name: page for page in PAGES}
