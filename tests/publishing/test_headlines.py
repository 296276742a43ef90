"""Headlines: what the end of a run shows, and how it shows what is not there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from pydantic import ValidationError

from publishing.headlines import Headline, headlines
from publishing.release import release_marts


def _shown(
    candidate: Path, quality: Path, now: datetime, statement: str | None = None
) -> list[Headline]:
    if statement:
        with duckdb.connect(str(candidate)) as connection:
            connection.execute(statement)
    release = release_marts(
        candidate,
        quality,
        candidate.parent / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )
    return headlines(release)


def test_the_latest_full_year_is_shown_beside_the_one_before(
    candidate: Path, quality: Path, now: datetime
) -> None:
    """Given two full years, and for delays a third that is short
    When the headlines are read
    Then the last full year is shown with its change, and the short one as a gap.
    """
    shown = _shown(candidate, quality, now)

    assert [headline.text for headline in shown] == [
        "Delayed days, England, 2015-16: 1,809,587 (+184,610 on 2014-15); 2016-17 is not complete",
        "Non-elective admissions, England, 2015-16: 5,885,604 (+194,027 on 2014-15)",
        "The audit office's rise in delayed days, 2015-16 on 2014-15: +184,610; "
        "published +185,000 (reproduced)",
        "Published claims: 1 reproduced from the open returns, 1 consistent with other published "
        "figures, 0 differing, 1 impossible to test (of 3)",
    ]
    assert (shown[0].value, shown[0].change, shown[0].unit) == (1809587, 184610, "days")
    assert shown[0].period == "2015-16"
    assert shown[2].value == 184610


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "DELETE FROM marts.metric_value WHERE period_start = '2014-04-01'",
            "1,809,587 (2014-15 is not in this release)",
        ),
        (
            "UPDATE marts.metric_value SET value = NULL, value_status = 'suppressed' "
            "WHERE period_start = '2014-04-01'",
            "1,809,587 (2014-15 is suppressed)",
        ),
        (
            "UPDATE marts.metric_value SET segment = 'older' WHERE period_start = '2014-04-01'",
            "1,809,587 (not compared with 2014-15: the series has a break)",
        ),
        (
            "UPDATE marts.metric_value SET segment = 'straddles_a_break'",
            "1,809,587 (not compared with 2014-15: the series has a break)",
        ),
        (
            "UPDATE marts.metric_value SET segment = 'undefined'",
            "1,809,587 (not compared with 2014-15: the series has a break)",
        ),
        (
            "UPDATE marts.metric_value SET value = NULL, value_status = 'missing' "
            "WHERE period_type = 'financial_year'",
            "Delayed days, England: no figure (2016-17 is not complete)",
        ),
        ("UPDATE marts.metric_value SET value = 0.4 + value", "1,809,587 (+184,610 on"),
    ],
)
def test_what_cannot_be_compared_is_said(
    candidate: Path, quality: Path, now: datetime, statement: str, said: str
) -> None:
    """Given a year before that is absent, withheld or in another segment, or no full year
    When the headlines are read
    Then the reason stands where the change or the figure would be.
    """
    assert said in _shown(candidate, quality, now, statement)[0].text


def test_synthetic_headlines_say_so(
    build: Callable[..., Path], quality: Path, now: datetime
) -> None:
    """Given a release of demonstration files
    When the headlines are read
    Then every one of them says SYNTHETIC.
    """
    shown = _shown(build("synthetic.duckdb", synthetic=True), quality, now)

    assert all(headline.text.startswith("SYNTHETIC: ") for headline in shown)
    assert all(headline.is_synthetic for headline in shown)


def test_an_unknown_key_in_the_data_file_is_refused(
    candidate: Path, quality: Path, now: datetime, tmp_path: Path
) -> None:
    """Given a headlines file with a key that nobody reads
    When the headlines are read
    Then it is refused, and the key named.
    """
    definitions = tmp_path / "headlines.yml"
    definitions.write_text("headlines:\n- {kind: claims, title: Claims, colour: red}\n")
    release = release_marts(
        candidate,
        quality,
        tmp_path / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="run",
        now=now,
    )

    with pytest.raises(ValidationError, match="colour"):
        headlines(release, definitions)
