"""Claims: every published claim with a figure, beside what a release gives, and how many hold."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from textwrap import wrap
from typing import Literal

from publishing.mart_tables import open_read_only
from publishing.pointer import Release
from publishing.trace import FORMAT, iso, rows_of

IMPOSSIBLE = ("not open data", "no return here", "not testable")
"""Verdicts on claims that no return of this warehouse can bear out or contradict."""

_HOLDING = ("reproduced", "consistent", "within rounding")
_DIFFERING = ("differs", "within one step")

Outcome = Literal["reproduced", "consistent", "differing", "impossible", "not_loaded", "restated"]
"""What came of a claim, as it is counted: each has exactly one."""

_SAID: Mapping[Outcome, str] = {
    "reproduced": "reproduced from the open returns",
    "consistent": "consistent with other published figures",
    "differing": "differing",
    "impossible": "impossible to test",
    "not_loaded": "without their returns",
    "restated": "repeating another",
}
_ORDER: tuple[Outcome, ...] = (
    *("differing", "reproduced", "consistent"),
    *("not_loaded", "impossible", "restated"),
)
"""In which order the claims are told."""
_MAY_LACK = frozenset({"not_loaded", "restated"})

_BASES = {
    "returns": "the open returns",
    "sites": "a list of sites",
    "spending": "published spending",
    "arithmetic": "other published figures",
    "restatement": "the claim it repeats",
}
_WIDTH = 100


@dataclass(frozen=True)
class Claim:
    """A row of mart claim; `verdict` is none where the returns it needs are not loaded."""

    claim_id: str
    source: str
    claim: str
    kind: str
    programme_id: str
    basis: str
    metric_id: str | None
    area_code: str
    period: str
    base_period: str | None
    published_value: float
    published_unit: str
    computed_value: float | None
    computed_lower: float | None
    computed_upper: float | None
    open_figure: float | None
    verdict: str | None
    why: str
    restates_claim_id: str | None
    is_synthetic: bool


@dataclass(frozen=True)
class Tally:
    """How many claims came out how.

    `reproduced` are borne out by the open returns (with lists of sites), `consistent` only with
    other published figures; both count those within rounding, or one step, too. `restated` are
    claims that say another again and have its verdict: they are in none of the other counts but
    `claims`.
    """

    claims: int
    reproduced: int
    consistent: int
    differing: int
    impossible: int
    not_loaded: int
    restated: int


@dataclass(frozen=True)
class Claims:
    """The claims of a release with their tally, and verdicts counted in reconciliation."""

    release_id: str
    as_at: date | None
    is_synthetic: bool
    tally: Tally
    claims: tuple[Claim, ...]
    verdicts: dict[str, int]
    figures: dict[str, int]
    splits: dict[str, int]


def claims_of(release: Release) -> Claims:
    """Give every claim of a release, and how many of them hold."""
    with open_read_only(release.marts) as marts:
        columns = ", ".join(Claim.__dataclass_fields__)
        query = f"SELECT {columns} FROM claim ORDER BY claim_id"  # noqa: S608 - names are our own
        claims = tuple(Claim(**row) for row in rows_of(marts, query))
        counted = marts.execute(
            "SELECT kind, verdict, count(*) FROM reconciliation GROUP BY ALL "
            "ORDER BY count(*) DESC, verdict"
        ).fetchall()
    return Claims(
        release_id=release.id,
        as_at=release.manifest.as_at,
        is_synthetic=release.manifest.is_synthetic,
        tally=tally(map(_judged, claims)),
        claims=claims,
        verdicts=dict(Counter(claim.verdict or "not loaded" for claim in claims).most_common()),
        figures={verdict: count for kind, verdict, count in counted if kind == "figure"},
        splits={verdict: count for kind, verdict, count in counted if kind == "split"},
    )


def tally(judged: Iterable[tuple[str, str | None, str | None]]) -> Tally:
    """Count claims by what came of them: each as its basis, verdict and the claim it repeats.

    A claim that repeats another and says something else has the basis `restatement`.
    """
    counts = Counter(_outcome(*one) for one in judged)
    return Tally(
        claims=counts.total(),
        reproduced=counts["reproduced"],
        consistent=counts["consistent"],
        differing=counts["differing"],
        impossible=counts["impossible"],
        not_loaded=counts["not_loaded"],
        restated=counts["restated"],
    )


def _outcome(basis: str, verdict: str | None, repeated: str | None) -> Outcome:
    """Say what came of a claim; raises ValueError for a verdict that there is not."""
    if repeated is not None and basis != "restatement":
        return "restated"
    if verdict is None:
        return "not_loaded"
    if verdict in IMPOSSIBLE:
        return "impossible"
    if verdict in _DIFFERING:
        return "differing"
    if verdict not in _HOLDING:
        raise ValueError(f"no such verdict: {verdict}")
    return "consistent" if basis == "arithmetic" else "reproduced"


def _judged(claim: Claim) -> tuple[str, str | None, str | None]:
    return claim.basis, claim.verdict, claim.restates_claim_id


def tally_line(found: Tally) -> str:
    """Say the counts in one line; what may lack is left out where there is none of it."""
    counts = asdict(found)
    parts = [
        f"{counts[name]} {said}"
        for name, said in _SAID.items()
        if counts[name] or name not in _MAY_LACK
    ]
    return f"{', '.join(parts)} (of {found.claims})"


def claims_as_json(found: Claims) -> str:
    """Give the claims as JSON, with the same names as in `Claims`."""
    document = {"format": FORMAT, **asdict(found)}
    return json.dumps(document, indent=2, ensure_ascii=False, default=iso)


def render_claims(found: Claims) -> str:
    """Give the claims as plain text, those that differ first, and the counts at the end."""
    return "\n".join([*_head(found), *_body(found), "", *_foot(found)])


def _head(found: Claims) -> Iterator[str]:
    as_at = f", as at {found.as_at}" if found.as_at else ""
    yield f"Release {found.release_id}{as_at}"
    if found.is_synthetic:
        yield "SYNTHETIC: what is worked out from these returns says nothing about any claim."


def _body(found: Claims) -> Iterator[str]:
    for outcome in _ORDER:
        claims = [claim for claim in found.claims if _outcome(*_judged(claim)) == outcome]
        if claims:
            yield ""
            yield f"{_SAID[outcome].capitalize()} ({len(claims)})"
        for claim in claims:
            yield from _claim(claim)


def _claim(claim: Claim) -> Iterator[str]:
    yield from wrap(f"{claim.claim_id} {claim.claim}", _WIDTH, subsequent_indent=" " * 5)
    copied = f", as {claim.restates_claim_id}" if _is_copy(claim) else ""
    verdict = f"{claim.verdict}{copied}: " if claim.verdict else ""
    beside = f"{verdict}published {_published(claim)}"
    if claim.computed_value is not None:
        beside += f"; {_number(claim.computed_value)} by {_BASES[claim.basis]}"
        if claim.computed_lower is not None and claim.computed_upper is not None:
            between = f"{_number(claim.computed_lower)} to {_number(claim.computed_upper)}"
            beside += f" ({between} for rounding)"
    if claim.open_figure is not None:
        beside += f"; {_open_figure_of(claim)}: {_number(claim.open_figure)}"
    yield f"     {beside}"
    indent = " " * 5
    yield from wrap(claim.why, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _is_copy(claim: Claim) -> bool:
    return _outcome(*_judged(claim)) == "restated"


def _open_figure_of(claim: Claim) -> str:
    """Say what the figure beside a claim is that could not be tested."""
    if claim.basis == "spending":
        return "one basis of spending, from published tables"
    if claim.kind == "plan":
        return "what happened, by the nearest count in the open returns"
    return "another count in the open returns"


def _foot(found: Claims) -> Iterator[str]:
    yield f"Claims: {tally_line(found.tally)}"
    for title, counts in (
        ("Published figures", found.figures),
        ("Published splits", found.splits),
    ):
        if counts:
            said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
            yield f"{title}: {said} (mart reconciliation)"


def _published(claim: Claim) -> str:
    """Write what was published with its unit; a year is a name, and has no thousands."""
    if claim.published_unit == "year":
        return f"{claim.published_value:.0f}"
    return f"{_number(claim.published_value)} {claim.published_unit}"


def _number(value: float) -> str:
    """Write a figure with as many places as tell it apart, and no more than two."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
