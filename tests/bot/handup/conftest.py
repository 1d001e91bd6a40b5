from tests.handlers.handup.conftest import pair

__all__ = ["pair"]
