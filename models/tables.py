"""Import every module of `models`, so that SQLModel's metadata is complete."""

import importlib
import pkgutil

import models

for _found in pkgutil.walk_packages(models.__path__, "models."):
    if not _found.name.startswith(("models.migrations", "models.core.migrate")):  # Alembic is loaded where it migrates
        importlib.import_module(_found.name)
