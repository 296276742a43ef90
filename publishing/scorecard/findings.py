"""What a council's figures say, in words: counted and ordered here, never typed in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from publishing.scorecard import words
from publishing.scorecard.standing import Standing, is_better, one_of_each

MOST = 5
"""How many measures a list names; the table below has them all."""


@dataclass(frozen=True)
class Finding:
    """A measure that stands out: `metric_id` and `title` for the link, `says` in words."""

    metric_id: str
    title: str
    says: str


@dataclass(frozen=True)
class Findings:
    """What stands out of a council, each list with the most telling first.

    `peers` and `england` are sentences that count, None where there is nothing to count.
    """

    peers: str | None
    england: str | None
    plans: tuple[Finding, ...]
    best: tuple[Finding, ...]
    worst: tuple[Finding, ...]
    improved: tuple[Finding, ...]
    worsened: tuple[Finding, ...]
    signals: tuple[Finding, ...]


def findings(every: Sequence[Standing]) -> Findings:
    """Find what stands out among the standings of a council."""
    counted = one_of_each(every)
    among = [one for one in counted if one.value is not None and one.peer_median is not None]
    better, worse = _in_a_quarter(among, better=True), _in_a_quarter(among, better=False)
    return Findings(
        peers=_beside_peers(among),
        england=_beside_england(counted),
        plans=tuple(_plan(one) for one in every if one.plan is not None),
        best=tuple(_peer(one) for one in better[:MOST]),
        worst=tuple(_peer(one) for one in worse[:MOST]),
        improved=_changes(counted, better=True),
        worsened=_changes(counted, better=False),
        signals=tuple(_signal(one) for one in every if one.variation in _SIGNALS),
    )


def _beside_peers(among: Sequence[Standing]) -> str | None:
    if not among:
        return None
    better = sum(_is_better_than_median(one) is True for one in among)
    worse = sum(_is_better_than_median(one) is False for one in among)
    same = len(among) - better - worse
    level = f", and level on {same}" if same else ""
    return (
        f"better than the median of its peers on {better} of {len(among)} measures, "
        f"worse on {worse}{level}"
    )


def _is_better_than_median(standing: Standing) -> bool | None:
    return is_better(standing.polarity, (standing.value or 0) - (standing.peer_median or 0))


def _beside_england(counted: Sequence[Standing]) -> str | None:
    """Count the measures whose interval leaves England out: the others may be chance."""
    said = [one.beside_england for one in counted if one.beside_england]
    if not said:
        return None
    better, worse, alike = (said.count(one) for one in ("better", "worse", "not different"))
    return (
        f"Of {len(said)} measures with an interval, {_are(better)} better than England "
        f"by more than chance explains, {_are(worse)} worse, and {_are(alike)} no different."
    )


def _are(count: int) -> str:
    return f"{count} {'is' if count == 1 else 'are'}"


def _in_a_quarter(among: Iterable[Standing], *, better: bool) -> list[Standing]:
    """Return the standings in the better or worse quarter of the peers, the furthest out first."""
    out = [(_beyond(one), one) for one in among if _is_better_than_median(one) is better]
    beyond = [(far, one) for far, one in out if far > 0]
    return [one for _, one in sorted(beyond, key=lambda pair: (-pair[0], pair[1].metric_id))]


def _beyond(standing: Standing) -> float:
    """Return how many widths of the peers' middle half a figure lies beyond it; 0 within."""
    low, high = standing.peer_lower_quartile, standing.peer_upper_quartile
    if standing.value is None or low is None or high is None:
        return 0.0
    far = max(low - standing.value, standing.value - high)
    return max(far, 0.0) / ((high - low) or 1.0)


def among_peers(standing: Standing) -> str:
    """Say how many peers have a better figure, or a lower one where neither way is better."""
    if standing.value is None:
        return ""
    return place_in_words(
        standing.polarity,
        standing.peers_below,
        standing.peers_above,
        standing.peers_with_a_value,
    )


def place_in_words(polarity: str, below: int | None, above: int | None, of: int | None) -> str:
    """Say a place among so many peers, of whom so many have a lower or a higher figure."""
    if below is None or above is None or not of:
        return ""
    if polarity == "lower":
        return f"better than {above} of {of}"
    if polarity == "higher":
        return f"better than {below} of {of}"
    return f"higher than {below} of {of}"


def _peer(standing: Standing) -> Finding:
    median = words.value_in_words(standing.peer_median or 0.0, standing.unit)
    says = (
        f"{standing.in_words} in {standing.period}. Its peers' median is {median}: "
        f"{_how_many(standing)} peers."
    )
    return Finding(standing.metric_id, standing.title, says)


def _how_many(standing: Standing) -> str:
    """Say it from the side that the figure stands on: a poor one is worse than so many."""
    if _is_better_than_median(standing) is False:
        beaten_by = standing.peers_below if standing.polarity == "lower" else standing.peers_above
        return f"worse than {beaten_by} of {standing.peers_with_a_value}"
    return among_peers(standing)


def _changes(counted: Iterable[Standing], *, better: bool) -> tuple[Finding, ...]:
    """Return the largest changes on a year, by size against the year before.

    Where the figure has an interval, only what lies outside it counts: the rest may be chance.
    """
    told = [one for one in counted if _is_told(one) and _is_gain(one) is better]
    told.sort(key=lambda one: (-abs(_relative(one)), one.metric_id))
    return tuple(_change(one) for one in told[:MOST])


def _is_gain(standing: Standing) -> bool | None:
    return is_better(standing.polarity, standing.change_on_year or 0.0)


def _is_told(standing: Standing) -> bool:
    if not standing.change_on_year or not standing.earlier_value or standing.value is None:
        return False
    if change_in_words(standing) == words.ALMOST_UNCHANGED:
        return False
    if standing.lower is None or standing.upper is None:
        return True
    return not standing.lower <= standing.earlier_value <= standing.upper


def _relative(standing: Standing) -> float:
    return (standing.change_on_year or 0.0) / (standing.earlier_value or 1.0)


def change_in_words(standing: Standing) -> str:
    """Say a change on a year; empty without one."""
    if standing.change_on_year is None:
        return ""
    return words.changed_by(standing.change_on_year, standing.earlier_value, standing.unit)


def change_with_verdict(standing: Standing) -> str:
    """Say a change on a year and whether it is for the better: `up 2.0 points (better)`."""
    said = change_in_words(standing)
    better = is_better(standing.polarity, standing.change_on_year or 0.0)
    # What is too small to be written is neither.
    if better is None or said == words.ALMOST_UNCHANGED:
        return said
    return f"{said} ({'better' if better else 'worse'})"


def _change(standing: Standing) -> Finding:
    says = f"{standing.in_words} in {standing.period}, {change_in_words(standing)} on a year."
    return Finding(standing.metric_id, standing.title, says)


def _plan(standing: Standing) -> Finding:
    plan = words.value_in_words(standing.plan or 0.0, standing.unit)
    if standing.value is None:
        return Finding(
            standing.metric_id, standing.title, f"the plan was {plan}; there is no outturn."
        )
    gap = standing.value - (standing.plan or 0.0)
    met = is_better(standing.polarity, gap)
    verdict = {True: "better than planned", False: "worse than planned", None: "beside the plan"}
    said = "as planned" if gap == 0 else verdict[met]
    if gap and standing.in_words == plan:
        said = "almost as planned"
    says = f"{standing.in_words} in {standing.period}; the plan was {plan}: {said}."
    return Finding(standing.metric_id, standing.title, says)


_SIGNALS = {
    "improvement": "better than chance explains",
    "concern": "worse than chance explains",
    "special_cause": "more than chance explains",
}
"""What a control chart finds that is worth a line; chance, and a chart that drifts, are not."""


def _signal(standing: Standing) -> Finding:
    says = f"{standing.in_words} in {standing.period}: {_SIGNALS[standing.variation or '']}."
    return Finding(standing.metric_id, standing.title, says)
