"""The two `pybabel` commands of CONTRIBUTING.md in one: `python -m tests.catalogs`."""

import contextlib

from tests.handlers.core.test_catalogs import EXTRACT, PO, ROOT, UPDATE, pybabel, read


def update() -> None:
    with contextlib.chdir(ROOT):
        pybabel(EXTRACT)
        pybabel(UPDATE)
    made = read(PO)
    empty = sum(1 for message in made if message.id and not (message.string and all(message.string)))
    print(f"zh_CN: {len(made)} texts, {empty} to translate")


if __name__ == "__main__":
    update()
