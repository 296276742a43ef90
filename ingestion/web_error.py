"""What can go wrong with an address on the web, and what a person does about it."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """The kinds of fault, as they are named in the catalogue and in summaries."""

    NOT_ALLOWED = "NOT_ALLOWED"
    REDIRECTED_OFF_HOST = "REDIRECTED_OFF_HOST"
    INTERNAL_ADDRESS = "INTERNAL_ADDRESS"
    TOO_MANY_REDIRECTS = "TOO_MANY_REDIRECTS"
    NOT_TRUSTED = "NOT_TRUSTED"
    NO_ANSWER = "NO_ANSWER"
    TOO_SLOW = "TOO_SLOW"
    THROTTLED = "THROTTLED"
    SERVER_ERROR = "SERVER_ERROR"
    REFUSED = "REFUSED"
    CUT_SHORT = "CUT_SHORT"
    TOO_LARGE = "TOO_LARGE"
    NOT_THE_KIND = "NOT_THE_KIND"
    NOT_THE_PAGE = "NOT_THE_PAGE"
    NO_LINK = "NO_LINK"
    LEFT_FOR_NEXT_RUN = "LEFT_FOR_NEXT_RUN"


UNREACHABLE = frozenset({Fault.NO_ANSWER, Fault.TOO_SLOW, Fault.THROTTLED, Fault.SERVER_ERROR})
"""Faults of a server rather than of one address."""

RETRIED = UNREACHABLE - {Fault.TOO_SLOW} | {Fault.CUT_SHORT}
"""Faults that may be gone a moment later. TOO_SLOW has used up the time there was."""

MEND = {
    Fault.NOT_ALLOWED: "If the publisher has moved there, add the host to JOINEDUP_WEB_HOSTS.",
    Fault.REDIRECTED_OFF_HOST: (
        "Open the address in a browser: if it asks to log in, the file is no longer public; "
        "if the publisher has moved, add the new host to JOINEDUP_WEB_HOSTS."
    ),
    Fault.INTERNAL_ADDRESS: "Nothing was sent there. Tell the publisher, and check your DNS.",
    Fault.TOO_MANY_REDIRECTS: "Open the address in a browser and look for the new one.",
    Fault.NOT_TRUSTED: (
        "Certificates are always checked. If your network inspects TLS, set SSL_CERT_FILE to its "
        "certificates; otherwise wait until the publisher has renewed theirs."
    ),
    Fault.NO_ANSWER: "The next run tries again; if it lasts, check the network and the proxy.",
    Fault.TOO_SLOW: "The next run tries again; if it lasts, raise JOINEDUP_WEB_TOTAL_SECONDS.",
    Fault.THROTTLED: "The next run tries again; if it lasts, raise JOINEDUP_WEB_PAUSE_SECONDS.",
    Fault.SERVER_ERROR: "The publisher's server is in trouble; the next run tries again.",
    Fault.REFUSED: "Open the page in a browser: the file may have been renamed or withdrawn.",
    Fault.CUT_SHORT: "The next run tries again; if it lasts, fetch the file by hand into a folder.",
    Fault.TOO_LARGE: "If the file is meant to be that large, raise JOINEDUP_MAX_FILE_MB.",
    Fault.NOT_THE_KIND: (
        "Open the address in a browser: a notice in the place of the file passes by itself; a file "
        "that is really so can be fetched by hand into a folder."
    ),
    Fault.NOT_THE_PAGE: "Open the page in a browser; if it has moved, change `landing_page`.",
    Fault.NO_LINK: "If the publisher has renamed the files, change `link` in the definition.",
    Fault.LEFT_FOR_NEXT_RUN: "Nothing to do: the next run goes on from here.",
}


class WebError(Exception):
    """An address was not fetched: which, why, and what to do.

    `status` is what the server answered, and `wait_seconds` how long it asked to be left
    alone, if it did.
    """

    def __init__(
        self,
        fault: Fault,
        address: str,
        problem: str,
        *,
        status: int | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{fault}: {problem}")
        self.fault = fault
        self.address = address
        self.problem = problem
        self.status = status
        self.wait_seconds = wait_seconds

    @property
    def mend(self) -> str:
        """What to do about it."""
        return MEND[self.fault]

    @property
    def may_pass(self) -> bool:
        """Whether trying again soon can help."""
        return self.fault in RETRIED
