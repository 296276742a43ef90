"""A whole load of a few demonstration returns, made once and looked at by many tests."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from demonstration import write_demonstration
from joinedup import steps
from joinedup.settings import Settings
from publishing.history import write_history
from publishing.mart_tables import open_read_only
from publishing.pointer import Release, current_release
from publishing.release import release_marts
from tests.dbt_project.conftest import tiny_build_of_this_run
from tests.dbt_project.rebuilt import Recipe
from tests.joinedup.pages_beside import Pages, pages_beside
from tests.made_once import made_once
from tests.publishing.few_marts import write_quality

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finished:
    """A finished command: exit code and what it printed."""

    code: int
    text: str


PASSWORD = "hunter2-XYZ"  # noqa: S105 - to be looked for, and to open nothing
PLANTED = {
    "JOINEDUP_WEB_PROXY": f"http://joinedup:{PASSWORD}@127.0.0.1:1",
    "JOINEDUP_METADATA_DATABASE": f"postgresql://airflow:{PASSWORD}@127.0.0.1:1/airflow",
    "JOINEDUP_MARTS_DATABASE": f"postgresql://marts:{PASSWORD}@127.0.0.1:1/marts",
    "AIRFLOW_CONN_SMTP_DEFAULT": f"smtp://joinedup:{PASSWORD}@127.0.0.1:1",
    "AIRFLOW_CONN_WAREHOUSE": f"postgresql://joinedup:{PASSWORD}@127.0.0.1:1/marts",
    "AIRFLOW_VAR_API_PASSWORD": PASSWORD,
}
"""Secrets as a data team has them in the environment; none of them is needed for a load."""


def planted() -> dict[str, str]:
    """Give those secrets whose settings exist."""
    known = {f"JOINEDUP_{name.upper()}" for name in Settings.model_fields}
    return {n: text for n, text in PLANTED.items() if n in known or not n.startswith("JOINEDUP_")}


def joinedup(
    home: Path, *arguments: str, stdin: str | None = None, secrets: Mapping[str, str] | None = None
) -> Finished:
    """Run the command line in a process of its own, as a person would."""
    done = subprocess.run(
        [sys.executable, "-c", "from joinedup.cli import app; app()", *arguments],
        env={**os.environ, **(secrets or {}), "JOINEDUP_HOME": str(home), "COLUMNS": "100"},
        cwd=home.parent,
        input=stdin,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=600,
        check=False,
    )
    return Finished(done.returncode, done.stdout)


@pytest.fixture(scope="module")
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One Airflow home for the tests of a module: migrating its database takes seconds."""
    return tmp_path_factory.mktemp("home") / "airflow"


def write_few_returns(folder: Path) -> list[Path]:
    """Write the demonstration returns of two years and one file of each other layout."""
    return write_demonstration(folder, first=date(2014, 4, 1), last=date(2016, 3, 1))


@dataclass(frozen=True)
class Load:
    """A home, the folder it was loaded from, and what the load printed."""

    home: Path
    returns: Path
    finished: Finished


@pytest.fixture(scope="session")
def demonstration_load(tmp_path_factory: pytest.TempPathFactory) -> Load:
    """The nightly load, run once on demonstration returns. Tests leave its home as it is."""
    return made_once(tmp_path_factory, "demonstration_load", load_few_returns)


def load_few_returns(base: Path) -> Load:
    """Load the demonstration returns into a home beside them."""
    home, returns = base / "home", base / "returns"
    write_few_returns(returns)
    done = joinedup(home, "run", "--returns", str(returns), secrets=planted())
    return Load(home, returns, done)


@pytest.fixture(scope="session")
def pages(demonstration_load: Load, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The pages of the demonstration's release, written once."""
    release = current_release(demonstration_load.home / "releases")
    assert release is not None, demonstration_load.finished.text
    path = release.path
    return made_once(tmp_path_factory, "pages", lambda folder: pages_beside(path, folder))


@pytest.fixture(scope="session")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    """What dbt ran for a tiny lake, to be run again for others."""
    return tiny_build_of_this_run(tmp_path_factory).recipe


@pytest.fixture(scope="session")
def real_load(real_returns: Path, tmp_path_factory: pytest.TempPathFactory) -> Load:
    """The nightly load, run once on the publishers' files."""

    def load(base: Path) -> Load:
        done = joinedup(base / "home", "run", "--returns", str(real_returns))
        return Load(base / "home", real_returns, done)

    return made_once(tmp_path_factory, "real_load", load)


@pytest.fixture(scope="session")
def real_release(real_load: Load) -> Release:
    """The release of that load."""
    found = current_release(real_load.home / "releases")
    assert found is not None, real_load.finished.text
    return found


@pytest.fixture(scope="session")
def real_marts(real_release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    """The released marts, read-only."""
    with open_read_only(real_release.marts) as connection:
        yield connection


def release_ordinarily(returns: Path, base: Path, recipe: Recipe) -> Release:
    """Release a warehouse of these returns, step by step, to hold another against it.

    It is fetched, read and released by the program, and built by the SQL that dbt ran before; the
    audit is not what is looked at.
    """
    home, quality = base / "home", base / "quality"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JOINEDUP_HOME", str(home))
        steps.fetch_returns("ordinary", returns=str(returns))
        steps.read_files("ordinary")
    built = recipe.rebuild(home / "lake", base, memory="700MB")
    write_first_history(built.path, home / "releases")
    write_quality(quality)
    return release_marts(
        built.path,
        quality,
        home / "releases",
        inputs_fingerprint="00c0ffee",
        run_id="ordinary",
        now=datetime(2026, 6, 9, tzinfo=UTC),
    )


def write_first_history(candidate: Path, releases: Path) -> None:
    """Put into a candidate what the step does where nothing was released before."""
    write_history(
        candidate,
        releases,
        today=date(2026, 6, 9),
        code_fingerprint="",
        cadences=(),
        decisions=(),
        is_look_back=False,
        memory="700MB",
    )


_OF_POPULATIONS = {
    "population",
    "metric_value",
    "lineage",
    "peer",
    "peer_feature",
    "scorecard",
    "control_limit",
    "reconciliation",
}

_OF_THE_DAY = {"commitment"}
"""What was not due yet on the day that is looked back to says so."""

_OF_THE_AUDIT = {"quality_result", "run"}
"""The ordinary release that this is held against is not audited, and took other steps."""

_COUNTS = "select * from {release}.marts.metric_value where unit not like '% per %'"

_BEHIND_COUNTS = (
    "select * from {release}.marts.lineage where lineage_id in "
    "(select lineage_id from {release}.marts.metric_value where unit not like '% per %')"
)


_CHARTS = "select * from {release}.marts.control_limit where unit not like '% per %'"

_RECONCILED = (
    "select * from {release}.marts.reconciliation where metric_id in "
    "(select metric_id from {release}.marts.metric where unit not like '% per %')"
)

_DUE = (
    "select * from {release}.marts.commitment where commitment_id not in "
    "(select commitment_id from looked_back.marts.commitment where status_basis = 'date')"
)


def assert_equal_but_for_populations(looked_back: Release, ordinary: Release, day: date) -> None:
    """Hold a look back against a load of only the files known then, to a value.

    The software brings populations with it, and an ordinary load knows those of today; the look
    back has those published by its day, and only its rates may differ for it; and what was not due
    by then.
    """
    tables = looked_back.manifest.tables
    assert tables.keys() == ordinary.manifest.tables.keys()
    exact = tables.keys() - _OF_POPULATIONS - _OF_THE_DAY - _OF_THE_AUDIT
    assert {name for name in exact if tables[name] != ordinary.manifest.tables[name]} == set()
    with duckdb.connect() as both:
        both.execute(f"attach '{looked_back.marts}' as looked_back (read_only)")
        both.execute(f"attach '{ordinary.marts}' as ordinary (read_only)")
        for query in (_COUNTS, _BEHIND_COUNTS, _CHARTS, _RECONCILED, _DUE):
            then, now = query.format(release="looked_back"), query.format(release="ordinary")
            assert len(both.execute(then).fetchall()) > 50
            for left, right in ((then, now), (now, then)):
                assert both.execute(f"{left} except all {right}").fetchall() == []
        later = "select count(*), min(published_on) from {release}.marts.population"
        days = f"{later} where published_on > date '{day}'"
        assert both.execute(days.format(release="looked_back")).fetchone() == (0, None)
        ahead = "select count(*) from looked_back.marts.metric_value where denominator_id not in "
        known = "(select population_id from looked_back.marts.population)"
        assert both.execute(ahead + known).fetchone() == (0,)
