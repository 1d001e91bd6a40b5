"""Read YAML node by node: a tree within the limits, then its mappings, lists and words; each problem is kept with
its line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from keyword import iskeyword

import yaml

from models.core.errors import Refusal
from models.forms.spec import Text

LARGEST = 64 * 1024  # bytes; libyaml reads ten times what PyYAML itself does
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 12
LONGEST_NAME, LONGEST_WORDS = 64, 1000  # characters
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z][A-Za-z]{1,3})?")
_WIDE = re.compile(r"\s*(?:-\s*)?[\w'\"]+\s*：")  # a key, and the colon of a Chinese keyboard
_NAME = re.compile(r"[a-z][a-z0-9_]*")

Node = yaml.Node
Keys = dict[str, Node]


def compose(source: str | bytes) -> Node:
    """Return the file's tree. Raises for its size, encoding, anchors (they can multiply without end), tags, depth."""
    try:
        text = source if isinstance(source, str) else source.decode("utf-8")
        size = len(text.encode())
    except UnicodeError:
        raise Refusal("forms.not_utf8") from None
    if size > LARGEST:
        raise Refusal("forms.too_large", most=LARGEST // 1024)
    text = text.removeprefix("\ufeff")
    try:
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            if getattr(event, "anchor", None):
                raise Refusal("forms.anchors", line=line)
            tag = getattr(event, "tag", None)
            if tag:
                raise Refusal("forms.tags", line=line, tag=str(tag)[:40])
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise Refusal("forms.too_deep", line=line)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else text.count("\n", 0, getattr(error, "position", 0)) + 1
        wide = next((at for at, it in enumerate(text.split("\n")[:line], 1) if _WIDE.match(it)), None)
        if wide:
            raise Refusal("forms.wide_colon", line=wide) from None
        problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
        raise Refusal("forms.bad_yaml", line=line, problem=problem[:100]) from None
    if root is None:
        raise Refusal("forms.empty_file", line=1)
    return root


def line_of(node: Node) -> int:
    """Return the line a node begins on, counted from 1."""
    return int(node.start_mark.line) + 1


def _nothing(node: Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and (node.tag.endswith(":null") or not node.value.strip())


@dataclass
class NodeReader:
    """A reader of nodes: what is wrong goes into `problems`, and reading goes on with a stand-in."""

    problems: list[Refusal] = field(default_factory=list)

    def wrong(self, key: str, node: Node, /, **values: object) -> None:
        self.problems.append(Refusal(f"forms.{key}", line=line_of(node), **values))

    def keys(self, node: Node, known: tuple[str, ...] | None, where: str, needed: tuple[str, ...] = ()) -> Keys:
        """Return a mapping's keys. Empty values count as absent; unknown, doubled and missing keys are wrong."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong("not_a_mapping", node, where=where)
            return {}
        found: Keys = {}
        for key, value in node.value:
            name = str(key.value)[:40] if isinstance(key, yaml.ScalarNode) else "…"
            if name in found:
                self.wrong("doubled_key", key, name=name)
            elif known is not None and name not in known:
                near = get_close_matches(name, known, 1)
                self.wrong("unknown_key", key, name=name, where=where, known=", ".join(near or known))
            else:
                found[name] = value
        for name in needed:
            if name not in found or _nothing(found[name]):
                self.wrong("missing_key", found.get(name, node), name=name, where=where)
        return {name: value for name, value in found.items() if not _nothing(value)}

    def items(self, keys: Keys, name: str, most: int) -> list[Node]:
        node = keys.get(name)
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong("not_a_list", node, name=name)
            return []
        if len(node.value) > most:
            self.wrong("too_many", node, name=name, most=most)
        if not node.value:
            self.wrong("empty_list", node, name=name)
        return list(node.value[:most])

    def words(self, keys: Keys, name: str, most: int = LONGEST_WORDS) -> str:
        """Return a scalar's text as it is written (yes stays "yes", 1.0 stays "1.0")."""
        node = keys.get(name)
        return "" if node is None else self.scalar(node, name, most)

    def scalar(self, node: Node, name: str, most: int = LONGEST_WORDS) -> str:
        if not isinstance(node, yaml.ScalarNode):
            self.wrong("not_words", node, name=name)
            return ""
        words = str(node.value).strip()
        if any(not (c.isprintable() or c in "\n\u3000\u00a0\u200d") for c in words):
            self.wrong("strange_character", node, name=name)
        elif len(words) > most:
            self.wrong("too_long", node, name=name, most=most)
        return words

    def text(self, keys: Keys, name: str, most: int = LONGEST_WORDS) -> Text:
        """Return words per language; plain words hold for every language."""
        node = keys.get(name)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            return {"": self.scalar(node, name, most)}
        languages = self.keys(node, None, name)
        for language in languages:
            if not _LANGUAGE.fullmatch(language):
                self.wrong("bad_language", node, name=name, language=language)
        if not {"zh", "en"} & {language[:2] for language in languages}:
            self.wrong("no_language", node, name=name)
        return {language: self.scalar(value, name, most) for language, value in languages.items()}

    def one_of(self, keys: Keys, name: str, known: tuple[str, ...], otherwise: str) -> str:
        words = self.words(keys, name) or otherwise
        if words not in known:
            self.wrong("not_one_of", keys[name], name=name, typed=words[:40], known=", ".join(known))
            return otherwise
        return words

    def name(self, keys: Keys, taken: Mapping[str, object], key: str = "name") -> str:
        name = self.words(keys, key)
        if not name:
            return ""
        if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME or iskeyword(name) or name == "value":
            self.wrong("bad_name", keys[key], name=name[:40], most=LONGEST_NAME)
        elif name in taken:
            self.wrong("doubled_name", keys[key], name=name)
        return name
