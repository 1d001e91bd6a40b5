"""All tables, imported so that their metadata is complete."""

from models import (
    absences,
    addresses,
    alerts,
    assignments,
    audit,
    cards,
    deputies,
    drafts,
    excuses,
    figures,
    incidents,
    leases,
    messages,
    nights,
    parking,
    pens,
    people,
    periods,
    posts,
    reports,
    seals,
    seen,
    versions,
)

__all__ = [
    "absences", "addresses", "alerts", "assignments", "audit", "cards", "deputies", "drafts", "excuses", "figures",
    "incidents", "leases", "messages", "nights", "parking", "pens", "people", "periods", "posts", "reports", "seals",
    "seen", "versions",
]  # fmt: skip
