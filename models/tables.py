"""Register all tables: importing this module imports every module of `models` that may declare one."""

import importlib
import pkgutil

import models

# Alembic, a driver and what draws documents: 30 MB, and no table
UNLOADED = (
    "models.migrations", "models.core.migrate", "models.core.postgresql", "models.documents.our_template",
    "models.documents.pdf", "models.documents.template_check", "models.documents.template_language",
    "models.documents.word",
)  # fmt: skip

for _found in pkgutil.walk_packages(models.__path__, "models."):
    if not _found.name.startswith(UNLOADED):
        importlib.import_module(_found.name)
