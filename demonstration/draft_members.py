"""Choose the members of dimensions that rows name, and how their cells name them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from demonstration.drafts import Setting, TableDraft
from demonstration.forms import text_of_form
from demonstration.spelling import Parts, spell
from ingestion.file_checks import PartsAddUp
from ingestion.layouts import RowHeading
from ingestion.patterns import fits
from ingestion.wording import slug

FEW_MEMBERS = 3


def row_members(setting: Setting, draft: TableDraft) -> dict[str, list[tuple[str, str]]]:
    """Return for each dimension that rows name some of its members: words and slug."""
    found: dict[str, list[tuple[str, str]]] = {}
    for _, row in draft.row_headings.values():
        if row.is_ in setting.definition.dimensions:
            found[row.is_] = _members(setting, draft, row.is_, row)
        for name in row.under:
            others = [n for n in row.under if n != name]
            found[name] = [
                one
                for one in _section_members(setting, name, others)
                if not _ends_section(row, one[0])
            ][:FEW_MEMBERS]
    return found


def _members(
    setting: Setting, draft: TableDraft, name: str, row: RowHeading
) -> list[tuple[str, str]]:
    rng = setting.rng("members", name)
    every = _every_member(setting, name, row, rng)
    totals = [
        check.total
        for check in setting.definition.checks
        if isinstance(check, PartsAddUp)
        and check.dimension == name
        and draft.table_id in check.tables
    ]
    members = [*dict.fromkeys(member for _, member in every if member)]
    kept = {*rng.sample(members, min(len(members), FEW_MEMBERS))}
    kept |= {slug(total) for total in totals if total is not None}
    some = [(word, member) for word, member in every if member in kept]
    blank = [(word, member) for word, member in every if not member]
    if None in totals and not row.fill_down:
        blank = blank or [("", "")]
    once = {member: word for word, member in reversed([*blank, *some])}
    return [(word, member) for member, word in reversed(once.items())]


def _every_member(
    setting: Setting, name: str, row: RowHeading, rng: Random
) -> list[tuple[str, str]]:
    """Return the members that cells may name, each as it stands in the cell and as it is kept."""
    dimension = setting.definition.dimensions[name]
    written = [
        (spell(words), slug(member)) for words, member in (dimension.written | row.written).items()
    ]
    if dimension.form is not None:
        texts = sorted({text_of_form(dimension.form, rng) for _ in range(FEW_MEMBERS)})
        own = [(text, text) for text in texts if text]
    else:
        free = ("One", "Two") if not dimension.slugs else ()
        own = [(member, slug(member)) for member in dimension.members or free]
    known = {member for _, member in written}
    spelt = [(_spelled_member(row, word), member) for word, member in own if member not in known]
    return [one for one in written + spelt if not _ends_section(row, one[0])]


def _spelled_member(of: RowHeading, word: str) -> str:
    """Write a member into the pattern of its cells, if they have one."""
    if not of.as_ or not word:
        return word
    return spell(of.as_, Parts(code=word.upper(), name=word.replace("_", " ")))


def _ends_section(row: RowHeading, word: str) -> bool:
    return any(fits(word, wording) for wording in row.under_ends)


def _section_members(setting: Setting, name: str, others: Sequence[str]) -> list[tuple[str, str]]:
    """Return members that stand above rows; none that another level of sections has too."""
    dimensions = setting.definition.dimensions
    taken = {one for other in others for one in dimensions[other].slugs}
    words = {slug(member): spell(word) for word, member in dimensions[name].written.items()}
    own = [slug(member) for member in dimensions[name].members if slug(member) not in taken]
    return [(words.get(member, member.replace("_", " ")), member) for member in own]
