"""The frame around every action: one transaction, and an audit row when it is refused."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from django.db import IntegrityError, transaction

from portals import audit
from portals.deleted_meanwhile import refers_to_deleted
from portals.errors import GoneMeanwhile, NotAllowed

P = ParamSpec("P")
R = TypeVar("R")


def use_case(function: Callable[P, R]) -> Callable[P, R]:
    """Run an action as one transaction.

    A NotAllowed rolls everything back first; only then the refusal is written, so that the audit row stays. Raises
    GoneMeanwhile where a row that the action read is deleted by somebody else before it commits.
    """

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except NotAllowed as refusal:
            actor = next((value for name, value in kwargs.items() if name in ACTOR_ARGUMENTS), None)
            audit.record_refusal(actor=actor, verb=refusal.verb or function.__name__, refusal=refusal)
            raise
        except IntegrityError as error:
            if refers_to_deleted(error):
                raise GoneMeanwhile from error
            raise

    return run


ACTOR_ARGUMENTS = ("actor", "technician", "manager", "participant")
