"""A file written from a definition is read back exactly, wherever its parts stand."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from demonstration.arithmetic import equations_of
from demonstration.examples import Draft, write_draft
from demonstration.from_definition import FIGURES, draft_example, write_every_layout, write_example
from demonstration.generate import write_demonstration
from demonstration.sheets import Arrangement, HeadingPlace
from ingestion.definition import load_definitions
from ingestion.layouts import every_block
from ingestion.patterns import fits, has_parts
from ingestion.reader import ReadFile, read_file
from ingestion.register import load_register
from ingestion.untrusted import UntrustedFileError
from ingestion.wording import normalise

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = load_definitions()
REGISTER = load_register(ROOT / "dbt_project" / "seeds")
LAYOUTS = [
    (return_id, layout_id)
    for return_id, definition in DEFINITIONS.items()
    for layout_id in [*definition.layouts, *definition.records]
]
SMALL = 2_000
"""Figures of a layout that is drawn by many examples, at most."""


def examples(count: int) -> settings:
    """Run so many examples, the same each time."""
    return settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@cache
def drafted(return_id: str, layout_id: str) -> Draft:
    """The draft of a layout as the demonstration has it; not to be changed."""
    return draft_example(DEFINITIONS[return_id], layout_id)


@cache
def small_layouts() -> list[tuple[str, str]]:
    """Layouts whose files are read fast."""
    return [layout for layout in LAYOUTS if len(drafted(*layout).figures) <= SMALL]


def _has_positions(layout: tuple[str, str]) -> bool:
    """Tell whether the files of a layout have no headings."""
    record = DEFINITIONS[layout[0]].records.get(layout[1])
    return record is not None and not record.is_headed


layouts = st.deferred(lambda: st.sampled_from(small_layouts()))


def read(draft: Draft, folder: Path) -> ReadFile | None:
    """Write a draft and read it as if it had been landed."""
    path = write_draft(draft, folder).path
    return read_file(path, "0" * 64, path.name, DEFINITIONS, REGISTER)


def figures(found: ReadFile | None, like: pl.DataFrame) -> pl.DataFrame:
    """What was read, in the columns of what was written, in one order."""
    assert found is not None
    frame = found.observations.select(like.columns)
    return (frame if found.is_record else frame.cast(FIGURES)).sort(like.columns)


@pytest.mark.parametrize(("return_id", "layout_id"), LAYOUTS)
def test_what_is_written_is_read_back(return_id: str, layout_id: str, tmp_path: Path) -> None:
    """Given a file of any layout of any return, when read, then each figure is as written."""
    draft = drafted(return_id, layout_id)
    found = read(draft, tmp_path)
    assert found is not None
    assert found.return_id == return_id
    assert layout_id in found.layout_id.split(",")
    assert found.is_synthetic
    assert "SYNTHETIC" in draft.file_name
    expected = draft.figures.sort(draft.figures.columns)
    assert expected.height
    assert figures(found, draft.figures).equals(expected)


@examples(40)
@given(
    layout=layouts,
    seed=st.integers(0, 2**32),
    arrangement=st.builds(
        Arrangement,
        shuffled=st.booleans(),
        down=st.integers(0, 9),
        right=st.integers(0, 4),
        gap=st.integers(0, 5),
        restyle=st.sampled_from([str, str.upper, str.lower, str.swapcase]),
    ),
    blank=st.sampled_from([" ", "  ", "\n", "\u00a0", " \r\n "]),
    with_optional=st.booleans(),
)
def test_where_things_stand_and_how_headings_look_never_matters(
    tmp_path: Path,
    layout: tuple[str, str],
    seed: int,
    arrangement: Arrangement,
    blank: str,
    with_optional: bool,
) -> None:
    """Given columns and rows in any order, a title block anywhere, headings in any of their
    wordings, letters and spaces, or missing where they may. When read. Then all is as written.
    """
    return_id, layout_id = layout

    def restyle(text: str) -> str:
        return f"{blank}{blank.join(map(arrangement.restyle, text.split()))} "

    draft = draft_example(
        DEFINITIONS[return_id],
        layout_id,
        seed=seed,
        any_wording=True,
        arrangement=Arrangement(
            arrangement.shuffled, arrangement.down, arrangement.right, arrangement.gap, restyle
        ),
        with_optional=with_optional,
    )
    found = figures(read(draft, tmp_path), draft.figures)
    assert found.equals(draft.figures.sort(draft.figures.columns))


def wordings(draft: Draft) -> set[str]:
    """Every wording of a heading that a layout knows."""
    found: set[str] = set()
    for layout_id in draft.layout_ids:
        if record := draft.definition.records.get(layout_id):
            found.update(record.ignored)
            for kept in record.columns.values():
                found.update([kept.heading or "", *kept.also_written])
            continue
        for table in draft.definition.layouts[layout_id].tables.values():
            rows = draft.definition.row_headings[table.rows]
            sets = [name for block in every_block(table) for name in block]
            columns = [draft.definition.column_headings[name] for name in sets]
            for of_set in (rows, *columns):
                for heading, of in of_set.items():
                    found.update([heading, *of.also_written])
    return found


def headings(draft: Draft) -> list[HeadingPlace]:
    """Where the headings of a draft stand."""
    return [place for sheet in draft.sheets for place in sheet.headings]


def changes(words: list[str]) -> Iterator[str]:
    """Yield the words of a heading with one more, one less and one other."""
    for at, other in product(range(len(words)), ["revised", "x", "not"]):
        yield " ".join([*words[:at], other, *words[at:]])
        yield " ".join([*words[:at], other, *words[at + 1 :]])
        yield " ".join([*words[:at], *words[at + 1 :]])


def refuse_changed_words(layout: tuple[str, str], count: int, folder: Path) -> None:
    """Change the words of some headings, one at a time: each of these files has to be refused.

    A pattern may take the words (`Occupied (note *)`): then every figure is read as before. A
    change into the very words of another heading is none of the words but of the meaning.
    """
    draft = drafted(*layout)
    rng = Random(f"{layout}")  # noqa: S311
    known = wordings(draft)
    exact = {normalise(wording) for wording in known if not has_parts(wording)}
    places = headings(draft)
    for place in rng.sample(places, min(count, len(places))):
        words = sorted({c for c in changes(place.text.split()) if normalise(c) not in exact})
        changed = rng.choice(words)
        sheet = next(sheet for sheet in draft.sheets if sheet.name == place.sheet)
        before = sheet.cells[place.row, place.column]
        sheet.cells[place.row, place.column] = changed
        try:
            found = read(draft, folder)
        except UntrustedFileError:
            found = None
        finally:
            sheet.cells[place.row, place.column] = before
        if found is not None:
            said = f"'{place.text}' read as '{changed}'"
            assert any(has_parts(wording) and fits(changed, wording) for wording in known), said
            expected = draft.figures.sort(draft.figures.columns)
            assert figures(found, draft.figures).equals(expected), said


HEADED = [layout for layout in LAYOUTS if not _has_positions(layout)]


@pytest.mark.parametrize("layout", HEADED)
def test_changed_words_of_a_heading_always_stop_it(tmp_path: Path, layout: tuple[str, str]) -> None:
    """Given any one heading with a word more, less or other. When read. Then it is not."""
    refuse_changed_words(layout, 1, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("layout", HEADED)
def test_changed_words_of_any_heading_always_stop_it(
    tmp_path: Path, layout: tuple[str, str]
) -> None:
    """Given each of many headings with a word more, less or other. When read. Then it is not."""
    refuse_changed_words(layout, 6, tmp_path)


def checked_sums(draft: Draft) -> list[tuple[str, tuple[int, int]]]:
    """Where sums stand that a check compares with parts that all have a figure."""
    placed = [(sheet.name, at, of) for sheet in draft.sheets for at, of in sheet.figures.items()]
    every = [of for _, _, of in placed]
    return [
        placed[equation.total][:2]
        for check in draft.definition.checks
        for equation in equations_of(check, every)
        if equation.parts
        and every[equation.total].text is None
        and all(every[part].value is not None for part in equation.parts)
    ]


@examples(40)
@given(layout=layouts, data=st.data())
def test_a_changed_sum_is_noticed(
    tmp_path: Path, layout: tuple[str, str], data: st.DataObject
) -> None:
    """Given a total, sum or quotient that a check makes, changed. When read. Then it stops it."""
    draft = copy.deepcopy(drafted(*layout))
    sums = checked_sums(draft)
    assume(sums)
    name, at = data.draw(st.sampled_from(sums))
    cells = next(sheet.cells for sheet in draft.sheets if sheet.name == name)
    total = cells[at]
    assert isinstance(total, float)
    cells[at] = total + 5_000
    with pytest.raises(UntrustedFileError):
        read(draft, tmp_path)


def test_every_marker_and_form_of_number_is_shown() -> None:
    """Given all layouts of a return. When drafted. Then each marker stands in some figure."""
    for return_id, definition in DEFINITIONS.items():
        shown: dict[str, set[str]] = defaultdict(set)
        for layout_id in definition.layouts:
            frame = drafted(return_id, layout_id).figures
            for measure, text in frame.select("measure", "raw_text").unique().iter_rows():
                shown[measure].add(text)
        texts = set[str]().union(*shown.values())
        for measure, of in definition.measures.items():
            missing = set(of.markers) - shown[measure]
            assert not missing or not shown[measure], f"{return_id}, {measure}: {missing}"
        if definition.layouts:
            assert set(definition.markers) <= texts, return_id
        for form in definition.number_forms:
            assert any(fits(text, form) and not text.isdigit() for text in texts), return_id


@examples(8)
@given(layout=layouts, seed=st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_bytes(
    tmp_path: Path, layout: tuple[str, str], seed: int
) -> None:
    """Given a seed. When a file is written twice. Then the bytes are the same."""
    definition = DEFINITIONS[layout[0]]
    one, again = (
        write_example(definition, layout[1], tmp_path / name, seed=seed) for name in ("1", "2")
    )
    assert one.path.read_bytes() == again.path.read_bytes()
    assert one.figures.equals(again.figures)
    other = draft_example(definition, layout[1], seed=seed + 1)
    assert not other.figures.equals(one.figures)


def test_a_later_edition_is_a_vintage_of_its_own(tmp_path: Path) -> None:
    """Given a return that says when it was revised. When issued again. Then it says so."""
    return_id = next(
        name
        for name, definition in DEFINITIONS.items()
        if definition.published_on.revised and definition.published_on.revised.beside
    )
    layout_id = next(iter(DEFINITIONS[return_id].layouts))
    first, second = (
        draft_example(DEFINITIONS[return_id], layout_id, edition=edition) for edition in (1, 2)
    )
    one, two = read(first, tmp_path / "1"), read(second, tmp_path / "2")
    assert one is not None
    assert two is not None
    assert one.revised_on is None
    assert two.published_on == two.revised_on
    assert one.published_on == one.first_published_on == two.first_published_on
    assert not first.figures.equals(second.figures)


def test_subjects_are_as_many_as_asked_for() -> None:
    """Given a number of subjects. When drafted. Then no table has more of a kind, nor fewer."""
    layout = next(layout for layout in LAYOUTS if kinds(layout) == {"provider"})
    for count in (2, 7):
        draft = draft_example(DEFINITIONS[layout[0]], layout[1], subjects=count)
        rows = draft.figures.filter(~pl.col("is_control_total"))
        per_table = rows.group_by("table_id").agg(pl.col("subject_code").n_unique())
        assert set(per_table["subject_code"]) == {count}


def kinds(layout: tuple[str, str]) -> set[str]:
    """The kinds of body that the tables of a layout are about."""
    definition = DEFINITIONS[layout[0]]
    if layout[1] not in definition.layouts:
        return set()
    tables = definition.layouts[layout[1]].tables
    subjects = [of.subject or definition.tables[name].subject for name, of in tables.items()]
    return {kind for subject in subjects for kind in subject.kinds}


def test_the_demonstration_has_each_return_in_each_layout(tmp_path: Path) -> None:
    """Given some definitions. When the demonstration is written. Then each layout is there."""
    chosen = {
        name: definition
        for name, definition in DEFINITIONS.items()
        if len(definition.layouts) > 1 or len(definition.records) > 1
    }
    name = min(chosen, key=lambda name: len(str(chosen[name])))
    april = date(2014, 4, 1)
    calls: list[tuple[str, int, int]] = []
    written = write_demonstration(
        tmp_path,
        first=april,
        last=april,
        definitions={name: chosen[name]},
        report=lambda *call: calls.append(call),
    )
    own = [path for path in written if path.parent.name == name]
    assert len(own) < len(written)
    assert calls[-1] == ("written", calls[0][2], calls[0][2])
    read_as = [read_file(path, "0" * 64, path.name, DEFINITIONS, REGISTER) for path in own]
    assert {found.layout_id for found in read_as if found} == {
        *chosen[name].layouts,
        *chosen[name].records,
    }


def test_a_file_that_has_several_layouts_is_written_once(tmp_path: Path) -> None:
    """Given records on several sheets of one file. When written. Then there is one file."""
    for return_id, definition in DEFINITIONS.items():
        drafts = {layout_id: drafted(return_id, layout_id) for layout_id in definition.records}
        if any(len(draft.layout_ids) > 1 for draft in drafts.values()):
            written = write_every_layout(definition, tmp_path / return_id)
            assert len(written) < len(definition.records)
            return
    pytest.fail("no return has records on several sheets of one file")
