from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from joinedup.run_id import step_run_id
from joinedup.settings import PROJECT_ROOT, Settings


def test_a_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a JOINEDUP_ variable that is no setting, when loaded, then it is named."""
    monkeypatch.setenv("JOINEDUP_WORKRES", "9")
    with pytest.raises(ValidationError, match="no such setting: JOINEDUP_WORKRES"):
        Settings()


def test_a_misspelt_line_of_the_env_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Given `.env` with a misspelt setting and others' lines, then only the former is refused."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("RETURNS=elsewhere\nJOINEDUP_ACCEPT_LOSES=true\n")
    with pytest.raises(ValidationError, match="JOINEDUP_ACCEPT_LOSES"):
        Settings()
    (tmp_path / ".env").write_text("RETURNS=elsewhere\nJOINEDUP_ACCEPT_LOSSES=true\n")
    assert Settings().accept_losses


def test_every_setting_is_in_the_example_with_its_default() -> None:
    """Given .env.example, then it names each setting, and no other."""
    lines = (PROJECT_ROOT / ".env.example").read_text().splitlines()
    given = {
        line.lstrip("# ").split("=")[0] for line in lines if "JOINEDUP_" in line and "=" in line
    }
    assert given == {f"JOINEDUP_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize(("name", "value"), [("WORKERS", "0"), ("DUCKDB_MEMORY", "lots")])
def test_a_value_that_cannot_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """Given a setting with a value out of its range, when loaded, then it is refused."""
    monkeypatch.setenv(f"JOINEDUP_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_run_has_one_name_fit_for_a_file() -> None:
    """Given a scheduler's run id, then the steps' name is the same each time and plain."""
    name = step_run_id("scheduled__2026-06-01T03:30:00+00:00/../x")
    assert name == step_run_id("scheduled__2026-06-01T03:30:00+00:00/../x")
    assert name.replace("-", "").replace("_", "").isalnum()
    assert name != step_run_id("scheduled__2026-06-01T03:30:00+00:00//..x")
