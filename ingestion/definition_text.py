"""Change a definition's YAML text line by line; comments and all other lines stay as they are."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Sequence

import yaml

from ingestion.differences import Keys

WHOLE = 1_000_000
LONGEST_HEADING = 250
"""YAML refuses a key of more than 1,024 characters; people, sooner."""


class NotOneLineError(Exception):
    """The place cannot be changed by a single line; a person has to."""


def with_wording(text: str, keys: Keys, words: str) -> str:
    """Give the heading at a place one more wording, in its `also_written`."""
    key, value = _own_node(text, keys)
    wording = spelled(words)
    if isinstance(value, yaml.MappingNode):
        also = _child(value, "also_written")
        if also is not None:
            return _appended(text, also[1], wording)
        return _with_entry(text, value, f"also_written: [{wording}]")
    if not isinstance(value, yaml.ScalarNode):
        raise NotOneLineError(f"{'.'.join(keys)} is not a heading with a meaning of its own")
    entry = _meaning(keys, value.value)
    inside = ", ".join([*([entry] if entry else []), f"also_written: [{wording}]"])
    start, end = value.start_mark.index, value.end_mark.index
    if start == end:
        start = end = key.end_mark.index + 1
        return f"{text[:start]} {{{inside}}}{text[end:]}"
    return f"{text[:start]}{{{inside}}}{text[end:]}"


def with_entry(text: str, keys: Keys, entry: str) -> str:
    """Put one more `key: value` into the mapping at a place."""
    _, value = _own_node(text, keys)
    if not isinstance(value, yaml.MappingNode):
        raise NotOneLineError(f"{'.'.join(keys)} is not a mapping")
    return _with_entry(text, value, entry)


def with_item(text: str, keys: Keys, item: str) -> str:
    """Put one more text into the list at a place."""
    _, value = _own_node(text, keys)
    return _appended(text, value, scalar(item))


def with_block_after(text: str, keys: Keys, block: str) -> str:
    """Put lines below the entry at a place, in the indentation of that entry."""
    key, value = _node(text, keys)
    indent = " " * key.start_mark.column
    at = text.find("\n", _end(text, value)) + 1 or len(text)
    lines = "".join(f"{indent}{line}\n" if line else "\n" for line in block.splitlines())
    return text[:at] + lines + text[at:]


def with_line_before(text: str, key: str, line: str) -> str:
    """Put a line above a key of the definition itself."""
    found, _ = _node(text, (key,))
    at = found.start_mark.index
    return f"{text[:at]}{line}\n{text[at:]}"


def source_of(text: str, keys: Keys) -> str:
    """Return the YAML of a place as it is written, its key included and without indentation."""
    key, value = _node(text, keys)
    first, *others = text[key.start_mark.index : _end(text, value)].splitlines()
    return "\n".join([first, *(line[key.start_mark.column :] for line in others)])


def has(text: str, keys: Keys) -> bool:
    """Tell whether a place is there."""
    try:
        _node(text, keys)
    except NotOneLineError:
        return False
    return True


def names(text: str, keys: Keys) -> list[str]:
    """Return the keys of the mapping at a place, as they are spelled there."""
    _, value = _node(text, keys)
    return [k.value for k, _ in value.value] if isinstance(value, yaml.MappingNode) else []


def scalar(words: str) -> str:
    """Spell a text so that it may stand in a list, quoted where it has to be."""
    line = yaml.safe_dump([words], default_flow_style=True, allow_unicode=True, width=WHOLE)
    inside = line.strip()[1:-1]
    return quoted(words) if inside.startswith("'") else inside


def quoted(words: str) -> str:
    """Spell a text in double quotes."""
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def wrapped(items: Iterable[str], indent: int, width: int = 110) -> str:
    """Write a list over as few lines as the width allows, its items already spelled."""
    whole = [item.replace(" ", "\0") for item in items]
    lines = textwrap.wrap(
        f"[{', '.join(whole)}]", width - indent - 1, break_long_words=False, break_on_hyphens=False
    )
    return f"\n{' ' * (indent + 1)}".join(lines).replace("\0", " ") or "[]"


def escaped(words: str) -> str:
    """Spell a file's words as a wording that fits just them: `*` and `{` would be read."""
    return re.sub(r"\*|\[(?=.\])|\{(?=[a-z_]+\})", lambda found: f"[{found[0]}]", words)


def spelled(heading: str) -> str:
    """Spell a heading as a wording; of a very long one, how it begins."""
    words = heading if len(heading) <= LONGEST_HEADING else heading[:LONGEST_HEADING]
    return scalar(escaped(words) + ("*" if words != heading else ""))


def _meaning(keys: Keys, written: str) -> str:
    """Spell out the short form of a heading: `Code: code`, `Notes: ignore`."""
    if keys[0] == "row_headings":
        return f"is: {scalar(written)}"
    return "ignore: true" if written == "ignore" else ""


def _node(text: str, keys: Sequence[str]) -> tuple[yaml.Node, yaml.Node]:
    """Find a place: the node of its key and that of its value."""
    whole = yaml.compose(text, Loader=yaml.SafeLoader) or yaml.ScalarNode("", "")
    found: tuple[yaml.Node, yaml.Node] = (whole, whole)
    for step in keys:
        inside = _child(found[1], step) if isinstance(found[1], yaml.MappingNode) else None
        if inside is None:
            raise NotOneLineError(f"{'.'.join(keys)} is not written out in the definition")
        found = inside
    return found


def _own_node(text: str, keys: Sequence[str]) -> tuple[yaml.Node, yaml.Node]:
    """Find a place that stands for itself alone: what is anchored is repeated elsewhere."""
    for depth in range(1, len(keys) + 1):
        _, value = _node(text, keys[:depth])
        if text[value.start_mark.index :][:1] == "&":
            raise NotOneLineError(f"{'.'.join(keys[:depth])} is anchored and used elsewhere too")
    return _node(text, keys)


def _child(node: yaml.MappingNode, name: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next(((k, v) for k, v in node.value if str(k.value) == name), None)


def _end(text: str, node: yaml.Node) -> int:
    """Return where a node's text ends; that of a block ends with its last entry."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(text, node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(text, node.value[-1])
    end: int = node.end_mark.index
    return len(text[:end].rstrip()) if isinstance(node, yaml.ScalarNode) else end


def _with_entry(text: str, node: yaml.MappingNode, entry: str) -> str:
    if node.flow_style:
        return _into_flow(text, node, node.value[-1][1] if node.value else None, entry)
    first = node.value[0][0].start_mark
    start = text.rfind("\n", 0, first.index) + 1
    return f"{text[:start]}{' ' * first.column}{entry}\n{text[start:]}"


def _appended(text: str, node: yaml.Node, item: str) -> str:
    if not isinstance(node, yaml.SequenceNode):
        raise NotOneLineError("there is no list to add to")
    if node.flow_style:
        return _into_flow(text, node, node.value[-1] if node.value else None, item)
    last = node.value[-1]
    at = text.find("\n", _end(text, last)) + 1 or len(text)
    return f"{text[:at]}{' ' * node.start_mark.column}- {item}\n{text[at:]}"


def _into_flow(text: str, node: yaml.Node, last: yaml.Node | None, entry: str) -> str:
    """Put an entry behind the last one of what stands in brackets."""
    if last is None:
        at = node.end_mark.index - 1
        return text[:at].rstrip() + entry + text[at:]
    at = _end(text, last)
    return f"{text[:at]}, {entry}{text[at:]}"
