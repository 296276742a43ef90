"""The semantic layer says what the marts say, and nothing where they say nothing."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dbt_project.build import PROJECT, BuildResult
from publishing.mart_tables import describe
from tests.dbt_project.semantic_layer import NAMED, Asked, released, semantic_layer

DOCUMENT = PROJECT.parent / "docs" / "bi" / "semantic_layer.md"
QUESTION = argparse.ArgumentParser()
"""What the page's commands say to `mf query`."""
for _name in ("--saved-query", "--csv"):
    QUESTION.add_argument(_name)
for _name in ("--metrics", "--group-by", "--order"):
    QUESTION.add_argument(_name, type=lambda names: names.split(","), default=[])
QUESTION.add_argument("--where", action="append", default=[])
QUESTION.add_argument("--explain", action="store_true")

BY_COUNCIL = ("metric_time__month", "area")


@pytest.fixture(scope="module")
def asked(built: BuildResult, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """The semantic layer of the tiny candidate."""
    kept = Path(os.environ["JOINEDUP_PARSED"])
    work = tmp_path_factory.mktemp("semantic")
    with duckdb.connect(str(built.path), read_only=True) as connection:
        yield semantic_layer(connection, built.path.stem, kept, work)


def day(moment: Any) -> dt.date:
    """The day of what MetricFlow gives as a moment."""
    return moment.date() if isinstance(moment, dt.datetime) else moment


def metrics_of(asked: Asked) -> dict[str, Any]:
    """The metrics that are there to be asked: those that are no parts of others."""
    found = {metric.name: metric for metric in asked.manifest.metrics.values()}
    return {name: metric for name, metric in found.items() if not name.startswith("part_")}


def test_every_metric_of_figures_equals_the_mart(asked: Asked) -> None:
    """Given the marts, when each metric is asked by period and area, then it is their own figure.

    Also where the figure is none: what was withheld stays so.
    """
    compared, known = (
        0,
        {
            name
            for (name,) in asked.connection.execute("select metric_id from marts.metric").fetchall()
        },
    )
    for name in metrics_of(asked):
        of = NAMED.fullmatch(name)
        if of is None:
            continue
        level, metric, period = of.groups()
        assert metric in known, name
        wanted = released(asked.connection, level, metric, period)
        rows = asked.rows(name, by=BY_COUNCIL)
        assert len(rows) == len(wanted), name
        for start, area, value in rows:
            expected = wanted[day(start), area]
            assert value == (None if expected is None else pytest.approx(expected)), (name, area)
            compared += value is not None
    assert compared > 200


def test_a_sum_over_councils_has_a_value_only_when_each_has(asked: Asked) -> None:
    """Given figures without a value, when councils are added up, then their month has none either.

    Every other month is the sum of all councils that are there, and says how many those are.
    """
    own = released(asked.connection, "council", "delayed_days_per_100k_adults", "month")
    sums = {
        day(start): (value, count)
        for start, value, count in asked.rows(
            "council_delayed_days_per_100k_adults_by_month",
            "figures",
            by=("metric_time__month",),
            where="{{ Entity('metric') }} = 'delayed_days_per_100k_adults' and "
            "{{ Dimension('figure__period_type') }} = 'month' and "
            "{{ Dimension('figure__boundary') }} = 'current' and "
            "{{ Dimension('area__area_type') }} = 'council'",
        )
    }
    gaps = 0
    for start, (value, count) in sums.items():
        parts = [figure for (month, _), figure in own.items() if month == start]
        assert count == len(parts)
        assert (value is None) == (None in parts)
        gaps += value is None
    assert 0 < gaps < len(sums)


def test_a_rate_of_several_councils_is_of_their_sums(asked: Asked) -> None:
    """Given councils of different sizes, when a rate is asked of all, then it is no mean."""
    expected = asked.connection.execute(
        "select period_start, 100 * sum(numerator) / sum(denominator), avg(value) "
        "from marts.metric_value inner join marts.area using (area_code) "
        "where metric_id = 'delayed_days_nhs_share' and area_type = 'council' "
        "and boundary = 'current' and period_type = 'financial_year' "
        "group by all having count(*) = count(value) and count(*) > 1"
    ).fetchall()
    found = {
        day(start): value
        for start, value in asked.rows(
            "council_delayed_days_nhs_share_by_year", by=("metric_time__month",)
        )
    }
    assert expected
    for start, rate, mean in expected:
        assert found[start] == pytest.approx(rate)
        assert found[start] != pytest.approx(mean)


def test_nothing_is_added_up_over_time(asked: Asked) -> None:
    """Given months, when they are asked without their time, then nobody gets a sum of them.

    A year has figures of its own, which are there only when each of its months is.
    """
    assert asked.rows("england_nonelective_admissions_by_month") == [(None,)]
    by_year = asked.rows("england_nonelective_admissions_by_month", by=("metric_time__year",))
    assert {value for _, value in by_year} == {None}
    years = released(asked.connection, "england", "nonelective_admissions", "year")
    rows = asked.rows("england_nonelective_admissions_by_year", by=("metric_time__month",))
    assert {day(start): value for start, value in rows} == {s: v for (s, _), v in years.items()}


def test_a_figure_is_given_only_for_itself(asked: Asked) -> None:
    """Given `figure`, when all its keys are named, then it is the mart's; else it is nothing."""
    keys = ("metric", "area", "figure__boundary", "figure__period_type", "metric_time__month")
    rows = asked.rows("figure", by=keys)
    own = asked.connection.execute(
        "select count(*), count(value), sum(value) from marts.metric_value"
    ).fetchone()
    values = [row[-1] for row in rows if row[-1] is not None]
    assert (len(rows), len(values)) == own[:2]  # type: ignore[index]
    assert sum(values) == pytest.approx(own[2])  # type: ignore[index]
    assert {value for _, value in asked.rows("figure", by=("metric",)) if value} == set()


@pytest.mark.parametrize("split", ["responsible_body", "care_type", "reason"])
def test_days_by_reason_equal_the_mart(asked: Asked, split: str) -> None:
    """Given delayed days split one way, when they are asked, then they are the mart's own rows.

    Of all members together they are given too: a split never adds up with another.
    """
    for level, area_type in (("council", "council"), ("england", "country")):
        by = ("metric_time__month", "area", f"delay__{split}")
        found = {
            (day(start), *members): days
            for start, *members, days in asked.rows(f"{level}_delayed_days_by_{split}", by=by)
        }
        own = asked.connection.execute(
            f"select period_start, area_code, {split}, delayed_days from marts.delayed_days "  # noqa: S608 - ours
            "inner join marts.area using (area_code) where split = ? and area_type = ?",
            [split, area_type],
        ).fetchall()
        assert found == {tuple(row[:-1]): row[-1] for row in own}
        if (level, split) == ("council", "responsible_body"):
            assert None in found.values()


def test_the_plan_and_its_outturn_equal_the_marts(asked: Asked) -> None:
    """Given plans and outturns, when they are asked, then each is the marts' own row."""
    own = asked.connection.execute("select sum(value), count(*) from marts.metric_plan").fetchone()
    by = ("metric", "area", "plan__plan_version", "plan__basis", "metric_time__month")
    found = [row[-1] for row in asked.rows("planned", by=by)]
    assert (sum(found), len(found)) == own
    assert asked.rows("planned") == [(None,)]
    rows = asked.connection.execute(
        "select count(*), sum(gap), sum(cost_over_plan) from marts.bcf_outturn"
    ).fetchone()
    saved = asked.saved("plan_against_outturn")
    assert rows is not None
    assert len(saved) == rows[0]
    assert sum(row[-2] or 0 for row in saved) == pytest.approx(rows[1])
    assert sum(row[-1] or 0 for row in saved) == pytest.approx(rows[2])


def test_every_saved_query_runs_and_builds_nothing(asked: Asked) -> None:
    """Given the saved queries, when each is run, then it has rows; none writes a table at night."""
    queries = {query.name: query for query in asked.manifest.saved_queries.values()}
    assert len(queries) >= 4
    for name, query in queries.items():
        assert not query.exports
        assert asked.saved(name), name


def test_a_released_file_is_enough(asked: Asked, built: BuildResult) -> None:
    """Given every metric, when its SQL is worded, then it reads marts only, not the calendar.

    What is released are the tables of schema marts, and the calendar is none of them.
    """
    for name in metrics_of(asked):
        sql = asked.sql(name)
        assert set(re.findall(r'FROM "[^"]+"\."([^"]+)"', sql)) == {"marts"}, name
        assert "time_spine" not in sql
    with duckdb.connect(str(built.path), read_only=True) as candidate:
        tables = {table.name for table in describe(candidate, built.path.stem)}
        days = candidate.execute(
            "select count(*), count(distinct calendar_day), "
            "date_diff('day', min(calendar_day), max(calendar_day)) + 1 from semantic.time_spine"
        ).fetchone()
    assert "time_spine" not in tables
    assert days is not None
    assert days[0] == days[1] == days[2]


def test_a_metric_of_figures_says_which_it_means(asked: Asked) -> None:
    """Given the metrics, when they are read, then each fixes level, period and boundary, or rests.

    Those that do not give a value for exactly one figure; only parts are bare sums.
    """
    for name, metric in metrics_of(asked).items():
        if name == "figures":
            continue
        assert str(metric.type.value) == "derived", name
        filters = " ".join(f.where_sql_template for f in (metric.filter or _NONE).where_filters)
        expr = metric.type_params.expr
        assert "= 1 then" in expr, name
        if NAMED.fullmatch(name):
            for said in ("figure__period_type", "figure__boundary", "area__area_type", "metric"):
                assert said in filters, name
            assert "part_absent = 0" in expr, name


class _NONE:
    where_filters: tuple[Any, ...] = ()


def sh_blocks() -> list[str]:
    """Give the page's blocks of commands: from nothing to a file, and more questions."""
    return re.findall(r"```sh\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


def test_each_question_of_the_page_has_an_answer(asked: Asked) -> None:
    """Given the questions of the page's commands, when they are asked, then each has rows."""
    lines = "".join(sh_blocks()).replace("\\\n", " ").splitlines()
    questions = [shlex.split(line) for line in lines if " query " in line]
    assert len(questions) == 4
    for _, command, *given in questions:
        assert command == "query"
        said = QUESTION.parse_args(given)
        if said.saved_query:
            rows = asked.saved(said.saved_query, order=said.order)
        else:
            where = " and ".join(said.where)
            rows = asked.rows(*said.metrics, by=said.group_by, where=where)
        assert rows, given


@pytest.mark.long
def test_the_commands_of_the_page_work(built: BuildResult, tmp_path: Path) -> None:
    """Given a checkout and a release, when the page's first block is run, then it works.

    Only these commands are run as they stand, since each start costs five seconds. The release is
    only read, and nothing but the project's own ignored folders is written.
    """
    shutil.copytree(PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target"))
    (tmp_path / ".venv").symlink_to(PROJECT.parent / ".venv")
    release = tmp_path / "var" / "releases" / "current" / "marts.duckdb"
    release.parent.mkdir(parents=True)
    with duckdb.connect(str(release)) as marts:
        marts.execute(f"attach '{built.path}' as candidate (read_only)")
        marts.execute("create schema if not exists marts")
        for (name,) in marts.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'candidate' and schema_name = 'marts'"
        ).fetchall():
            marts.execute(f"create table marts.marts.{name} as from candidate.marts.{name}")
    release.chmod(0o444)
    before = release.read_bytes()
    commands, _ = sh_blocks()
    # mf asks for a newer version of itself; here nobody answers.
    nobody = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY"), "http://127.0.0.1:9")
    ran = subprocess.run(
        ["bash", "-e", "-c", commands],
        cwd=tmp_path,
        env=os.environ | nobody,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert release.read_bytes() == before
    written = (tmp_path / "dbt_project" / "delayed_days.csv").read_text().splitlines()
    assert written[0].startswith("metric_time__month,area,figure__segment,area__name,")
    assert len(written) > 10
    assert "england_delayed_days_by_year" in ran.stdout
