"""Put markers, answers and other ways of writing a number in the place of some figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from random import Random

from demonstration.arithmetic import Figure, Sums, is_ratio
from demonstration.spelling import Parts, placeholders, spell
from ingestion.definition import Definition
from ingestion.layouts import Table

THOUSAND = 1000


def choose_marked(
    definition: Definition, figures: Sequence[Figure], sums: Sums, rng: Random
) -> dict[int, tuple[str, str]]:
    """Choose a figure for each marker of each table: its place, the marker and its status.

    A figure that is marked counts as nought in the sums, so that those hold whether a check
    leaves it out or lets the sum be. Control totals and sums are never marked.
    """
    chosen: dict[int, tuple[str, str]] = {}
    for place, figure in enumerate(figures):
        if _is_uncollected(definition.tables[figure.table_id], figure):
            chosen[place] = "0", "not_collected"
    widths = Counter(map(_row, figures))
    for table_id in {figure.table_id: None for figure in figures}:
        places = [at for at, f in enumerate(figures) if f.table_id == table_id]
        for (marker, _), candidates in _by_marker(definition, figures, places).items():
            free = [
                at
                for at in candidates
                if at not in chosen
                and at not in sums.made_by
                and not figures[at].is_control
                and (marker or figures[at].may_be_bare or widths[_row(figures[at])] > 1)
            ]
            free = [at for at in free if at not in sums.in_use] or free
            if free:
                at = rng.choice(free)
                chosen[at] = marker, markers_of(definition, figures[at])[marker]
                if not marker:
                    widths[_row(figures[at])] -= 1
    return chosen


def _row(figure: Figure) -> tuple[str, str, int]:
    return figure.table_id, figure.sheet, figure.row


def markers_of(definition: Definition, figure: Figure) -> dict[str, str]:
    """Return what may stand in a figure's place, and what it means."""
    measure = definition.measures[figure.measure]
    return {**definition.markers, **measure.markers, **figure.markers}


def _by_marker(
    definition: Definition, figures: Sequence[Figure], places: Sequence[int]
) -> dict[tuple[str, str], list[int]]:
    """Sort figures by the markers that they may have; those of one measure by the measure too."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place in places:
        measure = figures[place].measure
        of_measure = definition.measures[measure].markers
        for marker, meaning in markers_of(definition, figures[place]).items():
            if meaning != "zero":
                found[marker, measure if marker in of_measure else ""].append(place)
    return found


def _is_uncollected(table: Table, figure: Figure) -> bool:
    """Tell whether the publisher prints a nought for what was not collected yet."""
    return any(
        figure.period.end < rule.before
        and rule.measure in (None, figure.measure)
        and rule.members.items() <= dict(figure.members).items()
        for rule in table.not_collected
    )


def mark(
    definition: Definition,
    figures: Sequence[Figure],
    chosen: dict[int, tuple[str, str]],
    rng: Random,
) -> None:
    """Write markers, noughts, answers and numbers in other forms where they are to stand."""
    for place, (text, status) in chosen.items():
        figure = figures[place]
        figure.value, figure.text, figure.status = None, text, status
    _write_answers(definition, figures, rng)
    _write_noughts(definition, figures, rng)
    for form in definition.number_forms:
        _write_form(definition, figures, form, rng)


def _write_answers(definition: Definition, figures: Sequence[Figure], rng: Random) -> None:
    """Write the words that stand for a figure, each once before any stands again."""
    shown: Counter[tuple[str, str]] = Counter()
    for figure in figures:
        answers = definition.measures[figure.measure].answers
        words = [word for word, value in answers.items() if value == figure.value]
        if words and figure.text is None:
            rng.shuffle(words)
            figure.text = min(words, key=lambda word: shown[figure.measure, word])
            shown[figure.measure, figure.text] += 1


def _write_noughts(definition: Definition, figures: Sequence[Figure], rng: Random) -> None:
    """Write some noughts, the first of each measure among them, as the publisher does."""
    shown: set[tuple[str, str]] = set()
    for figure in figures:
        if figure.value != 0 or figure.text is not None:
            continue
        for marker, meaning in markers_of(definition, figure).items():
            key = (figure.measure, marker)
            if meaning == "zero" and (key not in shown or rng.random() < 0.5):
                figure.text = marker
                shown.add(key)
                break


def _write_form(definition: Definition, figures: Sequence[Figure], form: str, rng: Random) -> None:
    """Write two figures in a form that keeps their value, those that suit it first."""
    is_percent = "percent" in placeholders(form)
    plain = [f for f in figures if f.text is None and f.value is not None and f.value >= 0]
    rng.shuffle(plain)
    suiting = [f for f in plain if is_ratio(definition.measures[f.measure]) == is_percent]
    large = [f for f in suiting if (f.value or 0) >= THOUSAND]
    written = 0
    for figure in [*large, *suiting, *plain]:
        text = next(_in_form(form, figure.value or 0.0, is_percent=is_percent), None)
        if figure.text is None and text is not None:
            figure.text = text
            written += 1
        if written == 2:
            return


def _in_form(form: str, value: float, *, is_percent: bool) -> Iterator[str]:
    shown = value * 100 if is_percent else value
    number = f"{shown:,.10g}"
    if "e" in number:
        return
    plain = float(number.replace(",", ""))
    if (plain / 100 if is_percent else plain) == value:
        yield spell(form, Parts(number=number, other="12"))
