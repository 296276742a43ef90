"""The page of claims: what was published about integration, beside what the returns give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from publishing.scorecard import words
from publishing.scorecard.cells import chart_cells
from publishing.scorecard.charts.bars import Bar, bars
from publishing.scorecard.links import Links, links_of
from publishing.scorecard.page import Cell, Chart, Column, Page, SourceCell, Table
from publishing.scorecard.site import Site

PATH = "claims.html"
CELLS_SHOWN = 8
CELLS_IN_CSV = 250

VERDICTS: Mapping[str, tuple[str, str]] = {
    "reproduced": ("Reproduced", "The open returns give a figure that rounds to the published one"),
    "within rounding": (
        "Within rounding",
        "The figures it follows from leave it open: they are rounded themselves",
    ),
    "within one step": (
        "Within one step",
        "It is off by one of the last published digit, more than rounding explains",
    ),
    "consistent": (
        "Consistent",
        "It follows from other published figures, which no open return tests",
    ),
    "differs": ("Differs", "The open figures, or other published ones, give something else"),
    "not open data": ("Not open data", "It rests on returns or plans that nobody publishes"),
    "no return here": ("No return here", "It is published, but no return that is read here has it"),
    "not testable": (
        "Not testable",
        "It is a plan, an opinion, or a figure whose base is not stated",
    ),
    "synthetic": (
        "Beside SYNTHETIC figures",
        "The returns loaded here are made up, so what they give says nothing about the claim",
    ),
    "": ("Not loaded", "The returns that it needs are not loaded in this release"),
}
"""What each verdict is called and means, in the order of the page."""

_SAID = (
    (
        ("{} follows from other published figures", "{} follow from other published figures"),
        ("consistent", "within rounding", "within one step"),
    ),
    (("figures speak against {}",) * 2, ("differs",)),
    (("{} cannot be tested here",) * 2, ("not open data", "no return here", "not testable")),
    (
        (
            "{} stands beside SYNTHETIC figures, which say nothing",
            "{} stand beside SYNTHETIC figures, which say nothing",
        ),
        ("synthetic",),
    ),
    (
        ("{} waits for files that are not loaded", "{} wait for files that are not loaded"),
        ("",),
    ),
)
"""What a heading says of one claim, or of several, whose verdicts are taken together."""

_CLAIMS = """
    SELECT c.*, p.title AS programme
    FROM claim AS c LEFT JOIN programme AS p USING (programme_id)
    ORDER BY claim_id
"""


@dataclass(frozen=True)
class Claim:
    """A claim as the page tells it; `cells` are the first of `cells_count` source cells."""

    claim_id: str
    claim: str
    told_by: Markup
    published: str
    computed: str
    open_figure: str
    metric: Markup
    programme: Markup
    period: str
    why: Markup
    again: tuple[Claim, ...] = ()
    cells: Sequence[SourceCell] = ()
    cells_csv: str | None = None
    cells_count: int = 0


@dataclass(frozen=True)
class Group:
    """The claims of one verdict; `count` has those too that say another one again, below it."""

    id: str
    title: str
    means: str
    claims: tuple[Claim, ...]

    @property
    def again(self) -> int:
        """How many stand below the one that they say again."""
        return sum(len(claim.again) for claim in self.claims)

    @property
    def count(self) -> int:
        """How many claims have the verdict, as the chart counts them."""
        return len(self.claims) + self.again


def pages(site: Site) -> Iterator[Page]:
    """Give the page of claims, with a CSV of all of them."""
    rows = [row | {"verdict": verdict_of(row)} for row in site.rows(_CLAIMS)]
    groups = _groups(site, rows)
    yield Page(
        PATH,
        "Claims",
        "What was published about joining up health and care, and what open returns say of it.",
        "claims",
        site.render(
            "claims.html",
            PATH,
            heading=finding(rows),
            chart=_chart(site, rows) if rows else None,
            groups=groups,
            count=len(rows),
            again=sum(group.again for group in groups),
            csv=_csv(site, rows),
        ),
        (("England", "index.html"),),
    )


def verdict_of(row: Mapping[str, Any]) -> str:
    """Return the verdict of a claim; what synthetic returns give is none."""
    return "synthetic" if row["is_synthetic"] else row["verdict"] or ""


def finding(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return what the claims come to, as a heading."""
    if not rows:
        return "Claims"
    counted = Counter(row["verdict"] for row in rows)
    said = [
        (one if count == 1 else several).format(count)
        for (one, several), verdicts in _SAID
        if (count := sum(counted[verdict] for verdict in verdicts))
    ]
    start = f"Open returns reproduce {counted['reproduced']} of {len(rows)} published claims"
    return "; ".join([start, ", ".join(said)]) if said else start


def _chart(site: Site, rows: Sequence[Mapping[str, Any]]) -> Chart:
    counted = Counter(row["verdict"] for row in rows)
    found = [(key, *VERDICTS[key], counted[key]) for key in VERDICTS if counted[key]]
    title = "Claims by what can be said of them"
    table = Table(
        "verdicts",
        "Claims by verdict",
        (
            Column("verdict", "Verdict"),
            Column("meaning", "What it means", is_prose=True),
            Column("claims", "Claims", is_number=True),
        ),
        [
            (Cell(name, key, href=f"#{_anchor(key)}"), Cell(means, means), Cell(str(count), count))
            for key, name, means, count in found
        ],
        csv="data/claims-verdicts.csv",
    )
    site.write_table_csv(table)
    return Chart(
        "claims-by-verdict",
        title,
        "A bar for each verdict, as long as the number of claims that have it.",
        bars(
            [Bar(name, float(count), str(count)) for _, name, _, count in found],
            chart_id="claims-by-verdict-picture",
            title=title,
            description="; ".join(f"{name}: {count}" for _, name, _, count in found),
        ),
        table,
    )


def _groups(site: Site, rows: Sequence[Mapping[str, Any]]) -> tuple[Group, ...]:
    links = links_of(site)
    by_id = {row["claim_id"]: row for row in rows}
    folded: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        original = by_id.get(row["restates_claim_id"])
        if original is not None and original["verdict"] == row["verdict"]:
            folded.setdefault(original["claim_id"], []).append(row)
    inside = {row["claim_id"] for again in folded.values() for row in again}
    told: dict[str, list[Claim]] = {verdict: [] for verdict in VERDICTS}
    for row in rows:
        if row["claim_id"] not in inside:
            again = _every(folded, row["claim_id"])
            told[row["verdict"]].append(
                _claim(site, links, row, tuple(_claim(site, links, one) for one in again))
            )
    return tuple(
        Group(_anchor(verdict), name, means, tuple(told[verdict]))
        for verdict, (name, means) in VERDICTS.items()
        if told[verdict]
    )


def _every(
    folded: Mapping[str, list[Mapping[str, Any]]], claim_id: str
) -> Iterator[Mapping[str, Any]]:
    """Give the claims that say a claim again, and those that say these again."""
    for row in folded.get(claim_id, ()):
        yield row
        yield from _every(folded, row["claim_id"])


def _claim(
    site: Site, links: Links, row: Mapping[str, Any], again: tuple[Claim, ...] = ()
) -> Claim:
    step, unit = row["published_precision"], row["published_unit"]
    is_same = row["restates_claim_id"] is not None
    cells = None
    if row["lineage_id"] and not is_same:
        cells = chart_cells(
            site,
            f"data/claims-{row['claim_id']}-cells.csv",
            {row["lineage_id"]: row["metric_id"] or row["claim_id"]},
            shown=CELLS_SHOWN,
            most=CELLS_IN_CSV,
        )
    return Claim(
        row["claim_id"],
        row["claim"],
        links.told(row["source"], ""),
        _figure(row["published_value"], unit, step),
        _computed(row),
        _figure(row["open_figure"], unit, step),
        links.metric(row["metric_id"], "") if row["metric_id"] else Markup(""),
        _programme(row),
        row["period"] or "",
        links.told(row["why"], ""),
        again,
        cells.first if cells else (),
        cells.csv if cells else None,
        cells.count if cells else 0,
    )


def _programme(row: Mapping[str, Any]) -> Markup:
    if not row["programme"]:
        return Markup("")
    return Markup('<a href="programme/{}.html">{}</a>').format(
        row["programme_id"], row["programme"]
    )


def _figure(value: float | None, unit: str | None, step: float | None) -> str:
    return "" if value is None else words.stated(value, unit, step)


def _computed(row: Mapping[str, Any]) -> str:
    """Return what the returns give, and between which ends rounding leaves it open."""
    step, unit = row["published_precision"], row["published_unit"]
    text = _figure(row["computed_value"], unit, step)
    lower, upper = row["computed_lower"], row["computed_upper"]
    if not text or lower is None or upper is None:
        return text
    return f"{text} ({words.stated(lower, unit, step)} to {words.stated(upper, unit, step)})"


def _csv(site: Site, rows: Iterable[Mapping[str, Any]]) -> str:
    names = (
        "claim_id",
        "verdict",
        "claim",
        "source",
        "published_value",
        "computed_value",
        "computed_lower",
        "computed_upper",
        "open_figure",
        "published_unit",
        "period",
        "metric_id",
        "restates_claim_id",
        "why",
    )
    return site.write_csv(
        "data/claims-claims.csv", names, ([row[name] for name in names] for row in rows)
    )


def _anchor(verdict: str) -> str:
    return f"v-{(verdict or 'not loaded').replace(' ', '-')}"
