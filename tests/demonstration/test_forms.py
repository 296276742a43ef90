"""Texts that are written for a form fit it."""

from __future__ import annotations

import re
from random import Random

import pytest

from demonstration.forms import text_of_form

FORMS = [
    r"[A-Z]{3}|[A-Z0-9]{5}",
    r"\d{8}",
    r"E0[6-9]\d{6}",
    r"(?:P[0-3]|x)-[a-z_]+",
    r"[^A-Z]{2,4}\.?",
    r"(ab|cd){2}\w*",
    r"^\d{1,3}$",
    r"[-a-z0-9_]+",
    r"https://.+",
    r"[A-Z]{1,2}\d[A-Z0-9]? ?\d[A-Z]{2}",
    r"\d{4}-\d{2}(-\d{2})?",
    r"a{2,}",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_text_fits_its_form(form: str) -> None:
    """Given a form. When texts are written for it. Then the whole of each fits."""
    for seed in range(30):
        assert re.fullmatch(form, text_of_form(form, Random(seed)))  # noqa: S311


def test_texts_of_a_form_differ() -> None:
    """Given a form with many texts. When written with many seeds. Then they differ."""
    texts = {text_of_form(r"[A-Z]{3}\d{3}", Random(seed)) for seed in range(20)}  # noqa: S311
    assert len(texts) > 15


@pytest.mark.parametrize("form", [r"(?=a)a", r"[a-z", r"(a", r"(a)\1"])
def test_a_form_that_is_not_known_is_refused(form: str) -> None:
    """Given a form beyond what codes need. When written. Then it is refused by name."""
    with pytest.raises(ValueError, match="the form"):
        text_of_form(form, Random(1))  # noqa: S311
