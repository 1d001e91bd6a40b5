"""All tables: importing this module imports every module of `models` that declares one.

The others are not loaded: Alembic, PostgreSQL's driver and what reads files would take 10 MB."""

import importlib
import pkgutil
from importlib.util import find_spec
from pathlib import Path

import models

for _found in pkgutil.walk_packages(models.__path__, "models."):
    _spec = find_spec(_found.name)
    if _spec and _spec.origin and "table=True" in Path(_spec.origin).read_text("utf-8"):
        importlib.import_module(_found.name)
