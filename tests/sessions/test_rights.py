"""S-09: the truth table of effective rights, every combination of the switches that a right depends on."""

import dataclasses
import itertools
from collections.abc import Iterator

import pytest

from portals.models import User
from sessions import rights
from sessions.models import Participant, SupportSession
from sessions.rights import Facts, Kind, May, decide

# A line is a right, and for each kind of attendee the switches that must be on; `-` never, `+` nothing but being in.
# Written apart from the code: a change of either has to be thought about twice.
TABLE = """
right               customer  lead                          technician               guest                    specialist
view                +         +                             +                        +                        +
chat                +         +                             +                        +                        +
talk                +         +                             +                        +                        +
draw                +         +                             +                        +                        host_specialists_draw
control             -         has_keyboard,own_control      has_keyboard,own_control,grant  has_keyboard,own_control,grant,host_control  has_keyboard,grant,portal_control,host_control
diagnose            -         has_computer                  has_computer             has_computer             -
share_screen        -         own_show_screen               own_show_screen          own_show_screen,host_show_screen  host_specialists_share
chat_privately      -         +                             +                        +                        -
see_notes           -         +                             +                        +                        -
send_files          -         own_send_files                own_send_files           own_send_files,host_send_files  -
receive_files       -         own_receive_files             own_receive_files        own_receive_files,host_receive_files  -
snapshot            -         own_snapshots                 own_snapshots            own_snapshots,host_snapshots  -
record              -         own_record,company_recording,portal_recording,has_camera  own_record,company_recording,portal_recording,has_camera  -  -
invite_specialists  -         company_specialists,portal_specialists,own_invite_specialists  company_specialists,portal_specialists,own_invite_specialists  -  -
invite_agents       -         own_invite_agents             own_invite_agents        -                        -
remove              -         +                             -                        -                        -
grant               -         +                             -                        -                        -
"""  # noqa: E501 (a table)
ALWAYS = {
    Kind.CUSTOMER: {"inside"},
    Kind.LEAD: {"inside", "works"},
    Kind.TECHNICIAN: {"inside", "works"},
    Kind.GUEST: {"inside", "works", "guests_let_out", "guests_let_in"},
    Kind.SPECIALIST: {"inside", "company_specialists", "portal_specialists", "group_specialists"},
}
SWITCHES = [field.name for field in dataclasses.fields(Facts) if field.name != "kind"]


def table() -> Iterator[tuple[May, Kind, set[str] | None]]:
    head, *lines = [line.split() for line in TABLE.strip().splitlines()]
    for right, *cells in lines:
        for kind, cell in zip(head[1:], cells, strict=True):
            yield May(right), Kind(kind), None if cell == "-" else set(cell.split(",")) - {"+"}


CELLS = list(table())


def combinations(kind: Kind, names: list[str], *, rest: bool) -> Iterator[tuple[set[str], Facts]]:
    """Every way in which `names` can be on and off, all others being `rest`; with the set of those that are on."""
    for values in itertools.product([True, False], repeat=len(names)):
        chosen = dict(zip(names, values, strict=True))
        on = {name for name, value in chosen.items() if value}
        yield on, Facts(kind=kind, **dict.fromkeys(SWITCHES, rest) | chosen)


def test_the_table_names_every_right_of_every_kind() -> None:
    assert {(may, kind) for may, kind, _needs in CELLS} == set(itertools.product(May, Kind))


def _id(value: str | set[str] | None) -> str:
    """The same in each process that collects the tests, so without the order of a set."""
    return "+".join(sorted(value)) or "always" if isinstance(value, set) else str(value or "never")


@pytest.mark.parametrize(("may", "kind", "needs"), CELLS, ids=_id)
def test_a_right_is_given_exactly_where_all_its_switches_are_on(may: May, kind: Kind, needs: set[str] | None) -> None:
    wanted = ALWAYS[kind] | (needs or set())

    for rest in (True, False):
        for on, facts in combinations(kind, sorted(wanted), rest=rest):
            right = decide(may, facts)
            assert bool(right) == (needs is not None and on == wanted), (on, rest)
            assert bool(right) or str(right.reason)


@pytest.mark.parametrize("kind", Kind)
def test_no_switch_that_is_turned_off_gives_a_right(kind: Kind) -> None:
    """The lead and every manager can lower, never raise (S-09)."""
    everything = Facts(kind=kind)

    for switch in SWITCHES:
        lowered = dataclasses.replace(everything, **{switch: False})  # type: ignore[arg-type]
        assert rights.all_of(lowered) <= rights.all_of(everything), switch


def test_a_specialist_can_never_have_what_is_for_technicians() -> None:
    """Whatever is on (S-08)."""
    assert rights.all_of(Facts(kind=Kind.SPECIALIST)) == {
        May.VIEW,
        May.CHAT,
        May.TALK,
        May.DRAW,
        May.CONTROL,
        May.SHARE_SCREEN,
    }


# ---- From the rows to the facts ------------------------------------------------------------------


@pytest.fixture
def sam(active: SupportSession, bob: User) -> Participant:
    return Participant(
        support_session=active,
        role=Participant.Role.SPECIALIST,
        name="Sam",
        invited_by=bob,
        joined_at=active.started_at,
    )


def effective(participant: Participant) -> frozenset[May]:
    """Read anew, as after a manager's change."""
    fresh = SupportSession.objects.get(pk=participant.support_session_id)
    if participant.invited_by_id:
        participant.invited_by = User.objects.get(pk=participant.invited_by_id)
    return rights.all_of(rights.facts_of(participant, fresh))


ALL_ON = {"specialists_enabled": True, "highest_specialist_right": "control"}


@pytest.mark.parametrize(
    ("of", "switch", "value", "lost"),
    [
        ("company", "specialists_enabled", False, set(May)),
        ("portal", "specialists_enabled", False, set(May)),
        ("group", "invite_specialists", False, set(May)),
        ("portal", "highest_specialist_right", "view_only", {May.CONTROL}),
        ("group", "remote_control", False, {May.CONTROL}),
        ("group", "specialists_may_draw", False, {May.DRAW}),
        ("group", "specialists_share_screen", False, {May.SHARE_SCREEN}),
    ],
)
def test_each_level_takes_away_what_it_governs(
    active: SupportSession, bob: User, sam: Participant, of: str, switch: str, value: object, lost: set[May]
) -> None:
    group = bob.technician_group
    assert group is not None
    SupportSession.objects.filter(pk=active.pk).update(kind="screen")
    type(active.portal).objects.filter(pk=active.portal_id).update(**ALL_ON)
    type(group).objects.filter(pk=group.pk).update(invite_specialists=True, specialists_share_screen=True)
    before = effective(sam)
    assert before == rights.all_of(Facts(kind=Kind.SPECIALIST))
    row = {"company": active.company, "portal": active.portal, "group": group}[of]

    type(row).objects.filter(pk=row.pk).update(**{switch: value})

    assert effective(sam) == before - lost


def test_the_word_beside_a_name_is_what_the_right_comes_to() -> None:
    facts = Facts(kind=Kind.SPECIALIST)

    assert rights.shown_right(facts) == "control"
    assert rights.shown_right(dataclasses.replace(facts, grant=False)) == "view_only"
    assert rights.shown_right(dataclasses.replace(facts, portal_control=False)) == "view_only"
    assert rights.shown_right(Facts(kind=Kind.GUEST, grant=False)) == "view_only"
    assert rights.shown_right(Facts(kind=Kind.LEAD)) == rights.shown_right(Facts(kind=Kind.CUSTOMER)) == ""
