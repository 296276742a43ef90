"""Superset's settings, which need no Superset to be read."""

from __future__ import annotations

import re
import runpy
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from tests.deploy.compose_file import COMPOSE, DEPLOY, services


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Secrets as they are made."""
    folder = tmp_path / "secrets"
    subprocess.run([DEPLOY / "make-secrets", folder], check=True, capture_output=True, timeout=60)
    return folder


@pytest.fixture
def settings(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The file as Superset reads it, in the environment of the service."""
    for name, value in services()["superset"]["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SECRETS_FOLDER", str(secrets))
    return runpy.run_path(str(DEPLOY / "superset/superset_config.py"))


def test_every_secret_comes_from_its_file(settings: dict[str, Any], secrets: Path) -> None:
    """Given secrets in files
    When the settings are read
    Then key and database have theirs, and the marts are read by the role that only reads, whose
    password is looked up when it is needed, stands in no address and goes to no other server.
    """
    assert settings["SECRET_KEY"] == (secrets / "superset_secret_key").read_text()
    own = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    assert (own.username, own.host, own.database) == ("superset", "postgres", "superset")
    assert own.password == (secrets / "superset_database_password").read_text()
    marts = make_url(settings["MARTS"])
    assert (marts.username, marts.password, marts.database) == ("marts_reader", None, "marts")
    password_of = settings["SQLALCHEMY_CUSTOM_PASSWORD_STORE"]
    assert password_of(marts) == (secrets / "marts_reader_password").read_text()
    for elsewhere in (
        "postgresql+psycopg2://marts_reader@elsewhere:5432/marts",
        "postgresql+psycopg2://marts_reader@postgres:5433/marts",
        "postgresql+psycopg2://marts_reader@postgres:5432/superset",
        "postgresql+psycopg2://marts_reader@postgres:5432/marts?host=elsewhere",
        "postgresql://somebody:XXXXXXXXXX@here/there",
    ):
        assert password_of(make_url(elsewhere)) is None, elsewhere


@pytest.mark.parametrize("name", ["superset", "superset-prepare"])
def test_what_it_is_told_reaches_it(name: str) -> None:
    """Given the variables that the settings read
    When the services' environment is read
    Then it has each, and cookies go without TLS only as long as nobody says there is TLS.
    """
    text = (DEPLOY / "superset/superset_config.py").read_text(encoding="utf-8")
    read = set(re.findall(r"""environ(?:\.get\(|\[)"(\w+)\"""", text))
    assert "SUPERSET_TLS" in read
    environment = services()[name]["environment"]
    assert read - {"SECRETS_FOLDER"} <= environment.keys()
    assert environment["SUPERSET_TLS"] == "false"
    assert '"${SUPERSET_TLS:-false}"' in COMPOSE.read_text(encoding="utf-8")


def test_behind_tls_cookies_go_no_other_way(
    secrets: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a proxy with TLS
    When the settings are told of it
    Then the session's cookie is secure; without, it is not, as nobody could log in.
    """
    assert settings["SESSION_COOKIE_SECURE"] is False
    monkeypatch.setenv("SUPERSET_TLS", "true")
    monkeypatch.setenv("SECRETS_FOLDER", str(secrets))
    told = runpy.run_path(str(DEPLOY / "superset/superset_config.py"))
    assert told["SESSION_COOKIE_SECURE"] is True
    assert told["ENABLE_PROXY_FIX"] is True


def test_nobody_is_let_in_without_a_name(settings: dict[str, Any]) -> None:
    """Given the settings
    When what they allow is read
    Then the public has no role's rights, forms and cookies are guarded, and SQL has no templates.
    """
    assert settings["PUBLIC_ROLE_LIKE"] is None
    assert settings["WTF_CSRF_ENABLED"] is True
    assert settings["TALISMAN_ENABLED"] is True
    assert settings["SESSION_COOKIE_HTTPONLY"] is True
    assert settings["PREVENT_UNSAFE_DB_CONNECTIONS"] is True
    assert settings["FEATURE_FLAGS"] == {"ENABLE_TEMPLATE_PROCESSING": False}


def test_without_its_key_nothing_is_read(
    secrets: Path, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a key that was lost
    When the settings are read
    Then they are not: there is no key by default.
    """
    assert settings
    (secrets / "superset_secret_key").unlink()
    monkeypatch.setenv("SECRETS_FOLDER", str(secrets))
    with pytest.raises(FileNotFoundError):
        runpy.run_path(str(DEPLOY / "superset/superset_config.py"))


def test_what_its_image_installs_is_locked() -> None:
    """Given the lock of Superset's image
    When its entries are read
    Then each has one version and a hash, Superset is the version of the image, and no address of
    an index is in it.
    """
    text = (DEPLOY / "superset/requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^([A-Za-z0-9][^\n]*(?:\n[ ]+--hash[^\n]*)*)", text, re.MULTILINE)
    assert len(entries) > 100
    for entry in entries:
        assert re.match(r"[A-Za-z0-9._\[\],-]+==\S+", entry), entry
        assert "--hash=sha256:" in entry, entry
    version = re.search(r"^apache-superset==(\S+)", text, re.MULTILINE)
    assert version
    assert services()["superset"]["image"].startswith(f"joinedup-superset:{version[1]}-")
    assert "http" not in text
