"""The server's keys and password: made once, kept for their owner, refused when weak."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet, MultiFernet

from joinedup.secret_files import SecretFileError, write_secret
from joinedup.serving.keys import (
    ServerKeys,
    drop_old_fernet,
    load_keys,
    load_password,
)


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path: Path) -> None:
    """Given no keys, when they are loaded twice, then the same come, closed to everybody else."""
    keys = load_keys(tmp_path)
    assert load_keys(tmp_path) == keys
    assert len({keys.fernet, keys.jwt, keys.api}) == 3
    files = list((tmp_path / "keys").iterdir())
    assert sorted(file.name for file in files) == ["api", "fernet", "jwt"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_two_homes_share_no_key(tmp_path: Path) -> None:
    """Given two homes, when keys are made, then all of them differ."""
    one, two = load_keys(tmp_path / "one"), load_keys(tmp_path / "two")
    assert not {one.fernet, one.jwt, one.api} & {two.fernet, two.jwt, two.api}
    assert load_password(tmp_path / "one") != load_password(tmp_path / "two")


def test_what_was_encrypted_is_read_after_a_rotation(tmp_path: Path) -> None:
    """
    Given a text encrypted with the old key, when keys are rotated,
    then old and new are at hand until the old one is dropped; and signatures are of new keys.
    """
    before = load_keys(tmp_path)
    token = Fernet(before.fernet).encrypt(b"a connection's password")
    between = load_keys(tmp_path, rotate=True)
    both = MultiFernet([Fernet(key) for key in between.fernet.split(",")])
    anew = both.rotate(token)
    assert both.decrypt(token) == b"a connection's password"
    drop_old_fernet(tmp_path)
    after = load_keys(tmp_path)
    assert Fernet(after.fernet).decrypt(anew) == b"a connection's password"
    assert before.fernet not in after.fernet
    assert {before.jwt, before.api}.isdisjoint({after.jwt, after.api})


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("jwt", "secret", "too short"),
        ("api", "", "is empty"),
        ("fernet", "not a key", "no Fernet key"),
    ],
)
def test_a_weak_key_is_refused(tmp_path: Path, name: str, text: str, why: str) -> None:
    """Given a key that somebody wrote, when it is too weak, then it is refused and not shown."""
    load_keys(tmp_path)
    write_secret(tmp_path / "keys" / name, text)
    with pytest.raises(SecretFileError, match=why) as refusal:
        load_keys(tmp_path)
    assert not text or text not in str(refusal.value)


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Given a key file open to a group, when loaded, then how to close it is said."""
    load_keys(tmp_path)
    (tmp_path / "keys" / "jwt").chmod(0o640)
    with pytest.raises(SecretFileError, match="chmod 600"):
        load_keys(tmp_path)


@pytest.mark.parametrize("password", ["admin", "airflow", "aaaaaaaaaaaaaaaa"])
def test_an_easy_password_is_refused(tmp_path: Path, password: str) -> None:
    """Given a password that anybody would try, when loaded, then it is refused."""
    write_secret(tmp_path / "password", password)
    with pytest.raises(SecretFileError, match="too easy"):
        load_password(tmp_path)


def test_keys_are_not_printed() -> None:
    """Given keys, when they get into a log, then nothing of them is seen."""
    assert repr(ServerKeys("one", "two", "three")) == "ServerKeys(…)"
