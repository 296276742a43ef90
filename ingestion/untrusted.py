"""The one error that sends a file to quarantine."""

from __future__ import annotations


class UntrustedFileError(Exception):
    """A file cannot be trusted: where, what was expected, and how to mend it.

    `return_id` is empty while it is not yet known which return the file belongs to;
    `sheet` and `cell` are empty where the fault has no single place.
    """

    def __init__(
        self, problem: str, *, return_id: str = "", sheet: str = "", cell: str = "", mend: str = ""
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.return_id = return_id
        self.sheet = sheet
        self.cell = cell
        self.mend = mend

    def __reduce__(self) -> tuple[object, ...]:
        """Cross from a reading process to the parent with every field."""
        state = (self.problem, self.return_id, self.sheet, self.cell, self.mend)
        return (_rebuild, state)

    @property
    def reason(self) -> str:
        """The problem and the mend in one text, without the place."""
        return f"{self.problem} {self.mend}".strip()

    @property
    def told(self) -> str:
        """The problem with its place behind it, as it is listed among others."""
        where = ", ".join(filter(None, [self.sheet and f"sheet '{self.sheet}'", self.cell]))
        return f"{self.problem}{f' ({where})' if where else ''}"

    def __str__(self) -> str:
        place = ", ".join(
            part
            for part in (
                f"return {self.return_id}" if self.return_id else "",
                f"sheet '{self.sheet}'" if self.sheet else "",
                f"cell {self.cell}" if self.cell else "",
            )
            if part
        )
        return f"{place}: {self.reason}" if place else self.reason


def _rebuild(problem: str, return_id: str, sheet: str, cell: str, mend: str) -> UntrustedFileError:
    return UntrustedFileError(problem, return_id=return_id, sheet=sheet, cell=cell, mend=mend)
