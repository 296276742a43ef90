"""Keeping releases: going back lasts, what is let go is not missed, and all is written down."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

import publishing.keeping
import publishing.release
from joinedup.cli import app
from publishing.keeping import fall_back, prune, restore, roll_back, standing_releases
from publishing.mart_tables import open_read_only
from publishing.pointer import (
    Release,
    ReleaseError,
    current_release,
    load_release,
    pointer_target,
    release_ids,
    verify,
)
from publishing.release import (
    ReleaseLocked,
    ReleaseRefusedError,
    release_as_at,
    release_marts,
)
from publishing.release_lock import alone
from publishing.release_log import LOG_NAME, read_log, withdrawal_of, withdrawals
from tests.publishing.few_marts import MARTS, write_candidate, write_quality

NOW = datetime(2026, 6, 9, 1, tzinfo=UTC)
Night = Callable[..., Release]
Nights = Callable[[int], list[Release]]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Candidates of a few marts, one for each shift of the figures, and an audit's results."""
    folder = tmp_path_factory.mktemp("few")
    for added in range(4):
        write_candidate(folder / f"{added}.duckdb", added)
    write_quality(folder / "quality")
    return folder


@pytest.fixture
def releases(tmp_path: Path) -> Path:
    """Where releases go: `releases` of a home."""
    return tmp_path / "home" / "releases"


def _release(few: Path, releases: Path, day: int, added: int, inputs: int) -> Release:
    return release_marts(
        few / f"{added % 4}.duckdb",
        few / "quality",
        releases,
        inputs_fingerprint=f"{inputs:08x}" * 8,
        run_id=f"night-{day}",
        now=NOW + timedelta(days=day),
    )


@pytest.fixture(scope="module")
def made(few: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The releases after one night, after two and so on, made once."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
        for day in range(4):
            _release(few, folder / "releases", day, day, day)
            shutil.copytree(folder / "releases", folder / f"{day + 1}", symlinks=True)
    return folder


@pytest.fixture
def nights(made: Path, releases: Path) -> Nights:
    """Give a function that puts the releases of the first nights in the test's home."""

    def copied(number: int) -> list[Release]:
        shutil.copytree(made / f"{number}", releases, symlinks=True)
        return [load_release(releases, one) for one in release_ids(releases)]

    return copied


@pytest.fixture
def night(few: Path, releases: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Give a function that releases the candidate of a day, as a night's run does."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)

    def released(day: int, same_as: int | None = None) -> Release:
        like = day if same_as is None else same_as
        return _release(few, releases, day, like, like)

    return released


def _damage(release: Release) -> None:
    release.marts.chmod(0o644)
    release.marts.write_bytes(b"garbled")


def _log(releases: Path) -> list[tuple[str, str | None]]:
    return [(entry.what, entry.to) for entry in read_log(releases)]


def test_f105_a_rollback_is_one_command_and_is_recorded(
    nights: Nights, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given two nights, the second bad
    When one command is given
    Then readers have the first again, and the log says when, who, from where, to where and why.
    """
    first, second = nights(2)
    monkeypatch.setenv("JOINEDUP_HOME", str(releases.parent))
    began = datetime.now(UTC)

    done = CliRunner().invoke(
        app, ["releases", "rollback", "--because", "June is doubled", "--by", "Ann"]
    )

    assert done.exit_code == 0, done.output
    assert (datetime.now(UTC) - began).total_seconds() < 60
    assert current_release(releases) == first
    line = json.loads((releases / LOG_NAME).read_text().splitlines()[-1])
    assert began <= datetime.fromisoformat(line.pop("at")) <= datetime.now(UTC)
    fingerprint = second.manifest.inputs_fingerprint
    assert line == {
        "what": "rolled back",
        "by": "Ann",
        "from": second.id,
        "to": first.id,
        "because": "June is doubled",
        "withdrawn": [{"release_id": second.id, "inputs_fingerprint": fingerprint}],
    }
    listed = CliRunner().invoke(app, ["releases", "list"]).output
    assert "current" in listed
    assert "withdrawn on" in listed
    assert "by Ann, because: June is doubled" in listed


def test_the_next_night_does_not_undo_a_rollback(
    nights: Nights, night: Night, releases: Path
) -> None:
    """Given a night that was rolled back
    When the same inputs come the night after, and then others
    Then the first is refused and says why, whole as the withdrawn folder still lies there; the
    second follows what readers have.
    """
    first, bad = nights(2)
    roll_back(releases, None, because="doubled", by="Ann")

    with pytest.raises(ReleaseRefusedError, match=f"{bad.id} was withdrawn on .* by Ann, because"):
        night(2, same_as=1)
    assert current_release(releases) == first
    assert withdrawal_of(releases, bad.manifest.inputs_fingerprint)

    good = night(3)
    assert good.manifest.previous == first.id
    assert current_release(releases) == good
    with pytest.raises(ReleaseRefusedError, match="restore"):
        night(4, same_as=1)
    roll_back(releases, first.id, because="that too", by="Bob")
    assert {one.because for one in withdrawals(releases).values()} == {"doubled", "that too"}


@pytest.fixture
def load(few: Path, releases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Give a function that releases what was read from some files, each with what read it."""
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    days = itertools.count()

    def released(code: str = "c0de", **files: str) -> Release:
        day = next(days)
        candidate = write_candidate(tmp_path / f"{day}.duckdb", day)
        with duckdb.connect(str(candidate)) as connection:
            connection.execute("CREATE SCHEMA lake")
            connection.execute(
                "CREATE TABLE lake.source_file (source_sha256 VARCHAR, return_id VARCHAR, "
                "definition_fingerprint VARCHAR, state VARCHAR)"
            )
            for name, mark in files.items():
                file = [name, f"return_{name}"]
                connection.execute(
                    "INSERT INTO marts.source_file (source_sha256, return_id, state) "
                    "VALUES (?, ?, 'read')",
                    file,
                )
                connection.execute(
                    "INSERT INTO lake.source_file VALUES (?, ?, ?, 'read')", [*file, mark]
                )
        return release_marts(
            candidate,
            few / "quality",
            releases,
            inputs_fingerprint=f"{day:08x}" * 8,
            run_id=f"night-{day}",
            now=NOW + timedelta(days=day),
            code_fingerprint=code,
        )

    return released


def test_no_unrelated_file_decision_or_upgrade_undoes_a_rollback(
    load: Night, releases: Path
) -> None:
    """Given a night with two new files, rolled back
    When an unrelated file lands, a decision is made or the code is another
    Then nothing is released while both are read as they were; once one is set aside or read
    otherwise, it is.
    """
    first = load(a="1")
    bad = load(a="1", x="1", y="1")
    roll_back(releases, None, because="x is wrong", by="Ann")

    for others in ({"b": "1"}, {}, {"code": "other", "a": "2"}):
        with pytest.raises(ReleaseRefusedError, match=f"{bad.id} was withdrawn .*\\n.*x, y;"):
            load(**{"a": "1", "x": "1", "y": "1"} | others)
        assert current_release(releases) == first
    assert load(a="1", y="1", b="1") == current_release(releases)
    again = load(a="1", x="2", y="1", b="1")
    assert current_release(releases) == again
    with pytest.raises(ReleaseRefusedError, match="was withdrawn"):
        load(a="1", x="1", y="1", b="1")


def test_a_rollback_of_code_lasts_until_the_code_is_another(load: Night, releases: Path) -> None:
    """Given a night of the same files and other code, rolled back
    When a file lands, and then the code changes again
    Then nothing is released before the code is another.
    """
    first = load(a="1")
    load("bug", a="1")
    roll_back(releases, None, because="a model is wrong", by="Ann")

    with pytest.raises(ReleaseRefusedError, match="Change the code that made it"):
        load("bug", a="1", b="1")
    assert current_release(releases) == first
    assert load("mended", a="1", b="1") == current_release(releases)


def test_what_helps_after_a_rollback_is_told(load: Night, releases: Path) -> None:
    """Given a night of other code and one with a new file, when each is rolled back
    Then to set a file aside is offered for the second only, where it helps.
    """
    load(a="1")
    of_code = load("bug", a="1")
    roll_back(releases, None, because="a model is wrong", by="Ann")
    of_file = load("mended", a="1", x="1")
    roll_back(releases, None, because="x is doubled", by="Ann")
    gone = withdrawals(releases)
    restore_code, restore_file = (
        f"joinedup releases restore {one.id} --because ..." for one in (of_code, of_file)
    )
    told = gone[of_code.id].ways_back()
    assert told == f"No file came in with it. To let it be released again: {restore_code} --stay"
    told = gone[of_file.id].ways_back()
    assert told.startswith("Set a file aside")
    assert told.endswith(restore_file)


def test_restoring_lets_in_what_came_between_too(load: Night, releases: Path) -> None:
    """Given two nights with a file each, both rolled back at once
    When the later is restored for the next load only
    Then readers stay where they are, neither is withdrawn, and the next night has both files.
    """
    first = load(a="1")
    load(a="1", x="1")
    later = load(a="1", x="1", y="1")
    roll_back(releases, first.id, because="a model is wrong", by="Ann")
    with pytest.raises(ReleaseRefusedError):
        load(a="1", x="1")

    assert restore(releases, later.id, because="mended", by="Ann", stay=True) is None
    assert current_release(releases) == first
    assert withdrawals(releases) == {}
    assert load(a="1", x="1", y="1", b="1") == current_release(releases)


def test_a_line_of_before_the_files_were_kept_is_read(load: Night, releases: Path) -> None:
    """Given a rollback in the words of an older log
    When the same inputs come, and then others
    Then the first are withdrawn still, and nothing is known of what came in.
    """
    load(a="1")
    bad = load(a="1", x="1")
    inputs = bad.manifest.inputs_fingerprint
    old = {"release_id": bad.id, "inputs_fingerprint": inputs}
    line = {"at": NOW.isoformat(), "what": "rolled back", "by": "Ann", "withdrawn": [old]}
    with (releases / LOG_NAME).open("a") as log:
        log.write(json.dumps(line) + "\n")

    assert withdrawal_of(releases, inputs) == withdrawals(releases)[bad.id]
    assert withdrawal_of(releases, "f" * 64, {"a": "1", "x": "1"}, "c0de") is None


def test_a_lost_pointer_is_said_and_set_again(
    nights: Nights, night: Night, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a copy of the releases without the link to the current one
    When they are verified, and a night comes or the check may mend it
    Then it is said, and the link leads to where the log says, or to the newest whole release.
    """
    _, second, third = nights(3)
    monkeypatch.setenv("JOINEDUP_HOME", str(releases.parent))
    pointer = releases / "current"
    pointer.unlink()
    for arguments in (["verify"], ["verify", "--all"]):
        done = CliRunner().invoke(app, ["releases", *arguments])
        assert done.exit_code == 1
        assert "is lost" in done.output

    done = CliRunner().invoke(app, ["releases", "verify", "--fall-back"])
    assert done.exit_code == 1
    assert f"now leads to {third.id}" in done.output
    assert CliRunner().invoke(app, ["releases", "verify"]).exit_code == 0

    pointer.unlink()
    assert night(3).manifest.previous == third.id
    pointer.unlink()
    shutil.rmtree(releases / release_ids(releases)[-1])
    _damage(third)
    assert fall_back(releases, by="cron") is not None
    assert current_release(releases) == second


def test_a_run_that_found_no_pointer_follows_the_lost_one(
    nights: Nights, few: Path, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a run that began when the link to the current release was lost
    When it releases
    Then it follows that release, and is not held to have been overtaken.
    """
    monkeypatch.setattr(publishing.release, "PROMISED_TABLES", MARTS)
    (first,) = nights(1)
    (releases / "current").unlink()
    made = release_marts(
        few / "1.duckdb",
        few / "quality",
        releases,
        inputs_fingerprint="ab" * 32,
        run_id="night-1",
        now=NOW + timedelta(days=1),
        follows=None,
    )
    assert made.manifest.previous == first.id


def test_a_release_whose_folder_is_lost_is_withdrawn_all_the_same(
    nights: Nights, releases: Path
) -> None:
    """Given a current release whose folder is gone, then a rollback withdraws it by its name."""
    _, bad = nights(2)
    shutil.rmtree(bad.path)
    roll_back(releases, None, because="lost", by="Ann")
    assert withdrawal_of(releases, bad.manifest.inputs_fingerprint)


def test_what_was_withdrawn_can_be_restored(nights: Nights, night: Night, releases: Path) -> None:
    """Given a night that was rolled back
    When it is restored
    Then it is current and its inputs are good again; once a newer stands, that stays current.
    """
    _, bad = nights(2)
    roll_back(releases, None, because="doubled", by="Ann")
    assert restore(releases, bad.id, because="it was right", by="Bob") is not None
    assert current_release(releases) == bad
    assert night(2, same_as=1) == bad

    roll_back(releases, None, because="no", by="Ann")
    newer = night(3)
    assert restore(releases, bad.id, because="it was right after all", by="Bob") is None
    assert current_release(releases) == newer
    assert withdrawals(releases) == {}
    with pytest.raises(ReleaseError, match="not withdrawn"):
        restore(releases, newer.id, because="?", by="Bob")


def test_a_rollback_over_several_withdraws_them_all(nights: Nights, releases: Path) -> None:
    """Given three nights
    When the first is gone back to by name
    Then neither of the others comes back by itself, and going back further is refused in words.
    """
    first, second, third = nights(3)
    moved = roll_back(releases, first.id, because="both bad", by="Ann")

    assert (moved.left, moved.to) == (third.id, first.id)
    assert set(withdrawals(releases)) == {second.id, third.id}
    for to, said in (
        (None, "No whole release before"),
        (first.id, "current already"),
        (second.id, "was withdrawn"),
        ("lost", "There is no release 'lost'"),
    ):
        with pytest.raises(ReleaseError, match=said):
            roll_back(releases, to, because="more", by="Ann")
    with pytest.raises(ReleaseError, match="Say why"):
        roll_back(releases, None, because=" ", by="Ann")
    assert current_release(releases) == first


def test_a_rollback_goes_only_to_a_whole_release(nights: Nights, releases: Path) -> None:
    """Given three nights, the second damaged since
    When the third is rolled back
    Then readers get the first, which no pruning has removed; the second is refused by name.
    """
    first, second, _ = nights(3)
    _damage(second)

    assert prune(releases, keep=1, by="Ann") == []
    with pytest.raises(ReleaseError, match="not whole"):
        roll_back(releases, second.id, because="bad", by="Ann")
    assert roll_back(releases, None, because="bad", by="Ann").to == first.id


@pytest.mark.parametrize("what", ["roll_back", "restore"])
def test_a_move_killed_before_the_pointer_is_finished_once(
    nights: Nights, night: Night, releases: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Given a rollback, or its restoration, that died between its line and the pointer
    When a person gives the command again, or the next night comes
    Then it is finished, and not done twice.
    """
    first, bad = nights(2)
    if what == "restore":
        roll_back(releases, None, because="doubled", by="Ann")

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publishing.keeping, "move_pointer", dies)
        move = partial(roll_back if what == "roll_back" else restore, because="doubled", by="Ann")
        with pytest.raises(KeyboardInterrupt):
            move(releases, bad.id if what == "restore" else first.id)
    lines = len(read_log(releases))
    if what == "roll_back":
        assert pointer_target(releases) == bad.id
        assert roll_back(releases, None, because="doubled", by="Ann").to == first.id
        assert len(read_log(releases)) == lines
        assert pointer_target(releases) == first.id
    else:
        assert pointer_target(releases) == first.id
        assert night(2, same_as=1) == bad
        assert pointer_target(releases) == bad.id


def test_a_log_with_a_cut_last_line_is_read_and_mended(
    nights: Nights, night: Night, releases: Path
) -> None:
    """Given a log whose last line was cut short by a kill
    When it is read, and then written to
    Then the whole lines count, the cut one is removed, and the release it was of is noted.
    """
    (first,) = nights(1)
    path = releases / LOG_NAME
    path.write_bytes(path.read_bytes()[:-9] + b" " * 5000)
    assert _log(releases) == []

    second = night(1)

    assert _log(releases) == [("found", first.id), ("released", second.id)]
    assert read_log(releases)[0].by == "night-0"
    assert path.read_bytes().endswith(b"}\n")
    path.write_bytes(b'{"what": "x"}\n' + path.read_bytes())
    with pytest.raises(ReleaseError, match=r"Line 1 of .* cannot be read"):
        night(2)
    assert pointer_target(releases) == second.id


def test_each_line_of_the_log_is_durable_before_the_pointer_moves(
    nights: Nights, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a rollback and a pruning whose system calls are written down
    When they are done
    Then the log is synced before the pointer is replaced or a folder renamed, the folder after.
    """
    nights(4)
    calls: list[tuple[str, str]] = []
    fsync, replace, rename = os.fsync, Path.replace, Path.rename

    def noted_fsync(handle: int) -> None:
        calls.append(("fsync", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    def noted(kind: str, move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def moved(path: Path, target: Path) -> Path:
            calls.append((kind, path.name))
            return move(path, target)

        return moved

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted("replace", replace))
    monkeypatch.setattr(Path, "rename", noted("rename", rename))
    roll_back(releases, None, because="doubled", by="Ann")
    prune(releases, keep=1, by="Ann")

    kinds = [kind if kind != "fsync" else name for kind, name in calls]
    assert kinds == [LOG_NAME, "replace", "releases", LOG_NAME, "rename", "releases"]


def test_prune_leaves_what_is_needed(
    nights: Nights, night: Night, releases: Path, few: Path
) -> None:
    """Given four nights, the last withdrawn, another after it, and a look back
    When all but one are to go
    Then the current stays, the one it followed, the withdrawn one while it is young, and the look
    back; a dry run removes nothing, and what was removed is in the log.
    """
    ids = [one.id for one in nights(4)]
    roll_back(releases, None, because="bad", by="Ann", now=NOW + timedelta(days=4))
    ids.append(night(4).id)
    look_back = release_as_at(
        few / "0.duckdb",
        few / "quality",
        releases,
        as_at=NOW.date(),
        inputs_fingerprint="ab" * 32,
        run_id="look",
        now=NOW + timedelta(days=4),
    )
    go = partial(prune, releases, by="Ann", now=NOW + timedelta(days=9))

    would = go(keep=1, dry_run=True)
    assert [one.id for one in would] == ids[:2]
    assert all(one.size > 10_000 for one in would)
    assert release_ids(releases) == ids
    assert go(keep=1, older_than=8) == would[:1]
    assert go(keep=3) == []
    assert go(keep=1) == would[1:]
    assert release_ids(releases) == ids[2:]
    assert read_log(releases)[-1].removed == (ids[1],)

    late = NOW + timedelta(days=99)
    assert [one.id for one in go(keep=1, looks_back=True, now=late)] == [ids[3]]
    assert verify(look_back) == []
    assert go(keep=1, older_than=200, looks_back=True, now=late) == []
    assert roll_back(releases, None, because="x", by="Ann").to == ids[2]
    with pytest.raises(ReleaseError, match="At least one"):
        go(keep=0)


def test_prune_under_an_open_reader(nights: Nights, releases: Path) -> None:
    """Given a reader with an old release open
    When it is pruned
    Then the reader goes on reading its figures, and whoever opens anew gets the current ones.
    """
    old = nights(4)[0]
    with open_read_only(old.marts) as reader:
        removed = prune(releases, keep=1, by="Ann")
        assert old.id in [one.id for one in removed]
        assert reader.execute("SELECT sum(value) FROM metric_value").fetchone() == (3015.0,)
    assert not old.path.exists()
    standing = current_release(releases)
    assert standing is not None
    assert verify(standing) == []


def test_a_killed_pruning_is_ended_by_the_next(
    nights: Nights, night: Night, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a pruning that died with one release half removed
    When a release is listed, and the next night comes
    Then no half of one is listed, and nothing of it is left.
    """
    ids = [one.id for one in nights(4)]
    remove = shutil.rmtree

    def dies(folder: Path) -> None:
        remove(folder / "parquet")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", dies)
        with pytest.raises(KeyboardInterrupt):
            prune(releases, keep=1, by="Ann")
    assert [one.id for one in standing_releases(releases)] == ids[1:]
    night(4)
    assert not list(releases.glob(".*.partial"))


@pytest.mark.parametrize("every", [True, False])
@pytest.mark.parametrize("damage", ["bytes", "gone"])
def test_f094_readers_fall_back_to_the_last_whole_release(
    nights: Nights,
    night: Night,
    releases: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: str,
    every: bool,
) -> None:
    """Given three nights, the last two damaged on the disk
    When releases are verified with leave to fall back
    Then what differs is named, readers get the first, and the same inputs make a new release.
    """
    first, second, third = nights(3)
    _damage(second)
    shutil.rmtree(third.path) if damage == "gone" else _damage(third)
    monkeypatch.setenv("JOINEDUP_HOME", str(releases.parent))

    asked = ["releases", "verify", *(["--all"] if every else [])]
    assert CliRunner().invoke(app, asked).exit_code == 1
    done = CliRunner().invoke(app, [*asked, "--fall-back", "--by", "cron"])

    assert done.exit_code == 1
    assert f"{third.id}  DAMAGED" in done.output
    assert (f"{first.id}  whole" in done.output) == every
    assert (f"{second.id}  DAMAGED" in done.output) == every
    assert current_release(releases) == first
    assert _log(releases)[-1] == ("fell back", first.id)
    assert fall_back(releases, by="cron") is None
    again = night(3, same_as=2)
    assert current_release(releases) == again
    assert verify(again) == []


def test_f095_a_copy_of_the_folder_is_a_backup(
    nights: Nights, releases: Path, tmp_path: Path
) -> None:
    """Given a copy of the releases made with an ordinary copy, while nothing is released
    When it lies elsewhere as another home's
    Then its releases are whole, and it can be gone back in.
    """
    first, _ = nights(2)
    copy = tmp_path / "elsewhere" / "releases"
    shutil.copytree(releases, copy, symlinks=True)
    shutil.rmtree(releases)

    standing = current_release(copy)
    assert standing is not None
    assert verify(standing) == []
    assert roll_back(copy, None, because="drill", by="Ann").to == first.id


def test_nothing_moves_while_a_release_is_made(nights: Nights, releases: Path) -> None:
    """Given a process that holds the release lock
    When readers are to be sent back, or releases removed
    Then it fails at once and names the holder: what is current may change at any moment.
    """
    _, second = nights(2)
    with alone(releases, "run night-2"):
        for ask in (
            lambda: roll_back(releases, None, because="bad", by="Ann"),
            lambda: prune(releases, by="Ann"),
            lambda: fall_back(releases, by="Ann"),
        ):
            with pytest.raises(ReleaseLocked, match="run night-2"):
                ask()
    assert current_release(releases) == second


def test_commands_without_a_release_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a home where nothing was released
    When each command is given
    Then it says so in words and leaves nothing behind.
    """
    monkeypatch.setenv("JOINEDUP_HOME", str(tmp_path))
    for arguments, code in (
        (["list"], 0),
        (["verify"], 1),
        (["rollback", "--because", "x"], 1),
        (["restore", "x", "--because", "x"], 1),
        (["list", "--json"], 0),
    ):
        done = CliRunner().invoke(app, ["releases", *arguments])
        assert done.exit_code == code, done.output
        assert "Traceback" not in done.output
        assert "no release yet" in done.output or arguments == ["list", "--json"]
    assert not (tmp_path / "releases").exists()
