"""A company's colour as the ground of text."""

WHITE, BLACK = "#ffffff", "#000000"


def on_colour(colour: str) -> str:
    """Black or white, whichever is read better on `colour` (six hexadecimal digits): 4.5 to 1 at the least."""
    light = luminance(colour)
    return WHITE if contrast(1.0, light) >= contrast(light, 0.0) else BLACK


def luminance(colour: str) -> float:
    """Relative luminance, 0 to 1, as WCAG 2.2 defines it."""
    red, green, blue = (_linear(int(colour[start : start + 2], 16) / 255) for start in (0, 2, 4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(lighter: float, darker: float) -> float:
    """Of two luminances, 1 to 21."""
    return (lighter + 0.05) / (darker + 0.05)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
