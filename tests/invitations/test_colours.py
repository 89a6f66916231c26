"""Black or white on a company's colour: always readable."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invitations.colours import contrast, luminance, on_colour


@pytest.mark.parametrize(
    ("colour", "text"),
    [("000000", "#ffffff"), ("ffffff", "#000000"), ("17324d", "#ffffff"), ("f2c400", "#000000"), ("767676", "#000000")],
)
def test_the_better_of_the_two_is_chosen(colour: str, text: str) -> None:
    assert on_colour(colour) == text


@given(st.integers(0, 0xFFFFFF))
def test_the_contrast_is_enough_for_any_text(number: int) -> None:
    ground, text = luminance(f"{number:06x}"), luminance(on_colour(f"{number:06x}").removeprefix("#"))

    assert contrast(max(ground, text), min(ground, text)) >= 4.5
