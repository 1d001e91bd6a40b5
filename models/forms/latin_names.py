"""Make names of a form's questions and choices from words of any script: 体温 becomes tiwen, and always the same."""

import re
from keyword import iskeyword

from models.core import characters

LONGEST = 40
_KNOWN = {"是": "yes", "否": "no"}


def latin(words: str) -> str:
    """Return a name in lower-case letters, digits and _, that begins with a letter; "" if the words have none."""
    said = characters.key(words)
    if said in _KNOWN:
        return _KNOWN[said]
    if not said.isascii():
        from pypinyin import lazy_pinyin  # 10 MB that most programs never need

        said = "".join(lazy_pinyin(said))
    name = re.sub(r"[^a-z0-9]+", "_", said.lower()).strip("_")[:LONGEST].rstrip("_")
    if name and not name[0].isalpha():
        name = f"q_{name}"
    return f"{name}_" if iskeyword(name) or name == "value" else name
