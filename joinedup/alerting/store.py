"""What stands, what was told of it, and what waits to be sent: `alerts.sqlite` in the home.

A file of its own, so that no alert waits for the catalogue's writer, nor the writer for an alert.
Several processes may use it at once: tasks, the scheduler's callbacks, a person.
"""

from __future__ import annotations

import json
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from joinedup.alerting.causes import Alert, Kind

What = Literal["raised", "again", "resolved", "test"]

KEPT_DAYS = 7
"""How long a message waits for a channel; later it would tell old news."""
LISTED_DAYS = 90
"""How long `joinedup alerts` can list a message; what stands is kept as long as it does."""

SCHEMA = """
create table if not exists cause (
    cause text primary key,
    kind text not null,
    title text not null,
    what_to_do text not null,
    parts text not null,
    raised_at text not null,
    told_at text not null
);
create table if not exists message (
    message_id integer primary key,
    message_key text not null unique,
    what text not null,
    kind text not null,
    causes text not null,
    title text not null,
    text text not null,
    what_to_do text not null,
    run_id text,
    made_at text not null
);
create table if not exists channel (
    name text primary key,
    since text not null
);
create table if not exists delivery (
    message_id integer not null references message (message_id),
    channel text not null,
    tries integer not null,
    claimed_until text not null,
    sent_at text,
    answer text,
    primary key (message_id, channel)
);
"""


@dataclass(frozen=True)
class Draft:
    """A message about one cause or several of a kind, not yet kept."""

    what: What
    kind: Kind
    causes: tuple[str, ...]
    title: str
    text: str
    what_to_do: str
    run_id: str | None = None


@dataclass(frozen=True)
class Message:
    """A message as it is kept; `key` names it the world over. `made_at` is UTC."""

    message_id: int
    key: str
    draft: Draft
    made_at: datetime


@dataclass(frozen=True)
class Standing:
    """A cause that was told and is not resolved. Times are UTC."""

    cause: str
    kind: Kind
    title: str
    what_to_do: str
    parts: frozenset[str]
    raised_at: datetime
    told_at: datetime


@dataclass(frozen=True)
class Waiting:
    """A message that a channel has not accepted, how often it was tried, and the last answer."""

    message: Message
    channel: str
    tries: int
    answer: str | None


class AlertStore:
    """The open store. Each call is one transaction; close it when done."""

    def __init__(self, path: Path) -> None:
        """Open or create the store; only its owner may read it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, timeout=5, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        for statement in SCHEMA.split(";"):
            self._connection.execute(statement)

    def __enter__(self) -> AlertStore:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the store while what stands is read and what follows from it is written."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def standing(self) -> dict[str, Standing]:
        """Return what stands, by cause."""
        rows = self._connection.execute("select * from cause order by raised_at, cause")
        return {
            row["cause"]: Standing(
                row["cause"],
                row["kind"],
                row["title"],
                row["what_to_do"],
                frozenset(json.loads(row["parts"])),
                datetime.fromisoformat(row["raised_at"]),
                datetime.fromisoformat(row["told_at"]),
            )
            for row in rows
        }

    def stand(self, alert: Alert, parts: Iterable[str], now: datetime) -> None:
        """Note that a cause is told now; one that stands already keeps since when."""
        self._connection.execute(
            "insert into cause values (?, ?, ?, ?, ?, ?, ?) on conflict (cause) do update set"
            " kind = excluded.kind, title = excluded.title, what_to_do = excluded.what_to_do,"
            " parts = excluded.parts, told_at = excluded.told_at",
            (
                *(alert.cause, alert.kind, alert.title, alert.what_to_do),
                *(json.dumps(sorted(parts)), now.isoformat(), now.isoformat()),
            ),
        )

    def resolve(self, causes: Iterable[str]) -> None:
        """Let causes stand no longer."""
        self._connection.executemany(
            "delete from cause where cause = ?", [(cause,) for cause in causes]
        )

    def add(self, drafts: Iterable[Draft], now: datetime) -> None:
        """Keep messages, for every channel to send."""
        for draft in drafts:
            self._connection.execute(
                "insert into message (message_key, what, kind, causes, title, text, what_to_do,"
                " run_id, made_at) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(uuid.uuid4().hex, draft.what, draft.kind, json.dumps(draft.causes)),
                    *(draft.title, draft.text, draft.what_to_do, draft.run_id, now.isoformat()),
                ),
            )

    def forget_messages(self, now: datetime) -> None:
        """Remove messages that were told long ago, with what channels said to them."""
        oldest = (now - timedelta(days=LISTED_DAYS)).isoformat()
        self._connection.execute(
            "delete from delivery where message_id in"
            " (select message_id from message where made_at < ?)",
            (oldest,),
        )
        self._connection.execute("delete from message where made_at < ?", (oldest,))

    def set_channels(self, names: Sequence[str], now: datetime) -> None:
        """Note the channels there are: a new one is sent only what is made from now on."""
        self._connection.executemany(
            "insert or ignore into channel values (?, ?)",
            [(name, now.isoformat()) for name in names],
        )

    def forget_channels(self, kept: Sequence[str]) -> None:
        """Let nothing wait for a channel that is no longer set."""
        for (name,) in self._connection.execute("select name from channel").fetchall():
            if name not in kept:
                self._connection.execute("delete from channel where name = ?", (name,))

    def messages(self, limit: int) -> list[Message]:
        """Return the latest messages, the latest last."""
        rows = self._connection.execute(
            "select * from message order by message_id desc limit ?", (limit,)
        )
        return [_message(row) for row in rows][::-1]

    def last_told(self, cause: str) -> Draft | None:
        """Return the latest message of what stands; None where it was told only with others."""
        row = self._connection.execute(
            "select * from message where causes = ? and what <> 'resolved'"
            " order by message_id desc limit 1",
            (json.dumps((cause,)),),
        ).fetchone()
        return None if row is None else _message(row).draft

    def waiting(self, now: datetime, channel: str | None = None) -> list[Waiting]:
        """Return what a channel, or any, has not accepted and still may, the oldest first."""
        rows = self._connection.execute(
            "select m.*, c.name as channel, d.tries, d.answer from message as m"
            " join channel as c on m.made_at >= c.since"
            " left join delivery as d on d.message_id = m.message_id and d.channel = c.name"
            " where d.sent_at is null and m.made_at > ? and (? is null or c.name = ?)"
            " order by m.message_id, c.name",
            ((now - timedelta(days=KEPT_DAYS)).isoformat(), channel, channel),
        )
        return [
            Waiting(_message(row), row["channel"], row["tries"] or 0, row["answer"]) for row in rows
        ]

    def claim(self, message_id: int, channel: str, until: datetime) -> bool:
        """Take a message for sending; False when another process has it, or has sent it."""
        now = datetime.now(UTC).isoformat()
        claimed = self._connection.execute(
            "insert into delivery (message_id, channel, tries, claimed_until) values (?, ?, 1, ?)"
            " on conflict (message_id, channel) do update set tries = tries + 1,"
            " claimed_until = excluded.claimed_until where sent_at is null and claimed_until < ?",
            (message_id, channel, until.isoformat(), now),
        )
        return claimed.rowcount == 1

    def answered(self, message_id: int, channel: str, answer: str, *, accepted: bool) -> None:
        """Note what a channel said; what it did not accept is free to be tried again."""
        now = datetime.now(UTC).isoformat()
        self._connection.execute(
            "update delivery set answer = ?, claimed_until = ?, sent_at = ?"
            " where message_id = ? and channel = ?",
            (answer, now, now if accepted else None, message_id, channel),
        )

    def sent_by(self, message_id: int) -> dict[str, str]:
        """Return the channels that accepted a message, and what each said."""
        rows = self._connection.execute(
            "select channel, answer from delivery where message_id = ? and sent_at is not null"
            " order by channel",
            (message_id,),
        )
        return {row["channel"]: row["answer"] for row in rows}


def _message(row: sqlite3.Row) -> Message:
    draft = Draft(
        row["what"],
        row["kind"],
        tuple(json.loads(row["causes"])),
        *(row["title"], row["text"], row["what_to_do"], row["run_id"]),
    )
    made_at = datetime.fromisoformat(row["made_at"])
    return Message(row["message_id"], row["message_key"], draft, made_at)
