"""The square code of the Link tab holds the link that is shown, and nothing leaves for it."""

import re
from urllib.parse import unquote

import pytest
import segno

from tests.invitations.conftest import Create

pytestmark = pytest.mark.django_db
RIM = 4


def modules_of(data_uri: str) -> list[list[int]]:
    """Read the dark modules out of the picture's path, as rows of 0 and 1 without the rim."""
    head, _comma, svg = data_uri.partition(",")
    assert head.startswith("data:image/svg+xml")
    drawn = unquote(svg)
    size = int(re.search(r"viewBox='0 0 (\d+) \1'", drawn).group(1)) - 2 * RIM  # type: ignore[union-attr]
    rows = [[0] * size for _row in range(size)]
    x, y = 0.0, 0.0
    path = re.search(r"stroke='#000' d='([^']+)'", drawn)
    assert path is not None
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", path.group(1)):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        match command:
            case "M":
                x, y = values
            case "m":
                x, y = x + values[0], y + values[1]
            case "h":
                for column in range(int(values[0])):
                    rows[int(y - RIM)][int(x - RIM) + column] = 1
                x += values[0]
    return rows


def test_the_picture_holds_the_whole_link_that_is_shown(create: Create) -> None:
    body = create(method="link").json()

    link = body["invitation"]["link"]
    assert "#" in link
    assert modules_of(body["qr"]) == [list(row) for row in segno.make(link, error="m", micro=False).matrix]


def test_it_is_dark_on_white_with_a_rim_whatever_the_theme(create: Create) -> None:
    drawn = unquote(create(method="link").json()["qr"])

    assert "fill='#fff'" in drawn
    assert "script" not in drawn


@pytest.mark.parametrize("method", ["pin", "email"])
def test_other_methods_have_none(create: Create, method: str) -> None:
    assert create(method=method, to="dora@example.com").json()["qr"] is None
