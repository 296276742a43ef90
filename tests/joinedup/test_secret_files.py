"""Files with a secret: for their owner alone; and that none of them gets into what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from joinedup import secret_files
from joinedup.alerting.secrets import hide, in_address, secrets_of
from joinedup.secret_files import SecretFileError, read_secret, write_secret
from joinedup.settings import Settings

SECRET = "correcthorse"  # noqa: S105  (made up; letters only, as no token is)


def test_what_is_written_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    """Given a secret that was written, then it is read again, and not once others may read it."""
    file = tmp_path / "password"
    write_secret(file, f"{SECRET}\n")
    assert read_secret(file) == SECRET
    file.chmod(0o640)
    with pytest.raises(SecretFileError, match="chmod 600") as error:
        read_secret(file)
    assert SECRET not in str(error.value)


def test_where_containers_get_their_secrets_the_mode_is_theirs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a file that all may read, where a container's secrets are mounted, then it is read."""
    monkeypatch.setattr(secret_files, "SECRETS_MOUNT", tmp_path)
    file = tmp_path / "password"
    file.write_text(SECRET)
    file.chmod(0o444)
    assert read_secret(file) == SECRET


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "is empty"), (b"\xff\xfe", "is no text"), (None, "cannot be read")]
)
def test_a_file_that_holds_no_secret_is_refused(
    tmp_path: Path, content: bytes | None, why: str
) -> None:
    """Given a file that is empty, no text or not there, then it is said which and why."""
    file = tmp_path / "password"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(SecretFileError, match=why):
        read_secret(file)


@pytest.mark.parametrize(
    "text",
    [
        f"connection to host=db user=marts_writer password={SECRET} failed",
        f'{{"password": "{SECRET}"}}',
        f"PASSWORD = '{SECRET}'",
        f"https://h.example/x?token={SECRET}&v=1",
        f"postgresql://marts_writer:{SECRET}@db/marts",
    ],
)
def test_what_is_named_a_password_is_hidden(text: str) -> None:
    """Given an error that names a password which no setting has, then it is hidden."""
    assert SECRET not in hide(text, ())


def test_words_about_passwords_are_left() -> None:
    """Given a sentence that only speaks of a password, then it stands."""
    said = "the server does not take the user or the password (535)"
    assert hide(said, ()) == said


def test_the_password_of_an_address_is_hidden_by_itself() -> None:
    """Given an address with a user and a short password of letters, then it is a secret whole."""
    assert SECRET in in_address(f"jsons://bot:{SECRET}@chat.example.org/hook")
    assert "bot" not in in_address(f"jsons://bot:{SECRET}@chat.example.org/hook")


def test_every_secret_of_the_settings_is_known(tmp_path: Path) -> None:
    """Given each setting that is a secret or names a file of one, and the server's own keys
    Then what is in them is hidden, an address and the password in it too.
    """
    fields = Settings.model_fields
    files = [name for name in fields if name.endswith("_file") or name == "pseudonym_key"]
    texts = [name for name in fields if "SecretStr" in str(fields[name].annotation)]
    assert len(files) >= 5
    assert len(texts) >= 2
    given: dict[str, Path | SecretStr] = {}
    for name in files:
        write_secret(tmp_path / name, f"# a comment\nsecret-of-{name}\n")
        given[name] = tmp_path / name
    for name in texts:
        given[name] = SecretStr(f"postgresql://u:secret-of-{name}@h/d")
    settings = Settings(home=tmp_path / "home", **given)  # type: ignore[arg-type]
    (settings.server_home / "keys").mkdir(parents=True)
    write_secret(settings.server_home / "keys" / "fernet", "newest-key,older-key")
    found = secrets_of(settings)
    assert {f"secret-of-{name}" for name in (*files, *texts)} <= {*found}
    assert {"newest-key", "older-key"} <= {*found}
    assert not [one for one in found if "comment" in one]
