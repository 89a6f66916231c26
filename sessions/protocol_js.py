"""The protocol as a JavaScript module: typedefs for the type checker, limits and close codes for the code."""

import inspect
from typing import Any

import msgspec
from msgspec import inspect as shapes

from sessions import protocol

HEADER = """// Written by `manage.py write_protocol_js` from sessions/protocol.py; change that file instead.
"""
CONSTANTS = ("MAX_MESSAGE_BYTES", "MAX_CHAT_CHARACTERS", "HEARTBEAT_MS")


def module() -> str:
    """Return the whole text of `static/sessions/protocol.js`."""
    blocks = [HEADER, *(_typedef(struct) for struct in _structs()), *_unions(), *_constants()]
    return "\n".join(blocks)


def _structs() -> list[type[msgspec.Struct]]:
    """Every message and part of one, in the order of the file; bases that never travel themselves are left out."""
    found = [
        value
        for value in dict.fromkeys(value for value in vars(protocol).values() if inspect.isclass(value))
        if issubclass(value, msgspec.Struct) and value.__module__ == protocol.__name__
    ]
    return [struct for struct in found if struct not in (protocol.Message, protocol.Durable)]


def _typedef(struct: type[msgspec.Struct]) -> str:
    info = shapes.type_info(struct)
    assert isinstance(info, shapes.StructType)  # noqa: S101 (what a Struct's info is)
    lines = [f"/** @typedef {{object}} {struct.__name__}"]
    if info.tag_field is not None:
        lines.append(f' * @property {{"{info.tag}"}} {info.tag_field}')
    for field in info.fields:
        name = field.encode_name if field.required else f"[{field.encode_name}]"
        lines.append(f" * @property {{{_type(field.type)}}} {name}")
    return "\n".join([*lines, " */"])


def _type(found: shapes.Type) -> str:
    match found:
        case shapes.StructType():
            return found.cls.__name__
        case shapes.LiteralType():
            return " | ".join(f'"{value}"' for value in found.values)
        case shapes.ListType():
            inner = _type(found.item_type)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case shapes.DictType():
            return f"Record<{_type(found.key_type)}, {_type(found.value_type)}>"
        case shapes.UnionType():
            return " | ".join(_type(one) for one in found.types)
        case shapes.StrType():
            return "string"
        case shapes.IntType() | shapes.FloatType():
            return "number"
        case shapes.BoolType():
            return "boolean"
        case shapes.NoneType():
            return "null"
    raise TypeError(f"The protocol has no JavaScript type for {found}.")


def _unions() -> list[str]:
    return [
        f"/** @typedef {{{' | '.join(member.__name__ for member in union.__args__)}}} {name} */"
        for name, union in (("FromBrowser", protocol.FromBrowser), ("ToBrowser", protocol.ToBrowser))
    ] + [
        f"/** @typedef {{{' | '.join(struct.__name__ for struct in protocol.DURABLE)}}} DurableMessage */",
        "",
    ]


def _constants() -> list[str]:
    names: list[str] = [*CONSTANTS, *(name for name in vars(protocol) if name.startswith("CLOSE_"))]
    return [f"export const {name} = {_number(getattr(protocol, name))};" for name in names] + [""]


def _number(value: Any) -> str:
    return f"{value:_}" if value >= 10_000 else str(value)
