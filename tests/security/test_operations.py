"""The operator's page: what it says of back-ups is run here as it stands, and its links lead on."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

import publishing.release
from ingestion.catalogue import Catalogue
from ingestion.folder import fetch_folder
from joinedup.cli import app
from publishing.keeping import roll_back
from publishing.mart_tables import open_read_only
from publishing.pointer import current_release
from publishing.release import release_marts
from tests.publishing.few_marts import QUICKEST, sum_of_months, write_candidate, write_quality
from tests.security.code import ROOT

PAGE = ROOT / "docs" / "operations.md"
NEEDED = ("flock", "sqlite3", "tar", "sha256sum")


def _commands(heading: str) -> list[str]:
    """Give the blocks of commands under a heading, but for the lines that say where."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return [re.sub(r"^export .*\n", "", block, flags=re.MULTILINE) for block in blocks]


def _run(commands: str, home: Path, backup: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "JOINEDUP_HOME": str(home), "BACKUP": str(backup)}
    command = ["bash", "-euo", "pipefail", "-c", commands]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with two releases, one of them withdrawn, and two landed files."""
    if lacking := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"needs {', '.join(lacking)}")
    if not (ROOT / ".venv/bin/joinedup").exists():
        pytest.skip("needs .venv, which make setup makes")
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", QUICKEST)
    home, made = tmp_path / "home", tmp_path / "made"
    quality = write_quality(made / "quality")
    for day in (1, 2):
        release_marts(
            write_candidate(made / f"{day}.duckdb", day, QUICKEST),
            quality,
            home / "releases",
            inputs_fingerprint=f"{day:064x}",
            run_id=f"night-{day}",
            now=datetime(2026, 6, day, tzinfo=UTC),
        )
    roll_back(home / "releases", None, because="to see it in the copy", by="a test")
    (made / "returns").mkdir()
    for name in ("one.csv", "two.csv"):
        (made / "returns" / name).write_text(name)
    with Catalogue(home / "catalogue.sqlite") as catalogue:
        fetch_folder(made / "returns", home / "landing", catalogue, run_id="night-1", max_file_mb=1)
    (home / "lake").mkdir()
    (home / "writer.lock").touch()
    (home / "server" / "keys").mkdir(parents=True)
    (home / "server" / "keys" / "jwt").write_text("a key that is kept apart")
    return home


def _figures(home: Path) -> float:
    release = current_release(home / "releases")
    assert release is not None
    with open_read_only(release.marts) as marts:
        (total,) = marts.execute("SELECT sum(value) FROM metric_value").fetchone() or (0,)
    return float(total)


def test_a_back_up_beside_a_reader_is_restored_whole(home: Path, tmp_path: Path) -> None:
    """Given a home that is being read
    When the page's commands back it up, restore it elsewhere and verify it
    Then all of it is there, the pointer, the log and the catalogue too, and the keys are not.
    """
    backup, restored = tmp_path / "backup", tmp_path / "restored"
    (back_up,), (restore, verify) = _commands("Back up"), _commands("Restore")
    release = current_release(home / "releases")
    assert release is not None
    with open_read_only(release.marts) as reader, Catalogue(home / "catalogue.sqlite") as catalogue:
        made = _run(back_up, home, backup)
        assert (made.returncode, made.stderr) == (0, "")
        assert reader.execute("SELECT count(*) FROM metric_value").fetchone() == (3,)
        landed = catalogue.landed()
    shutil.rmtree(home)
    put_back = _run(restore, restored, backup)
    assert (put_back.returncode, put_back.stderr) == (0, "")
    verified = _run(verify, restored, backup)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert verified.stdout.count("whole") == 2
    assert _figures(restored) == sum_of_months(1)
    with Catalogue(restored / "catalogue.sqlite") as catalogue:
        assert catalogue.landed() == landed
    log = (restored / "releases" / "log.jsonl").read_text()
    assert "to see it in the copy" in log
    assert not list(restored.rglob("jwt"))


@pytest.mark.parametrize("damaged", ["landing", "releases"])
def test_a_damaged_back_up_is_found(home: Path, tmp_path: Path, damaged: str) -> None:
    """Given a back-up of which one byte is flipped after it was restored
    When the page's commands verify it
    Then they end with an error.
    """
    restore, verify = _commands("Restore")
    assert _run(_commands("Back up")[0], home, tmp_path / "backup").returncode == 0
    restored = tmp_path / "restored"
    assert _run(restore, restored, tmp_path / "backup").returncode == 0
    path = next(
        path
        for path in sorted((restored / damaged).rglob("*"))
        if path.is_file() and path.suffix in ("", ".duckdb")
    )
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)
    assert _run(verify, restored, tmp_path / "backup").returncode != 0


def test_every_command_of_the_page_exists() -> None:
    """Given the commands that the page names, with their options
    When they are looked up in the command line
    Then it has each of them.
    """
    text = PAGE.read_text(encoding="utf-8")
    said = re.findall(r"(?:`|\.venv/bin/)joinedup ([a-z][^`\n]*)", text)
    assert len({line.split()[0] for line in said}) > 15
    lost = [line for line in said if not _is_known(shlex.split(line, comments=True))]
    assert lost == []


def _is_known(words: list[str]) -> bool:
    """Say whether the command line has a command, the one below it, and their options."""
    everything: Any = get_command(app)
    command = everything.commands.get(words[0])
    if command is None or command.context_settings.get("ignore_unknown_options"):
        return command is not None
    below = list(getattr(command, "commands", {}).values())
    named = [one for one in below if words[1:2] == [one.name]]
    if below and not named and command.no_args_is_help:
        return False
    options = {
        name
        for one in named or [command, *below]  # a group may do something by itself
        for parameter in one.params
        for name in parameter.opts
    }
    return {word for word in words if word.startswith("--")} <= options | {"--help"}


def test_the_folders_that_the_page_names_are_there_for_its_user() -> None:
    """Given the folders that the page's own commands write to
    When they are held against those that root makes by the page
    Then the user of the warehouse may write in each.
    """
    text = PAGE.read_text(encoding="utf-8")
    named = set(re.findall(r"^export \w+=(\S+)$", text, re.MULTILINE))
    made = re.findall(r"(?:install -d -o joinedup .*|adduser .*--home) (/\S+)", text)
    assert len(named) > 2
    assert {one for one in named if not one.startswith(tuple(made))} == set()


def test_every_link_of_the_pages_leads_somewhere() -> None:
    """Given the pages for whoever runs it, and this is secured by
    When their links to files and to headings are followed
    Then each is there.
    """
    names = ["operations.md", "auditing.md", "fetching.md", "looking_back.md", "containers.md"]
    names += ["alerts.md", "calendar.md", "lineage.md"]
    pages = [ROOT / "docs" / name for name in [*names, "reading_a_release.md"]]
    lost, followed = [], 0
    for page in [*pages, ROOT / "SECURITY.md"]:
        for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
            path, _, heading = target.partition("#")
            if "://" in target:
                continue
            followed += 1
            aim = (page.parent / path).resolve() if path else page
            if not aim.exists() or (heading and heading not in _headings(aim)):
                lost.append(f"{page.name}: {target}")
    assert followed > 20
    assert lost == []


def _headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in found}
