"""A definition's text is changed in single lines, and in nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from ingestion.definition_text import (
    NotOneLineError,
    escaped,
    scalar,
    with_block_after,
    with_entry,
    with_item,
    with_line_before,
    with_wording,
    wrapped,
)
from ingestion.patterns import fits

TEXT = """\
# a definition
markers: {"-": zero}   # the whole row is 0
dimensions:
  body: [nhs, social_care]
  reason:
    members:
      - a
      - b

row_headings:
  flow: {Region: parent_name, Code: code}   # as it was
  block:
    Name: name
    Long:
      is: ignore
      fill_down: true

column_headings:
  body:
    NHS: {body: nhs}   # keep me
    Both: {body: both, also_written: [NHS and council]}
    Spread: {
      body: nhs,
      measure: days   # a comment within
    }
    Total: {}
    Notes: ignore
    Bare:
layouts:
  first:
    tables: {}
"""
Change = Callable[..., str]


def changed(change: Change, *what: object) -> tuple[list[str], dict[str, object]]:
    """Make a change: the lines that are new, and what the YAML then says."""
    after = change(TEXT, *what)
    before = TEXT.splitlines()
    new = [line for line in after.splitlines() if line not in before]
    gone = [line for line in before if line not in after.splitlines()]
    assert len(gone) <= 1
    return new, yaml.safe_load(after)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            ("column_headings", "body", "NHS"),
            "    NHS: {body: nhs, also_written: [New]}   # keep me",
        ),
        (
            ("column_headings", "body", "Both"),
            "    Both: {body: both, also_written: [NHS and council, New]}",
        ),
        (("column_headings", "body", "Total"), "    Total: {also_written: [New]}"),
        (("column_headings", "body", "Notes"), "    Notes: {ignore: true, also_written: [New]}"),
        (("column_headings", "body", "Bare"), "    Bare: {also_written: [New]}"),
        (
            ("column_headings", "body", "Spread"),
            "      measure: days, also_written: [New]   # a comment within",
        ),
        (
            ("row_headings", "flow", "Code"),
            "  flow: {Region: parent_name, Code: {is: code, also_written: [New]}}   # as it was",
        ),
        (("row_headings", "block", "Name"), "    Name: {is: name, also_written: [New]}"),
        (("row_headings", "block", "Long"), "      also_written: [New]"),
    ],
)
def test_a_wording_is_one_line(keys: tuple[str, ...], line: str) -> None:
    """Given a heading written in any style, when it gets a wording, then one line changes."""
    new, read = changed(with_wording, keys, "New")
    assert new == [line]
    heading = read[keys[0]][keys[1]][keys[2]]  # type: ignore[index]
    assert "New" in heading["also_written"]


def test_words_stay_words() -> None:
    """Given words that YAML or patterns would read otherwise, then they are spelled out."""
    words = "Total: 5* [1] {code} #2, 'all'"
    new, read = changed(with_wording, ("column_headings", "body", "NHS"), words)
    assert len(new) == 1
    (wording,) = read["column_headings"]["body"]["NHS"]["also_written"]  # type: ignore[index]
    assert fits(words, wording)
    assert not fits("Total: 55 x 1 a #2, 'all'", wording)
    assert escaped("Acute (see note*)") == "Acute (see note[*])"
    assert scalar("12") == '"12"'


def test_entries_items_and_lines() -> None:
    """Given a mapping, lists in both styles, and a key, then each takes one more line or entry."""
    new, read = changed(with_entry, ("markers",), '"*": missing')
    assert new == ['markers: {"-": zero, "*": missing}   # the whole row is 0']
    new, read = changed(with_item, ("dimensions", "body"), "both")
    assert new == ["  body: [nhs, social_care, both]"]
    new, read = changed(with_item, ("dimensions", "reason", "members"), "c")
    assert read["dimensions"]["reason"]["members"] == ["a", "b", "c"]  # type: ignore[index]
    new, _ = changed(with_line_before, "layouts", "checks: []")
    assert new == ["checks: []"]
    new, read = changed(with_block_after, ("layouts", "first"), "second:\n  tables: {}")
    assert list(read["layouts"]) == ["first", "second"]  # type: ignore[call-overload]


def test_what_is_not_there_is_said() -> None:
    """Given a place that is not written out, such as one merged in, then it is an error."""
    with pytest.raises(NotOneLineError, match=r"body\.Gone is not written out"):
        with_wording(TEXT, ("column_headings", "body", "Gone"), "New")
    with pytest.raises(NotOneLineError, match="no list"):
        with_item(TEXT, ("markers",), "x")
    with pytest.raises(NotOneLineError, match="not a mapping"):
        with_entry(TEXT, ("dimensions", "body"), "a: b")


def test_lists_are_wrapped_between_items() -> None:
    """Given many items, when wrapped, then no item is broken and YAML reads them back."""
    items = [f"Item {n} with words" for n in range(12)]
    text = "list:\n  " + wrapped(items, 2, width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert yaml.safe_load(text) == {"list": items}
