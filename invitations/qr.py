"""A link as a square code, drawn here, so that no other site learns of it."""

import segno

QUIET_ZONE = 4  # modules, as ISO/IEC 18004 asks


def qr_svg(link: str) -> str:
    """Return the code as a `data:` address of an SVG: dark on white in every theme, since some cameras need that."""
    code = segno.make(link, error="m", micro=False)
    return code.svg_data_uri(border=QUIET_ZONE, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False)
