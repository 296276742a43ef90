"""Turn what differs into changes of the definition: single lines where that is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ingestion.definition import TODO, Definition, read_definition
from ingestion.definition_text import (
    NotOneLineError,
    escaped,
    has,
    names,
    quoted,
    scalar,
    source_of,
    spelled,
    with_block_after,
    with_entry,
    with_item,
    with_line_before,
    with_wording,
    wrapped,
)
from ingestion.differences import Drift, Keys, Known, Strange, TableDrift
from ingestion.wording import slug, unused

LONGEST_NAME = 60


@dataclass
class Proposed:
    """A definition's text as proposed, and what has to be done by hand, in words."""

    text: str
    by_hand: list[str] = field(default_factory=list)
    changes: int = 0

    def take(self, change: Callable[..., str], *what: object) -> bool:
        """Make one change of the text; one that is no matter of lines is left to a person."""
        try:
            self.text = change(self.text, *what)
        except NotOneLineError as error:
            self.by_hand.append(f"{error}; that is to be changed by hand.")
            return False
        self.changes += 1
        return True


def with_rewordings(text: str, drift: Drift) -> Proposed:
    """Propose one more wording for each heading that was clearly only reworded."""
    proposed = Proposed(text)
    clear = {
        (one.near, one.words)
        for table in drift.tables
        for one in table.over
        if one.is_clear and one.near is not None
    }
    for near, words in sorted(clear, key=lambda pair: (pair[0].keys, pair[1])):
        change = _with_member if "each" in names(proposed.text, near.keys[:2]) else with_wording
        proposed.take(change, near.keys, words)
    return proposed


def _with_member(text: str, keys: Keys, words: str) -> str:
    """Give one heading of a list another wording: `besides` the list, and with its own member."""
    kind, name, heading = keys
    many = yaml.safe_load(text)[kind][name]
    measure = f"measure: {many['measure']}, " if "measure" in many else ""
    also = f"also_written: [{spelled(words)}]"
    entry = f"{scalar(heading)}: {{{measure}{many['each']}: {slug(heading)}, {also}}}"
    if has(text, (kind, name, "besides")):
        return with_entry(text, (kind, name, "besides"), entry)
    return with_entry(text, (kind, name), f"besides: {{{entry}}}")


def with_the_rest(text: str, definition: Definition, drift: Drift) -> Proposed:
    """Propose what a person has to decide on: a layout, markers, members; marked by `TODO`."""
    proposed = Proposed(text)
    if definition.records:
        _propose_columns(proposed, drift)
        return proposed
    if drift.sheets_lacking or any(t.headings_differ or t.renamed_sheet for t in drift.tables):
        _propose_layout(proposed, drift)
    _propose_markers(proposed, drift)
    _propose_members(proposed, drift)
    return proposed


def loaded(text: str, return_id: str) -> Definition:
    """Validate the text of a definition, be it a draft; raises `DefinitionError`."""
    return read_definition(text, f"{return_id}.yml", as_draft=True)


# A new layout.


def _propose_layout(proposed: Proposed, drift: Drift) -> None:
    raw = yaml.safe_load(proposed.text)
    layouts: dict[str, Any] = raw["layouts"]
    layout = dict(layouts[drift.layout_id])
    when = drift.period.start if drift.period else None
    name = unused(f"{when:%B_%Y}".lower() if when else "new", layouts)
    suffix = f"{when:%Y}" if when else "new"
    tables = {table_id: dict(table) for table_id, table in layout["tables"].items()}
    for sets in _changed_sets(drift):
        new = unused(f"{sets.name}_{suffix}", raw[sets.kind])
        block = _set_block(proposed.text, raw, sets, new)
        if not proposed.take(with_block_after, (sets.kind, sets.name), block):
            return
        for table_id in sets.tables:
            tables[table_id] = _with_set(tables[table_id], sets, new)
    for table in drift.tables:
        if table.renamed_sheet is not None:
            tables[table.table_id]["sheet"] = table.sheet
    layout["tables"] = tables
    others = [s for s in layout.get("other_sheets", []) if s not in drift.sheets_lacking]
    layout["other_sheets"] = others
    if layout == {"other_sheets": []} | layouts[drift.layout_id]:
        gone = ", ".join(f"'{name}'" for name in drift.sheets_lacking)
        proposed.by_hand.append(
            f"The layout {drift.layout_id} has also {gone}; if that is no longer published, "
            "write a layout without its table."
        )
        return
    block = "\n".join(_layout_block(name, {k: v for k, v in layout.items() if v}))
    last = list(layouts)[-1]
    proposed.take(with_block_after, ("layouts", last), block)


@dataclass
class _Change:
    """A set of headings of which a new layout needs another one, and the tables that use it."""

    kind: str
    name: str
    gone: set[str] = field(default_factory=set)
    new: list[str] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)


def _changed_sets(drift: Drift) -> list[_Change]:
    found: dict[tuple[str, ...], _Change] = {}
    for table in drift.tables:
        for keys in [*(one.keys[:2] for one in table.lacking), *(one.keys for one in table.over)]:
            change = found.setdefault(keys, _Change(keys[0], keys[1]))
            if table.table_id not in change.tables:
                change.tables.append(table.table_id)
        for known in table.lacking:
            found[known.keys[:2]].gone.add(known.words)
        for one in table.over:
            if one.words not in found[one.keys].new:
                found[one.keys].new.append(one.words)
    return list(found.values())


def _set_block(text: str, raw: Mapping[str, Any], change: _Change, name: str) -> str:
    """Write a set anew: what is kept as it is written, what is new to be decided on."""
    written = names(text, (change.kind, change.name))
    if "each" in written:
        many = dict(raw[change.kind][change.name])
        kept = [heading for heading in many.pop("headings") if heading not in change.gone]
        headings = wrapped([*map(scalar, kept), *map(spelled, change.new)], 4)
        keys = [f"  {key}: {_flow(value)}" for key, value in many.items()]
        return "\n".join([f"{name}:", *keys, "  headings:", f"    {headings}"])
    kept = [
        source_of(text, (change.kind, change.name, key))
        for key in written
        if key not in change.gone and key != "<<"
    ]
    new = [f"{spelled(words)}: ignore   # TODO: what does it say?" for words in change.new]
    lines = [line for entry in [*kept, *new] for line in entry.splitlines()]
    return "\n".join([f"{name}:" if lines else f"{name}: {{}}", *(f"  {line}" for line in lines)])


def _with_set(table: dict[str, Any], change: _Change, name: str) -> dict[str, Any]:
    """Name the new set in the place of the old one."""
    if change.kind == "row_headings":
        return table | {"rows": name}

    def swapped(level: object) -> object:
        if isinstance(level, list):
            return [swapped(one) for one in level]
        return name if level == change.name else level

    changed = table | {"columns": swapped(table["columns"])}
    return changed | ({"single": swapped(table["single"])} if "single" in table else {})


def _layout_block(name: str, layout: Mapping[str, Any]) -> Iterator[str]:
    yield f"{name}:"
    for key, value in layout.items():
        if key != "tables":
            yield f"  {key}: {_flow(value)}"
            continue
        yield "  tables:"
        yield from (f"    {table_id}: {_flow(table)}" for table_id, table in value.items())


def _flow(value: object) -> str:
    """Write a value in one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, width=100_000, sort_keys=False
    )
    return text.strip().removesuffix("\n...")


def _name(words: str) -> str:
    """Return a name of moderate length for a wording."""
    return slug(words)[:LONGEST_NAME].strip("_")


# Markers, members, and the columns of records.


def _propose_markers(proposed: Proposed, drift: Drift) -> None:
    found: dict[str, tuple[TableDrift, Strange]] = {}
    for table in drift.tables:
        for one in table.markers:
            found.setdefault(one.words, (table, one))
    for words, (table, one) in found.items():
        entry = f"{quoted(words)}: {TODO}"
        where = f"sheet '{table.sheet}' {one.cell}" if table.sheet else one.cell
        todo = f"# TODO: what does {quoted(words)} mean? First in {where}."
        if has(proposed.text, ("markers",)):
            done = proposed.take(with_entry, ("markers",), entry)
        else:
            done = proposed.take(with_line_before, "measures", f"markers: {{{entry}}}")
        if done:
            proposed.text = with_line_before(proposed.text, "markers", todo)


def _propose_members(proposed: Proposed, drift: Drift) -> None:
    found = {
        (one.keys, one.words): one for table in drift.tables for one in table.members if one.words
    }
    for (keys, words), one in found.items():
        if keys == ("measures",):
            _propose_measure(proposed, one.near, words)
            continue
        members = (*keys, "members")
        place = members if has(proposed.text, members) else keys
        proposed.take(with_item, place, words)
        if one.near is not None:
            proposed.by_hand.append(
                f"If '{words}' is only '{one.near.words}' reworded, say so in `written` of "
                f"{'.'.join(keys)} instead."
            )


def _propose_measure(proposed: Proposed, near: Known | None, words: str) -> None:
    if near is None:
        entry = f"{_name(words)}: {{unit: TODO, written: [{spelled(words)}]}}"
        proposed.take(with_entry, ("measures",), entry)
        return
    written = (*near.keys, "written")
    if has(proposed.text, written):
        proposed.take(with_item, written, escaped(words))
    else:
        entry = f"written: [{spelled(words)}]"
        proposed.take(with_entry, near.keys, entry)


def _propose_columns(proposed: Proposed, drift: Drift) -> None:
    """Propose a column for each strange heading of records, and that gone ones are optional."""
    for table in drift.tables:
        for one in table.over:
            entry = f"{_name(one.words)}: {{heading: {spelled(one.words)}, optional: true}}"
            proposed.take(with_entry, one.keys, entry)
        for known in table.lacking:
            proposed.take(with_entry, known.keys, "optional: true")
