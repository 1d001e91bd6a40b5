"""Register all tables: importing this module imports every module of `models` that may declare one."""

import importlib
import pkgutil

import models

# Alembic and a driver: 10 MB, and no table
UNLOADED = ("models.migrations", "models.core.migrate", "models.core.postgresql")

for _found in pkgutil.walk_packages(models.__path__, "models."):
    if not _found.name.startswith(UNLOADED):
        importlib.import_module(_found.name)
