"""Who gets into the API."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from portals.models import User

if TYPE_CHECKING:  # rest_framework.views reads this module while it is being imported itself
    from rest_framework.views import APIView


class IsTechnician(BasePermission):
    """Deny by default: a signed-in person who holds a seat."""

    message = "You need a seat to use this. Ask your manager for one."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        return isinstance(request.user, User) and request.user.is_technician


def technician_of(request: Request) -> User:
    """The signed-in technician; IsTechnician has let nobody else through."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
