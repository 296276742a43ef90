from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from demonstration.figures import Figures, national_total, read_figures
from demonstration.generate import DATA
from demonstration.months import months_between
from demonstration.spec import Revision
from demonstration.subjects import read_subjects


def make(name: str, seed: int = 2017) -> Figures:
    """Figures of the repository's data files."""
    spec = read_figures(DATA / "figures" / f"{name}.yml")
    return Figures(spec, read_subjects(DATA / "subjects" / f"{spec.subjects}.csv"), seed)


@pytest.mark.parametrize("name", ["delayed_days", "hospital_activity"])
def test_a_month_does_not_depend_on_the_months_before_it(name: str) -> None:
    """Given one seed. When a month is made alone or after another. Then it is the same."""
    month = date(2015, 6, 1)
    after = make(name)
    after.month(date(2014, 4, 1))
    assert np.array_equal(make(name).month(month).counts, after.month(month).counts)


@pytest.mark.parametrize("name", ["delayed_days", "hospital_activity"])
def test_another_seed_gives_other_figures(name: str) -> None:
    """Given two seeds. When a month is made from each. Then most figures differ."""
    month = date(2015, 6, 1)
    one, other = make(name, 1).month(month).counts, make(name, 2).month(month).counts
    where = (one + other) > 0
    assert (one != other)[where].mean() > 0.9


def test_months_of_a_year_sum_to_its_annual_total() -> None:
    """Given an annual total. When the expected months are summed. Then the total returns."""
    spec = read_figures(DATA / "figures" / "delayed_days.yml")
    measure = spec.measures["delayed_days"]
    months = months_between(date(2014, 4, 1), date(2015, 3, 1))
    total = sum(national_total(spec, measure, month) for month in months)
    assert total == pytest.approx(measure.annual[2014])


def test_a_part_never_exceeds_its_whole() -> None:
    """Given measures that are part of others. When a month is made. Then none is larger."""
    figures = make("hospital_activity")
    made = figures.month(date(2015, 6, 1))
    parts = {n: m.part_of for n, m in figures.spec.measures.items() if m.part_of is not None}
    assert parts
    for name, whole in parts.items():
        pairs = zip(made.by_subject((name,), {}), made.by_subject((whole,), {}), strict=True)
        assert all(part <= of for part, of in pairs)


def test_what_cannot_occur_is_not_possible() -> None:
    """Given a mix without care awaited from social care. When asked. Then it is impossible."""
    made = make("delayed_days").month(date(2015, 6, 1))
    assert not made.possible({"reason": "c", "body": "social_care"})
    assert made.possible({"reason": "c", "body": "nhs"})
    assert sum(made.by_subject(("delayed_days",), {"reason": "o"})) == 0


def test_a_revision_changes_the_last_months_a_little() -> None:
    """Given a revision of two months. When re-issued. Then only they change, by little."""
    figures = make("delayed_days")
    revision = Revision(last_months=2, subjects_share=0.1, change=0.08)
    for month, changes in ((date(2019, 12, 1), False), (date(2020, 1, 1), True)):
        first, again = figures.month(month).counts, figures.revised(month, revision).counts
        assert np.array_equal(first, again) != changes
        assert again.sum() == pytest.approx(first.sum(), rel=0.01)


def test_areas_differ_in_level_and_direction() -> None:
    """Given two years a year apart. When councils are compared. Then some rise and some fall."""
    figures = make("delayed_days")

    def year(start: int) -> dict[str, int]:
        totals: dict[str, int] = {}
        for month in months_between(date(start, 4, 1), date(start + 1, 3, 1)):
            made = figures.month(month)
            days = made.by_subject(("delayed_days",), {})
            for subject, count in zip(made.subjects, days, strict=True):
                totals[subject.code] = totals.get(subject.code, 0) + count
        return totals

    before, after = year(2014), year(2015)
    change = [after[code] / before[code] for code in before if before[code] > 1000]
    assert sum(ratio < 0.95 for ratio in change) > 10
    assert sum(ratio > 1.2 for ratio in change) > 10
