"""All tables, imported so that their metadata is complete."""

from models import (
    addresses,
    alerts,
    assignments,
    audit,
    cards,
    drafts,
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
    "addresses", "alerts", "assignments", "audit", "cards", "drafts", "figures", "incidents", "leases", "messages",
    "nights", "parking", "pens", "people", "periods", "posts", "reports", "seals", "seen", "versions",
]  # fmt: skip
