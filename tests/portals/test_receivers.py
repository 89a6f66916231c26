"""The list of addresses and domains that mails to external specialists may go to."""

import pytest

from portals import actions
from portals.errors import InvalidInput
from portals.models import User
from portals.receivers import may_receive
from tests import factories


@pytest.mark.parametrize(
    ("listed", "address", "may"),
    [
        ("", "sam@maker.example", True),
        ("maker.example", "sam@maker.example", True),
        ("@Maker.Example", "SAM@maker.example", True),
        ("sam@maker.example", "sam@maker.example", True),
        ("sam@maker.example", "kim@maker.example", False),
        ("maker.example", "sam@sub.maker.example", False),
        ("maker.example", "sam@notmaker.example", False),
        ("other.example\n maker.example ", "sam@maker.example", True),
    ],
)
def test_an_address_is_allowed_by_itself_or_by_its_domain(listed: str, address: str, may: bool) -> None:
    assert may_receive(listed, address) is may


@pytest.mark.django_db
@pytest.mark.parametrize("line", ["no domain at all", "a@@b.example", "<b>", "maker.example, other.example"])
def test_a_line_that_is_neither_is_told(line: str) -> None:
    company = factories.company()
    alice: User = factories.manager(company)

    with pytest.raises(InvalidInput) as refused:
        actions.change_company(actor=alice, company=company, values={"specialist_mails_to": f"maker.example\n{line}"})

    assert "neither an address nor a domain" in refused.value.errors["specialist_mails_to"]
