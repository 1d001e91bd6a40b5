"""Name the headings under which people find what there is: commands in `/help`, pages in the dashboard's menu."""

from enum import StrEnum


class Group(StrEnum):
    """A heading, in the order in which they stand; its words are in templates/chat/core/group.j2. A heading is not
    shown to whom nothing below it belongs."""

    REPORTS = "reports"  # everybody's day
    LEADING = "leading"
    WORD = "word"  # what goes out to people, and what comes back
    SUPPORT = "support"  # things, duty, and who helps
    RECORD = "record"  # what is on record, and what was made of it
    SETTINGS = "settings"
