"""An audit told to a person: what failed, of which kind it is, and how to see the rows.

It is read back from `quality.json`, also from one that an older version wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from expectations.suites import STAGING
from expectations.verdict import QUALITY_FILE

Kind = Literal[
    "bad data", "broken check", "missing check", "warning", "known failure", "not applicable"
]
"""What a person is told that a result is; what passed has no kind."""

MEANS: Mapping[Kind, str] = {
    "bad data": "the check ran, and the data are not as it expects",
    "broken check": "the check could not run: nothing is known of the data, good or bad",
    "missing check": "a check that has to be there was not, or had nothing to look at: "
    "nothing is known of the data",
    "warning": "the check ran, and some data are not as it expects; they may be released",
    "known failure": "bad data that are listed, with an owner and a day on which that ends",
    "not applicable": "there was nothing to check: no file of the return was read, there is no "
    "earlier release, or a table is rightly empty",
}

TO_DO: Mapping[Kind, str] = {
    "bad data": "look at the rows; then mend or set aside the file, hold the rows, or, where "
    "figures of a closed period are rightly gone or otherwise, accept that "
    "(joinedup quality accept-loss)",
    "broken check": "mend the check or the tool; the data need no mending for it",
    "missing check": "bring the check, or the table it looks at, back",
    "warning": "look at the rows, and list what is to be expected as a known failure",
    "known failure": "nothing before its day",
    "not applicable": "nothing, unless it should be here",
}

BLOCKING: tuple[Kind, ...] = ("missing check", "broken check", "bad data")
"""The kinds that stop a release, the gravest first."""

ORDER: tuple[Kind, ...] = (*BLOCKING, "warning", "known failure", "not applicable")


class NoAuditError(Exception):
    """There is no audit to show, or it cannot be read."""


@dataclass(frozen=True)
class Told:
    """One check's result, as `quality.json` has it; an old one lacks the last fields."""

    suite: str
    table: str
    check: str
    expected: str
    outcome: str
    severity: str
    column: str | None = None
    expectation: str = ""
    dimension: str = ""
    owner: str = ""
    poisons: tuple[str, ...] = ()
    unexpected_count: int | None = None
    examined: int | None = None
    examples: tuple[Mapping[str, Any], ...] = ()
    keys: tuple[Any, ...] = ()
    detail: str = ""
    seconds: float = 0.0
    return_ids: tuple[str, ...] = ()
    is_known: bool = False
    known_until: str | None = None

    @property
    def kind(self) -> Kind | None:
        """What a person is told that this is; None for a check that passed."""
        if self.outcome == "passed":
            return None
        if self.outcome == "bad_data":
            if self.is_known:
                return "known failure"
            return "bad data" if self.severity == "block" else "warning"
        return _KINDS.get(self.outcome, "missing check")

    @property
    def name(self) -> str:
        """The check as a command takes it."""
        return f"{self.suite}.{self.check}".replace(" ", "_")

    @property
    def has_rows(self) -> bool:
        """Whether a command can show the rows that it found.

        A test of dbt's looks at more than is released: its rows can be asked for only where it
        stopped the release, as the candidate is kept then. Without a count there are no rows.
        """
        if self.outcome != "bad_data" or not self.unexpected_count:
            return False
        return not self.is_dbt or self.kind in BLOCKING

    @property
    def is_dbt(self) -> bool:
        """Whether it is a test of dbt's."""
        return self.expectation == "dbt_test"


_KINDS: Mapping[str, Kind] = {
    "broken_check": "broken check",
    "missing_check": "missing check",
    "not_applicable": "not applicable",
}


@dataclass(frozen=True)
class Audit:
    """An audit as it was written down: its summary, and every check."""

    candidate: str
    outcome: str
    checks_run: int
    passed: int
    failed: int
    warned: int
    seconds: float
    peak_mb: float | None = None
    compared_with: str | None = None
    checks: tuple[Told, ...] = ()

    def of_kind(self, kind: Kind) -> list[Told]:
        """The results of one kind, in the order in which they were found."""
        return [one for one in self.checks if one.kind == kind]

    @property
    def counts(self) -> dict[Kind, int]:
        """How many results there are of each kind, the gravest first."""
        return {kind: len(self.of_kind(kind)) for kind in ORDER}

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        told = {kind: phrase(kind, count) for kind, count in self.counts.items() if count}
        if self.outcome == "passed":
            also = _listed(list(told.values()))
            held = f"{self.passed:,} of {self.checks_run:,} checks hold"
            return f"Passed: {held} and nothing stops the release{also and f'; {also}'}."
        why = _listed([told[kind] for kind in BLOCKING if kind in told]) or "no check ran"
        return f"Refused: {why}; {self.checks_run:,} checks ran."


def read_audit(folder: Path) -> Audit:
    """Read the audit of a folder; raises NoAuditError when there is none."""
    path = folder / QUALITY_FILE
    try:
        return audit_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, AttributeError, KeyError) as error:
        raise NoAuditError(f"{path} cannot be read as an audit: {error}") from error


def audit_from(document: Mapping[str, Any]) -> Audit:
    """Take an audit from the JSON that it was written as, of this version or an older one."""
    peak = document.get("peak_mb")
    return Audit(
        candidate=str(document.get("candidate", "")),
        outcome=str(document["outcome"]),
        checks_run=int(document.get("checks_run", 0)),
        passed=int(document.get("passed", 0)),
        failed=int(document.get("failed", 0)),
        warned=int(document.get("warned", 0)),
        seconds=float(document.get("seconds", 0.0)),
        peak_mb=None if peak is None else float(peak),
        compared_with=document.get("release_compared_with"),
        checks=tuple(_told(one) for one in document.get("checks", ())),
    )


def _told(one: Mapping[str, Any]) -> Told:
    known = {name: one[name] for name in Told.__dataclass_fields__ if one.get(name) is not None}
    known |= {name: tuple(known[name]) for name in _LISTS if name in known}
    told = Told(**{"column": None} | known)
    if told.return_ids or not told.table.startswith(STAGING):
        return told
    of = told.table.removeprefix(f"{STAGING}stg_")
    return Told(**{**vars(told), "return_ids": (of,)})


_LISTS = ("poisons", "examples", "keys", "return_ids")


@dataclass(frozen=True)
class Wanted:
    """Which results are shown."""

    failed: bool = False
    suite: str | None = None
    return_id: str | None = None

    def require_known(self, audit: Audit) -> None:
        """Raise NoAuditError for a suite or return that the audit says nothing of."""
        suites = {one.suite for one in audit.checks}
        returns = {name for one in audit.checks for name in one.return_ids}
        for what, name, known in (
            ("suite", self.suite, suites),
            ("return", self.return_id, returns),
        ):
            if name is not None and name not in known:
                near = ", ".join(get_close_matches(name, known)) or ", ".join(sorted(known)[:10])
                raise NoAuditError(f"The audit says nothing of {what} '{name}'. Near: {near}.")

    def fits(self, one: Told) -> bool:
        """Whether a result is among them."""
        if self.failed and one.kind not in BLOCKING:
            return False
        if self.suite is not None and one.suite != self.suite:
            return False
        return self.return_id is None or self.return_id in one.return_ids


def render(audit: Audit, wanted: Wanted | None = None, *, about: str = "last") -> str:
    """Tell an audit in lines for a terminal: the verdict, then what did not pass.

    `about` is what the commands call this audit.
    """
    chosen = [one for one in audit.checks if (wanted or Wanted()).fits(one)]
    lines = [audit.sentence, *_facts(audit)]
    for kind in ORDER:
        found = [one for one in chosen if one.kind == kind]
        if not found:
            continue
        lines += ["", f"{kind.upper()} ({len(found)}): {MEANS[kind]}.", f"  To do: {TO_DO[kind]}."]
        if kind == "not applicable":
            lines += [f"  {one.name}: {one.detail}" for one in found]
            continue
        for one in found:
            lines += ["", *_lines(one, about)]
    if chosen:
        held = sum(one.outcome == "passed" for one in chosen)
        lines += ["", f"Passed: {held:,} of the {len(chosen):,} results asked for."]
    elif wanted:
        lines += ["", "No result is of what was asked for."]
    return "\n".join(plain(line) for line in lines)


def _facts(audit: Audit) -> Iterator[str]:
    peak = f", at most {audit.peak_mb:,.0f} MB of memory" if audit.peak_mb else ""
    yield f"  audit of {audit.candidate}, {audit.seconds:.1f} s{peak}"
    if audit.compared_with:
        yield f"  history compared with release {audit.compared_with}"


def _lines(one: Told, about: str) -> Iterator[str]:
    """One result: what it is of, who is asked, what it spoils, and how to see it."""
    yield f"  {one.name}: {one.expected}"
    yield f"    table    {one.table or 'none'}{f', column {one.column}' if one.column else ''}"
    if one.return_ids:
        yield f"    returns  {', '.join(one.return_ids)}"
    if rows := rows_words(one):
        yield f"    rows     {rows}"
    yield f"    owner    {one.owner or 'nobody is named'}"
    if one.poisons:
        with_care = "not to be read while" if one.kind in BLOCKING else "to be read with care as"
        yield f"    poisons  {', '.join(one.poisons)} ({with_care} this fails)"
    if one.is_known and one.known_until:
        yield f"    known    until {one.known_until}"
    if one.detail:
        yield f"    said     {one.detail}"
    for example in one.examples or [_row(key) for key in one.keys]:
        yield f"    such as  {example_words(example)}"
    if one.has_rows:
        yield f"    see      {see(one, about)}"


def rows_words(one: Told) -> str:
    """How many rows are otherwise, of how many that were looked at; empty when it is not known."""
    if one.unexpected_count is None:
        return ""
    of = f" of {one.examined:,}" if one.examined is not None else ""
    return f"{one.unexpected_count:,}{of} not as expected"


def example_words(example: Mapping[str, Any]) -> str:
    """One row in words; what is empty is left out."""
    return ", ".join(f"{name} {value}" for name, value in example.items() if value is not None)


def _row(key: Any) -> Mapping[str, Any]:
    """A row of which only the key is told."""
    return key if isinstance(key, Mapping) else {"key": key}


def see(one: Told, about: str = "last") -> str:
    """The command that shows the rows; the suite is named, as many have a check of one name."""
    return f"joinedup quality {about} --rows {one.name}"


def as_json(audit: Audit, wanted: Wanted | None = None) -> str:
    """The same for programs; each result says its kind in words."""
    chosen = [one for one in audit.checks if (wanted or Wanted()).fits(one)]
    document = {name: value for name, value in vars(audit).items() if name != "checks"}
    document["says"] = audit.sentence
    document["counts"] = audit.counts
    document["checks"] = [vars(one) | {"kind": one.kind or "passed"} for one in chosen]
    return json.dumps(document, indent=1, ensure_ascii=False, default=str)


def exit_code(audit: Audit) -> int:
    """0 passed, 2 passed with warnings, 1 not passed."""
    if audit.outcome != "passed":
        return 1
    return 2 if audit.of_kind("warning") else 0


def find_check(audit: Audit, name: str) -> Told:
    """The result of one check, by `suite.check` or, where only one has it, the check's name.

    Raises NoAuditError, which says what there is.
    """
    exact = [one for one in audit.checks if name == one.name]
    found = exact or [one for one in audit.checks if name == one.check]
    if len(found) == 1 or (exact and found):
        return found[0]
    near = [one.name for one in (found or audit.checks) if found or one.kind in ORDER[:5]]
    there = f" There are: {', '.join(dict.fromkeys(near[:20]))}." if near else ""
    many = "More than one check is" if found else "No check of this audit is"
    raise NoAuditError(f"{many} called {name!r}.{there}")


_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def plain(text: object) -> str:
    """A text without what a terminal or a page would obey: controls, and turns of direction."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(text))


_PHRASES: Mapping[Kind, tuple[str, str]] = {
    "bad data": ("check found bad data", "checks found bad data"),
    "broken check": ("check broke", "checks broke"),
    "missing check": ("check is missing", "checks are missing"),
    "warning": ("warning", "warnings"),
    "known failure": ("known failure", "known failures"),
    "not applicable": ("not applicable", "not applicable"),
}


def phrase(kind: Kind, count: int) -> str:
    """Count results of a kind in words: 2 known failures."""
    return f"{count:,} {_PHRASES[kind][count != 1]}"


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
