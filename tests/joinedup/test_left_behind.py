"""F106, F113: what a load leaves behind has no secret in it, and tasks hand on little, as JSON."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from ingestion.catalogue import Catalogue
from ingestion.definition import load_definitions
from ingestion.outside import Outside
from ingestion.web import find_wanted
from joinedup.settings import Settings
from joinedup.steps import web_limits
from tests.joinedup.conftest import PASSWORD, Load, planted

MOST_XCOM_BYTES = 48 * 1024


def _holding(folder: Path, secret: str) -> list[Path]:
    """Give the files that hold a secret, in clear text or as UTF-16."""
    forms = (secret.encode(), secret.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return [path for path in files if any(form in path.read_bytes() for form in forms)]


def test_f106_no_secret_is_left_by_a_load(demonstration_load: Load) -> None:
    """Given a load with a password in the proxy, the databases and Airflow's connections
    When every file of its home, and all it printed, are searched
    Then the password is in none: log, XCom, compiled SQL, audit, release.
    """
    assert len(planted()) >= 4
    home = demonstration_load.home
    there = {path.name for path in home.iterdir()}
    assert {"logs", "airflow", "releases", "catalogue.sqlite"} <= there
    assert any(path.stat().st_size for path in (home / "logs").iterdir())
    assert _holding(home, PASSWORD) == []
    assert PASSWORD not in demonstration_load.finished.text


def test_f106_the_search_finds_what_is_there(tmp_path: Path) -> None:
    """Given a log with the password in it, when searched, then it is found."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "load.log").write_text(f"proxy http://joinedup:{PASSWORD}@x")
    assert _holding(tmp_path, PASSWORD) == [tmp_path / "logs" / "load.log"]


def test_f106_settings_do_not_show_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given secrets in the settings, right ones and one that cannot be
    When the settings, and what is made of them, are printed, or refused
    Then no text has the password.
    """
    for name, value in planted().items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    assert settings.web_proxy is not None
    assert PASSWORD in settings.web_proxy
    for text in (repr(settings), str(settings), repr(web_limits(settings))):
        assert PASSWORD not in text
    monkeypatch.setenv("JOINEDUP_WEB_PROXY", f"socks://joinedup:{PASSWORD}@127.0.0.1")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "web_proxy" in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_f106_a_proxy_that_does_not_answer_is_told_without_its_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given a proxy with a password, out of reach
    When a page is asked for
    Then the failure is told and kept, without the password.
    """
    monkeypatch.setenv("JOINEDUP_WEB_PROXY", planted()["JOINEDUP_WEB_PROXY"])
    limits = replace(web_limits(Settings()), attempts=1)
    definitions = dict([next(iter(load_definitions().items()))])
    with Catalogue(tmp_path / "catalogue.sqlite") as catalogue:
        _, failures = find_wanted(
            definitions,
            tmp_path / "landing",
            catalogue,
            run_id="test",
            limits=limits,
            outside=Outside(sleep=lambda _: None),
        )
    assert failures
    assert PASSWORD not in "".join(map(repr, failures))
    assert _holding(tmp_path, PASSWORD) == []


def test_f113_tasks_hand_on_little_and_as_json(demonstration_load: Load) -> None:
    """Given a load
    When what its tasks handed on is read from the scheduler's database
    Then each is JSON of plain values, far under what a database row should hold.
    """
    database = demonstration_load.home / "airflow" / "airflow.db"
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("select task_id, key, value from xcom").fetchall()
    handing_on = {task for task, key, _ in rows if key == "return_value"}
    assert handing_on >= {"read_files", "release_marts"}
    for task, _, value in rows:
        assert len(str(value)) < MOST_XCOM_BYTES, task
        assert "__classname__" not in json.dumps(json.loads(value)), task
