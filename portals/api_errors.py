"""How errors read over the API."""

from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_exception_handler

from portals import audit
from portals.errors import DomainError, InvalidInput, NotAllowed


class ErrorSerializer(serializers.Serializer[Any]):
    """How each refusal reads; what the message mentions besides, a limit say, stands beside it under its own name."""

    code = serializers.CharField(help_text="Stable, for programs.")
    message = serializers.CharField(help_text="One sentence, for people.")
    errors = serializers.DictField(  # type: ignore[assignment]  # the metaclass takes declared fields out of the class
        child=serializers.CharField(), required=False, help_text="By field."
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """Translate once: `{code, message}`, and `errors` by field where a form was wrong."""
    if isinstance(error, ObjectDoesNotExist):
        _audit_not_found(context["request"])
        error = Http404()
    if isinstance(error, DomainError):
        return Response(_body(error), status=_status(error))
    if isinstance(error, exceptions.ValidationError):
        sentences = {name: str(found[0] if isinstance(found, list) else found) for name, found in _items(error.detail)}
        return Response(_body(InvalidInput(sentences)), status=status.HTTP_400_BAD_REQUEST)
    if isinstance(error, exceptions.PermissionDenied) and context["request"].user.is_authenticated:
        refusal = NotAllowed(error.detail)
        audit.record_refusal(actor=context["request"].user, verb=_verb(context["request"]), refusal=refusal)
    response = drf_exception_handler(error, context)
    if response is not None:
        detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
        response.data = {"code": getattr(detail, "code", "error"), "message": str(detail)}
    return response


def _audit_not_found(request: Request) -> None:
    audit.record_not_found(actor=request.user, verb=_verb(request), what=request.path)


def _verb(request: Request) -> str:
    """`session-end` becomes the verb `session.end`."""
    match = request.resolver_match
    return (match.url_name or "" if match else "").replace("-", ".")


def _body(error: DomainError) -> dict[str, Any]:
    body: dict[str, Any] = {"code": error.code, "message": _writable(str(error)), **error.fields}
    if isinstance(error, InvalidInput):
        body["errors"] = {name: _writable(str(sentence)) for name, sentence in error.errors.items()}
    return body


def _writable(sentence: str) -> str:
    """A sentence may quote what came: half a surrogate pair is let in by JSON and has no UTF-8."""
    return sentence.encode(errors="replace").decode()


def _status(error: DomainError) -> int:
    if isinstance(error, NotAllowed):
        return status.HTTP_403_FORBIDDEN
    if isinstance(error, InvalidInput):
        return status.HTTP_400_BAD_REQUEST
    return status.HTTP_409_CONFLICT


def _items(detail: Any) -> list[tuple[str, Any]]:
    return list(detail.items()) if isinstance(detail, dict) else [("non_field_errors", detail)]
