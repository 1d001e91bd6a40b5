"""All tables, imported so that their metadata is complete."""

from models import (
    addresses,
    assignments,
    audit,
    cards,
    changes,
    drafts,
    figures,
    leases,
    messages,
    paths,
    pending,
    people,
    periods,
    posts,
    reopenings,
    reports,
    seals,
    seen,
    versions,
    workdays,
)

__all__ = [
    "addresses", "assignments", "audit", "cards", "changes", "drafts", "figures", "leases", "messages", "paths",
    "pending", "people", "periods", "posts", "reopenings", "reports", "seals", "seen", "versions", "workdays",
]  # fmt: skip
