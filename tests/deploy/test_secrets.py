"""The two scripts that make secrets, and refuse to start without them."""

from __future__ import annotations

import base64
import os
import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.deploy.compose_file import DEPLOY, compose

GOOD = "fJ3_0Kq-9zXw7Lm2Vn5b"


def _start(folder: Path, names: str = "one two") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DEPLOY / "with-secrets", "sh", "-c", "echo started"],
        env={"PATH": os.environ["PATH"], "SECRETS_FOLDER": str(folder), "SECRETS": names},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def _make(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DEPLOY / "make-secrets", folder], capture_output=True, text=True, check=True, timeout=60
    )


def test_it_starts_with_secrets_of_its_own(tmp_path: Path) -> None:
    """Given two secrets that nobody knows
    When a service is started
    Then it starts, and nothing of them is printed.
    """
    for name in ("one", "two"):
        (tmp_path / name).write_text(GOOD + "\n")
    started = _start(tmp_path)
    assert (started.returncode, started.stdout, started.stderr) == (0, "started\n", "")


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        (None, "is missing"),
        ("", "is empty"),
        ("\n", "is empty"),
        ("short-one-12345", "is shorter than 16"),
        ("changeme_changeme", "is a known default"),
        ("AIRFLOW_JWT_SECRET", "is a known default"),
        ("CHANGE_ME_TO_A_COMPLEX_RANDOM_SECRET", "is a known default"),
        ("TEST_NON_DEV_SECRET", "is a known default"),
        ("postgrespostgres", "is a known default"),
        ("adminadminadminadmin", "is a known default"),
        ("81HqDtbqAywKSOumSha3BhWNOdQ26slT6K0YaZeZyPs=", "is a known default"),
        ("aaaaaaaaaaaaaaaaaaaa", "is a known default"),
        ("with space and @/: in it", "has other characters"),
        ("ends-in-a-quote-'; drop", "has other characters"),
    ],
)
def test_f111_it_does_not_start_without_them(tmp_path: Path, secret: str | None, why: str) -> None:
    """Given a secret that is missing, empty, short, known to all, or breaks an address
    When a service is started
    Then it ends with 1, names the secret and what is wrong with it, but not its text.
    """
    (tmp_path / "one").write_text(GOOD)
    if secret is not None:
        (tmp_path / "two").write_text(secret)
    refused = _start(tmp_path)
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert f"the secret two {why}" in refused.stderr
    assert "the secret one" not in refused.stderr
    assert not secret or not secret.strip() or secret not in refused.stderr


def test_two_keys_may_stand_while_one_is_changed(tmp_path: Path) -> None:
    """Given two Fernet keys with a comma between, the same in another secret, and three keys
    When a service is started
    Then it starts with two, and neither with the other secret nor with three.
    """
    for name in ("fernet_key", "other"):
        (tmp_path / name).write_text(f"{GOOD}=,{GOOD}=")
    assert _start(tmp_path, "fernet_key").returncode == 0
    assert "the secret other has other characters" in _start(tmp_path, "other").stderr
    (tmp_path / "fernet_key").write_text(f"{GOOD},{GOOD},{GOOD}")
    assert "fernet_key has other characters" in _start(tmp_path, "fernet_key").stderr


def test_the_server_is_not_given_the_password_of_its_superuser(tmp_path: Path) -> None:
    """Given what the entry point of PostgreSQL's image leaves in the environment
    When it starts the server
    Then that has no password there, its arguments are as they were, and it is the real one.
    """
    server = tmp_path / "postgres"
    server.write_text('#!/bin/sh\nprintf "%s\\n" "$@"; env\n')
    server.chmod(0o755)
    path = f"{DEPLOY / 'postgres'}:{tmp_path}:{os.environ['PATH']}"
    started = subprocess.run(
        ["postgres", "-c", "max_connections=120"],
        executable=DEPLOY / "postgres/postgres",
        env={"PATH": path, "POSTGRES_PASSWORD": GOOD, "PGDATA": "here"},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert started.stdout.startswith("-c\nmax_connections=120\n")
    assert "PGDATA=here" in started.stdout
    assert GOOD not in started.stdout


def test_a_service_that_names_no_secrets_does_not_start(tmp_path: Path) -> None:
    """Given no names of secrets
    When a service is started
    Then it does not start: that is a mistake in its configuration.
    """
    refused = _start(tmp_path, "")
    assert refused.returncode != 0
    assert "started" not in refused.stdout


def test_made_secrets_are_all_there_closed_and_good_enough(tmp_path: Path) -> None:
    """Given no secrets
    When they are made
    Then each that the services need is there, different, for its owner only, and lets them start;
    what only others can give is empty.
    """
    folder = tmp_path / "secrets"
    said = _make(folder)
    assert {path.name for path in folder.iterdir()} == compose()["secrets"].keys()
    for name in ("smtp_password", "alert_webhooks"):
        assert (folder / name).read_text() == ""
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    names = sorted(compose()["secrets"].keys() - {"smtp_password", "alert_webhooks"})
    values = {name: (folder / name).read_text() for name in names}
    assert len(set(values.values())) == len(names)
    for name, value in values.items():
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        assert re.fullmatch(r"[A-Za-z0-9_-]{43,}=?", value), name
        assert value not in said.stdout + said.stderr
    assert len(base64.urlsafe_b64decode(values["fernet_key"])) == 32
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert _start(folder, " ".join(names)).returncode == 0


def test_a_secret_is_never_made_anew(tmp_path: Path) -> None:
    """Given secrets, of which one was set by hand and one was removed
    When they are made again
    Then only the missing one is new.
    """
    _make(tmp_path)
    (tmp_path / "admin_password").write_text("set-by-hand-8uHb3x")
    (tmp_path / "jwt_secret").unlink()
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}

    _make(tmp_path)

    after = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert set(after) - set(before) == {"jwt_secret"}
    assert {name: after[name] for name in before} == before
