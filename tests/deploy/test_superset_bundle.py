"""The dashboard for Superset, which needs no Superset to be read."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from deploy.superset.bundle import MASK, bundle, main, write_bundle
from joinedup.settings import PROJECT_ROOT
from publishing.pointer import Release
from tests.small_release import small_release_of_this_run

POSTGRES = "postgresql://marts_reader@127.0.0.1:5433/marts"


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A small release."""
    return small_release_of_this_run(tmp_path_factory)


def _identities(content: Any, key: str = "") -> set[tuple[str, str]]:
    if isinstance(content, dict):
        return {pair for name, one in content.items() for pair in _identities(one, name)}
    if isinstance(content, list):
        return {pair for one in content for pair in _identities(one)}
    return {(key, content)} if key.endswith("uuid") else set()


@pytest.mark.parametrize("kind", ["duckdb", "postgresql"])
def test_everything_named_is_in_the_bundle(release: Release, kind: str) -> None:
    """Given a bundle
    When its identities are followed
    Then each database, dataset and chart that is named is there, and every chart is shown.
    """
    files = bundle(str(release.marts) if kind == "duckdb" else POSTGRES)
    own = {content["uuid"]: name for name, content in files.items() if "uuid" in content}
    assert len(own) == len(files) - 1  # all but metadata.yaml
    for content in files.values():
        assert {identity for _, identity in _identities(content)} <= own.keys()
    shown = {identity for _, identity in _identities(files["dashboards/joinedup.yaml"]["position"])}
    assert shown == {identity for identity, name in own.items() if name.startswith("charts/")}


def test_a_bundle_for_each_database_can_be_in_one_superset(release: Release) -> None:
    """Given a bundle for DuckDB and one for PostgreSQL
    When their identities and addresses of pages are compared
    Then they share none.
    """
    one, other = bundle(str(release.marts)), bundle(POSTGRES)
    assert not _identities(list(one.values())) & _identities(list(other.values()))
    slugs = {files["dashboards/joinedup.yaml"]["slug"] for files in (one, other)}
    assert len(slugs) == 2


def test_each_dataset_has_the_columns_that_it_says(release: Release) -> None:
    """Given a release
    When each dataset is asked of DuckDB
    Then it has rows and the columns of its file, and each chart asks for those columns only.
    """
    files = bundle(str(release.marts))
    datasets = {one["uuid"]: one for name, one in files.items() if name.startswith("datasets/")}
    with duckdb.connect(str(release.marts), read_only=True) as connection:
        for dataset in datasets.values():
            asked = connection.execute(dataset["sql"])
            names = [column[0] for column in asked.description]
            assert names == [column["column_name"] for column in dataset["columns"]]
            assert asked.fetchall()
    for name, chart in files.items():
        if name.startswith("charts/"):
            dataset = datasets[chart["dataset_uuid"]]
            known = {column["column_name"] for column in dataset["columns"]}
            asked_for = yaml.safe_load(chart["query_context"])["queries"][0]
            columns = {
                one if isinstance(one, str) else one["label"] for one in asked_for["columns"]
            }
            assert columns <= known
            metrics = {metric["metric_name"] for metric in dataset["metrics"]}
            assert set(asked_for["metrics"]) <= metrics
            shown = {*chart["params"].get("all_columns", []), *chart["params"].get("groupby", [])}
            assert shown <= columns


def test_a_release_is_pinned_and_nothing_else_can_be_read(release: Release) -> None:
    """Given the pointer to the current release
    When a bundle is made for the file behind it
    Then it names the release itself, read-only, without a way to other files.
    """
    pointer = release.path.parent / "current" / "marts.duckdb"
    database = bundle(str(pointer))["databases/marts.yaml"]
    assert database["sqlalchemy_uri"] == f"duckdb:///{release.marts.resolve()}"
    given = database["extra"]["engine_params"]["connect_args"]
    assert given["read_only"] is True
    with (
        duckdb.connect(str(pointer), **given) as connection,
        pytest.raises(duckdb.PermissionException),
    ):
        connection.execute("select * from read_text('/etc/hostname')")


def test_a_password_is_left_out(tmp_path: Path) -> None:
    """Given an address with a password
    When a bundle is written
    Then it has the mask for which Superset asks, and the password is nowhere in it.
    """
    target = tmp_path / "joinedup.zip"
    write_bundle("postgresql://marts_reader:pass-word-1234@db.example.org:5433/marts", target)
    with zipfile.ZipFile(target) as packed:
        texts = {name: packed.read(name).decode() for name in packed.namelist()}
    assert "pass-word" not in "".join(texts.values())
    database = yaml.safe_load(texts["joinedup/databases/marts.yaml"])
    said = f"postgresql+psycopg2://marts_reader:{MASK}@db.example.org:5433/marts"
    assert database["sqlalchemy_uri"] == said


@pytest.mark.parametrize("database", ["nowhere/marts.duckdb", "mysql://somebody@127.0.0.1/marts"])
def test_another_database_is_refused(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a file that is not there, or a server of another kind
    When a bundle is asked for
    Then nothing is written, and it says what is wanted.
    """
    assert main([database, str(tmp_path / "joinedup.zip")]) == 1
    assert "postgresql://" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_image_has_what_its_preparation_needs() -> None:
    """Given the image's file
    When what it copies is read
    Then the dashboard and what packs it are there, beside the preparation.
    """
    text = (PROJECT_ROOT / "deploy/superset/Dockerfile").read_text(encoding="utf-8")
    copied = " ".join(re.findall(r"^COPY (.*)$", text, re.MULTILINE))
    for part in ("prepare.py", "bundle.py", "dashboard /deploy/dashboard"):
        assert f"deploy/superset/{part}" in copied
