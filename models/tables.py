"""All tables: importing this module imports every module of `models`, so that the metadata of SQLModel is complete."""

import importlib
import pkgutil

import models

for _found in pkgutil.walk_packages(models.__path__, "models."):
    if not _found.name.startswith(("models.migrations", "models.core.migrate")):  # Alembic is loaded where it migrates
        importlib.import_module(_found.name)
