"""Words: what the marts say in this project's own terms, as a reader is told it."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from publishing.scorecard import words
from publishing.scorecard.words import source_for_readers, stated

ROOT = Path(__file__).parents[3]
SEEDS = ROOT / "dbt_project/seeds"
SHOWN = ("source", "why", "caveats", "status_why", "status_source", "answered_by", "status_basis")
INTERNAL = re.compile(
    r"METHODS|RETURNS|\.(?:md|csv|yml|sql|py|json)\b|\bM\d{2}\b|\bseed\b|[Ww]arehouse|\b[Mm]arts?\b"
    r"|\b[Rr]egister of (?:areas|claims|metrics)|\b[Tt]he register\b"
)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "NAO, HC 1011, key facts (claims.csv C014): the plans of boards added up",
            "NAO, HC 1011, key facts (claim C014): the plans of boards added up",
        ),
        (
            "Committee of Public Accounts, 2015 (METHODS.md section 1): the plans as they stood",
            "Committee of Public Accounts, 2015: the plans as they stood",
        ),
        (
            "Reference costs 2016-17 as given by HFMA (METHODS.md section 1: 313)",
            "Reference costs 2016-17 as given by HFMA (313)",
        ),
        (
            "NAO, HC 833, March 2018, as worked out in METHODS.md section 1 (13.7bn)",
            "NAO, HC 833, March 2018, as worked out by this project (13.7bn)",
        ),
        (
            "METHODS.md section 1 has no marginal cost of a day",
            "No source here has a marginal cost of a day",
        ),
        ("NHS England, 2025-26 (published_figures.csv)", "NHS England, 2025-26"),
        (
            "metrics.csv M05; the register of claims",
            "This project's list of metrics; the list of claims",
        ),
        ("The register's note to C047", "This project's note on claim C047"),
        (
            "It changes with the years, see seed bcf_minimum_parts.",
            "It changes with the years.",
        ),
        (
            "It is a date set; mart commitment has what became of it.",
            "It is a date set; the table commitment has what became of it.",
        ),
        (
            "metric_value delayed_days; metric_plan",
            "metric delayed_days; the table metric_plan",
        ),
        (
            "A measure for a year. See docs/plan_and_outturn.md.",
            "A measure for a year.",
        ),
    ],
)
def test_internal_names_become_what_can_be_looked_up(text: str, told: str) -> None:
    """Given a text with a name of this project's own, when told, then a reader can look it up."""
    assert source_for_readers(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "Office for National Statistics, mid-2015 population estimates",
        "Metric delayed_days rests on registered locations.",
        "It follows from change made (C004), divided by change planned (C005).",
        "ukmidyearestimates2016.xls",
    ],
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    """Given a text without one, when told, then not a letter of it has changed."""
    assert source_for_readers(text) == text


def test_no_text_of_the_seeds_names_an_internal_file() -> None:
    """Given every text of the seeds that pages show, when told, then no internal name is left."""
    texts = {
        row[column]
        for seed in sorted(SEEDS.glob("*.csv"))
        for row in csv.DictReader(seed.open(encoding="utf-8"))
        for column in SHOWN
        if row.get(column)
    }
    left = [text for text in map(source_for_readers, texts) if INTERNAL.search(text)]

    assert len(texts) > 500
    assert sum(bool(INTERNAL.search(text)) for text in texts) > 20
    assert left == []


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (12.34, "%", "12.3%"),
        (112.3, "% that may exceed 100", "112.3%"),
        (7.5, "score from 0 to 12", "7.5 (score from 0 to 12)"),
        (0.4114, "score up to 1", "0.411 (score up to 1)"),
        (377.8, "GBP for each adult at 2016-17 prices", "£378 for each adult at 2016-17 prices"),
        (45100, "GBP thousand", "£45.1m"),
        (1624977, "days", "1,624,977 days"),
    ],
)
def test_a_figure_is_written_with_its_unit(value: float, unit: str, written: str) -> None:
    """Given a figure and its unit, when it is written, then it is as people say it."""
    assert words.value_in_words(value, unit) == written


@pytest.mark.parametrize(
    ("value", "unit", "step", "said"),
    [
        (5.3, "GBP bn", 0.1, "£5.3bn"),
        (-171.0, "GBP m", 1.0, "\N{MINUS SIGN}£171m"),
        (1.0, "GBP bn a year", 1.0, "£1bn a year"),
        (146.826, "GBP m", 1.0, "£146.8m"),
        (184610.0, "days", 1000.0, "184,610 days"),
        (82.7, "%", 0.1, "82.7%"),
        (37.075, "%", 1.0, "37.1%"),
        (2020.0, "year", 1.0, "2020"),
        (628.0, "per 100,000 people aged 65+", None, "628 per 100,000 people aged 65+"),
    ],
)
def test_a_published_figure_is_told_in_its_own_unit(
    value: float, unit: str, step: float | None, said: str
) -> None:
    """Given a figure, its unit and step, when told, then as it was printed."""
    assert stated(value, unit, step) == said


def test_money_in_a_table_is_in_pounds() -> None:
    """Given thousands of pounds, when a table shows them, then they are not taken for pounds."""
    assert words.shown(45_000.0, "reported", "GBP thousand") == "£45.0m"
    assert words.shown(45.0, "reported", "days") == "45"


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.419, "score up to 1", "0.419"),
        (7.3, "score from 0 to 12", "7.3"),
        (1.4, "days", "1.4"),
        (0.0, "days", "0"),
        (1624977.0, "days", "1,624,977"),
        (1234.6, "days", "1,235"),
    ],
)
def test_small_figures_keep_what_tells_them_apart(value: float, unit: str, told: str) -> None:
    """Given a score up to one, or a mean of a few days, when shown, then decimals are kept."""
    assert words.shown(value, "reported", unit) == told
    assert words.short_value(value, unit) == told
    assert words.value_in_words(value, unit).startswith(told)


@pytest.mark.parametrize(
    ("change", "before", "unit", "told"),
    [
        (7.3, 20.0, "%", "up 7.3 points"),
        (-0.04, 0.42, "score up to 1", "down 0.040 points"),
        (-0.1, 19.0, "score from 0 to 24", "down 0.1 points"),
        (-10.0, 100.0, "days", "down 10.0%"),
        (5.0, 0.0, "days", "up 5.0"),
        (0.0, 5.0, "%", "unchanged"),
        (0.01, 50.0, "%", "almost unchanged"),
    ],
)
def test_a_change_is_said_alike_on_every_page(
    change: float, before: float, unit: str, told: str
) -> None:
    """Given a change, when said, then shares and scores are in points, all else in per cent."""
    assert words.changed_by(change, before, unit) == told


def test_a_financial_year_in_a_sentence_is_not_broken() -> None:
    """Given years in a sentence, a cell, an attribute and a picture, when a page is put together,
    then the one in the sentence is kept whole and the others stay as they are.
    """
    kept = '<td>2015-16</td><a href="2015-16.csv">CSV</a><svg><text>of 2015-16</text></svg>'
    page = f"2014-15 <p>It rose in 2015-16.</p>{kept} in 2016-17"
    assert words.whole_years(page) == (
        '<span class="whole">2014-15</span> <p>It rose in <span class="whole">2015-16</span>.</p>'
        f'{kept} in <span class="whole">2016-17</span>'
    )


def test_apostrophes_of_a_page_are_of_one_kind() -> None:
    """Given straight and escaped apostrophes in texts, attributes, code and a publisher's own text
    When the page is put together
    Then those of the texts are curly and all others are as they were.
    """
    raw = words.exact("it's <1")
    page = (
        "<p title=\"one's\">The council's, its peers&#39; and &#39;ours&#39;</p>"
        f"<td>{raw}</td><code>name = 'x'</code><pre>say 'y'</pre>"
    )
    assert words.apostrophes(page) == (
        '<p title="one\'s">The council’s, its peers’ and ‘ours’</p>'
        "<td>it&apos;s &lt;1</td><code>name = 'x'</code><pre>say 'y'</pre>"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2010-08", "August 2010"),
        ("2020-02", "February 2020"),
        ("2010", "2010"),
        ("2010-13", "2010-13"),
    ],
)
def test_a_month_is_named(text: str, said: str) -> None:
    """Given a month of a record, when written, then it has its name; what is none stays."""
    assert words.month(text) == said


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["York"], "York"),
        (["York", "Leeds"], "York and Leeds"),
        (["York", "Leeds", "Hull"], "York, Leeds and Hull"),
        (["York", "Herefordshire, County of", "Hull"], "York; Herefordshire, County of; and Hull"),
    ],
)
def test_names_stand_in_a_sentence(names: list[str], said: str) -> None:
    """Given names, one with a comma of its own, when told in a sentence, then each stays whole."""
    assert words.listed(names) == said
