"""The protocol as a JavaScript module: typedefs for the type checker, limits and close codes for the code."""

import inspect
from typing import Any

import msgspec
from msgspec import inspect as shapes

from sessions import protocol
from sessions.protocol import base, console, durable, from_browser, live

HEADER = """// Written by `manage.py write_protocol_js` from sessions/protocol/; change that instead.
"""
PARTS = (base, from_browser, live, durable, console)
CONSTANTS = ("MAX_MESSAGE_BYTES", "MAX_CHAT_CHARACTERS", "HEARTBEAT_MS")


def module() -> str:
    """Return the whole text of `static/sessions/protocol.js`."""
    blocks = [HEADER, *(_typedef(struct) for struct in _structs()), *_unions(), *_constants()]
    return "\n".join(blocks)


def _structs() -> list[type[msgspec.Struct]]:
    """Every message and part of one, in the order of the files; bases that never travel themselves are left out."""
    found = dict.fromkeys(value for part in PARTS for value in vars(part).values() if inspect.isclass(value))
    bases = (msgspec.Struct, protocol.Message, protocol.Durable)
    return [struct for struct in found if issubclass(struct, msgspec.Struct) and struct not in bases]


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
    unions = {
        "FromBrowser": protocol.FromBrowser.__args__,
        "ToBrowser": (*protocol.LIVE, *protocol.DURABLE),
        "DurableMessage": protocol.DURABLE,
    }
    typedefs = []
    for name, members in unions.items():
        names = " | ".join(member.__name__ for member in members)
        typedefs.append(f"/** @typedef {{{names}}} {name} */")
    return [*typedefs, ""]


def _constants() -> list[str]:
    names: list[str] = [*CONSTANTS, *(name for name in vars(protocol) if name.startswith("CLOSE_"))]
    return [f"export const {name} = {_number(getattr(protocol, name))};" for name in names] + [""]


def _number(value: Any) -> str:
    return f"{value:_}" if value >= 10_000 else str(value)
