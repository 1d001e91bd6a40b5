"""List the pages of the dashboard, and in which order its menu has them."""

from dataclasses import dataclass

from handlers.core.access import Access
from handlers.dashboard import (
    audit,
    calls,
    donations,
    duty,
    exports,
    form,
    handups,
    honours,
    notices,
    people_data,
    person_data,
    questions,
    range_page,
    report_data,
    rollcall,
    runbooks,
    seals,
    supplies,
    surveys,
    system_page,
    task,
    tasks,
    timeline,
    today_data,
    unit_data,
)
from handlers.dashboard.pages import Group, Page

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
    handups.PAGE,
    supplies.PAGE,
    donations.PAGE,
    duty.PAGE,
    calls.PAGE,
    runbooks.PAGE,
    honours.PAGE,
    timeline.PAGE,
    people_data.PAGE,
    tasks.PAGE,
    task.PAGE,
    form.PAGE,
    audit.PAGE,
    seals.PAGE,
    system_page.PAGE,
)
BY_NAME = {page.name: page for page in PAGES}


@dataclass(frozen=True)
class Section:
    """A heading of the menu, and its pages."""

    group: Group
    pages: list[Page]


def menu(role: Access) -> list[Section]:
    """Return the menu of somebody with this role: no heading without a page."""
    found = [Section(group, [it for it in PAGES if it.group == group and it.access <= role]) for group in Group]
    return [it for it in found if it.pages]
