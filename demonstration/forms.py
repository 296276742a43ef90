r"""Write texts that fit a regular expression, such as `[A-Z]{3}` or `\d{8}|-`.

Only what definitions use to say the form of a code is known: characters, `\d`, `\w`, classes,
groups, alternatives and repetitions. Anything else is refused by name.
"""

from __future__ import annotations

import re
import string
from random import Random

CLASSES = {
    "d": string.digits,
    "w": string.ascii_letters + string.digits,
    "s": " ",
    "S": string.ascii_letters + string.digits,
    "D": string.ascii_letters,
}
ANY = string.ascii_letters + string.digits
MOST_REPEATS = 6
"""As often as `+` and `*` repeat, at most."""


def text_of_form(form: str, rng: Random) -> str:
    """Return a text that the whole form fits; raises ValueError for a form it cannot write."""
    writer = _Writer(form, rng)
    text = writer.alternatives()
    if writer.at != len(form) or re.fullmatch(form, text) is None:
        raise ValueError(f"no text can be written for the form '{form}'")
    return text


class _Writer:
    """Reads a form from left to right and writes as it goes."""

    def __init__(self, form: str, rng: Random) -> None:
        self.form, self.rng, self.at = form, rng, 0

    def alternatives(self) -> str:
        """Write every alternative and keep one; the others are passed over."""
        texts = [self._sequence()]
        while self._next() == "|":
            self.at += 1
            texts.append(self._sequence())
        return self.rng.choice(texts)

    def _next(self) -> str:
        return self.form[self.at : self.at + 1]

    def _take(self) -> str:
        self.at += 1
        return self.form[self.at - 1 : self.at]

    def _sequence(self) -> str:
        text = ""
        while self._next() not in ("", "|", ")"):
            begin = self.at
            once = self._atom()
            end = self.at
            for repeat in range(self._repeats()):
                text += once if not repeat else self._again(begin, end)
        return text

    def _again(self, begin: int, end: int) -> str:
        """Write the same piece of the form once more, with other letters."""
        after, self.at = self.at, begin
        text = self._atom()
        if self.at != end:
            raise ValueError(f"the form '{self.form}' cannot be repeated")
        self.at = after
        return text

    def _repeats(self) -> int:
        found = re.compile(r"\{(\d+)(?:(,)(\d*))?\}|[?*+]").match(self.form, self.at)
        if not found:
            return 1
        self.at = found.end()
        least, most = {"?": (0, 1), "*": (0, MOST_REPEATS), "+": (1, MOST_REPEATS)}.get(
            found[0], (int(found[1] or 0), int(found[3] or found[1] or 0))
        )
        if found[2] and not found[3]:
            most = least + MOST_REPEATS
        return self.rng.randint(least, most)

    def _atom(self) -> str:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self.rng.choice(self._members())
        if sign == "\\":
            escaped = self._take()
            return self.rng.choice(CLASSES[escaped]) if escaped in CLASSES else escaped
        if sign in "^$":
            return ""
        return self.rng.choice(ANY) if sign == "." else sign

    def _group(self) -> str:
        if self.form.startswith("?:", self.at):
            self.at += 2
        elif self._next() == "?":
            raise ValueError(f"the form '{self.form}' has a group that cannot be written")
        text = self.alternatives()
        if self._take() != ")":
            raise ValueError(f"the form '{self.form}' has a group without an end")
        return text

    def _members(self) -> str:
        """Return the characters of a class; a negated one gives letters and digits without them."""
        negated = self._next() == "^"
        self.at += negated
        members = ""
        while (sign := self._take()) != "]" or not members:
            if not sign:
                raise ValueError(f"the form '{self.form}' has a class without an end")
            if sign == "\\":
                escaped = self._take()
                members += CLASSES.get(escaped, escaped)
            elif sign == "-" and members and self._next() != "]":
                first, last = ord(members[-1]) + 1, ord(self._take())
                members += "".join(map(chr, range(first, last + 1)))
            else:
                members += sign
        return "".join(sorted(set(ANY) - set(members))) if negated else members
