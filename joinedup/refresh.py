"""The refresh: land what publishers have put out, each return by itself, so that none waits.

Nothing is read or released: the next load does that. A fetch holds no lock but that of its return,
so a publisher that is slow or down keeps neither the others nor a load waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from urllib.parse import urlsplit

from ingestion.catalogue import Catalogue
from ingestion.web import fetch_web
from joinedup.open_lineage import Data
from joinedup.refusals import NotReleased
from joinedup.run_id import step_run_id
from joinedup.run_log import Came, Result, attempt_at
from joinedup.scheduling import POOLS, PUBLISHERS_POOL
from joinedup.settings import Settings
from joinedup.steps import (
    NothingFetchedError,
    chosen_definitions,
    fetched_result,
    nothing_fetched,
    web_limits,
)

STEP = "fetch_return"


class ReturnBusyError(Exception):
    """Another process is fetching the same return."""


def choose_returns(run_id: str, asked: Sequence[str] = ()) -> list[str]:
    """Give the returns to fetch: those asked for, else those of which the calendar awaits a file.

    None are due where the settings do not let the web be asked. Raises NotReleased for a return
    that is not known.
    """
    settings = Settings()
    with attempt_at(settings, run_id, "choose_returns", (NotReleased,)) as attempt:
        chosen = sorted(chosen_definitions(asked)) if asked else _awaited(settings)
        attempt.came = Came(is_nothing_new=not chosen)
    return chosen


def _awaited(settings: Settings) -> list[str]:
    from joinedup.status import status_of, today_in_london

    if not settings.web:
        return []
    return sorted(
        one.return_id
        for one in status_of(settings, today_in_london())
        if one.is_awaited and one.definition.landing_page
    )


def fetch_return(run_id: str, return_id: str) -> Result:
    """Land what the page of one return links to and is new.

    What failed is in `left_out`. Raises NothingFetchedError when there is nothing else, and
    ReturnBusyError; both may be better later.
    """
    settings = Settings()
    definitions = chosen_definitions([return_id])
    step, expected = f"{STEP}:{return_id}", (NothingFetchedError, NotReleased, ReturnBusyError)
    with (
        attempt_at(settings, run_id, step, expected) as attempt,
        _only_fetch(settings, return_id),
        Catalogue(settings.catalogue) as catalogue,
    ):
        fetched = fetch_web(
            definitions,
            settings.landing,
            catalogue,
            run_id=step_run_id(run_id),
            limits=web_limits(settings),
        )
        result = fetched_result(fetched)
        catalogue.set_step(step_run_id(run_id), step, result)
        page = urlsplit(definitions[return_id].landing_page or "")
        attempt.came = Came(
            is_nothing_new=not result["landed"],
            inputs=[Data(page.path, namespace=f"{page.scheme}://{page.netloc}")],
        )
        if nothing_fetched(fetched):
            raise NothingFetchedError(f"{return_id}: {'; '.join(result['left_out'][:10])}")
    return {"return": return_id, **{name: result[name] for name in ("seen", "landed", "known")}}


def fetch_side_by_side(run_id: str, return_ids: Sequence[str]) -> Iterator[Result | Exception]:
    """Fetch returns as the scheduler would, a few at a time; gives what came of each, in order."""
    slots, _ = POOLS[PUBLISHERS_POOL]
    with ThreadPoolExecutor(slots) as publishers:
        fetches = [publishers.submit(fetch_return, run_id, one) for one in return_ids]
        for fetch in fetches:
            try:
                yield fetch.result()
            except Exception as error:  # of one publisher: the others' results are not lost for it
                yield error


@contextmanager
def _only_fetch(settings: Settings, return_id: str) -> Iterator[None]:
    """Hold the lock of a return; the kernel lets go of it when the process dies."""
    locks = settings.home / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / f"fetch-{return_id}").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise ReturnBusyError(
                f"{return_id} is being fetched by another run. Wait for it to end."
            ) from None
        yield
