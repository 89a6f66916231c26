"""The description of the API: how each operation answers, and how it refuses."""

import threading
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiResponse

from portals.api_errors import ErrorSerializer

_one_at_a_time = threading.Lock()

INVALID = "What was sent cannot be accepted; `errors` has a sentence for each field."
NOT_ALLOWED = "Not signed in, or without the right: the message says which."
NOT_FOUND = "There is no such thing, or none that this technician may see."
NOT_NOW = "Not as things stand: `code` says why to a program, the message to a person."
ANY_OTHER = "Every other refusal; 503 comes with `Retry-After`."


class OneAtATime(SchemaGenerator):
    """What drf-spectacular sets and imports while it works is everybody's."""

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        with _one_at_a_time:
            return super().get_schema(*args, **kwargs)


class RefusalsToo(AutoSchema):
    """What `extend_schema` says of an operation, and the refusals that all operations of its shape have in common."""

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        answers = super()._get_response_bodies(direction)
        for code, meaning in self._refusals().items():
            answers.setdefault(code, self._get_response_for_code(OpenApiResponse(ErrorSerializer, meaning), code))
        return answers

    def _refusals(self) -> dict[str, str]:
        parameters, changes = self._get_parameters(), self.method != "GET"
        takes_input = any(parameter["in"] == "query" for parameter in parameters) or self._get_request_body()
        found = {
            "400": takes_input and INVALID,
            "403": NOT_ALLOWED,
            "404": parameters and NOT_FOUND,
            "409": changes and NOT_NOW,
            "default": ANY_OTHER,
        }
        return {code: meaning for code, meaning in found.items() if meaning}
