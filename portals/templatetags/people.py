"""People as pages show them."""

from django import template

register = template.Library()


@register.filter
def initials(name: str) -> str:
    """First letters of the first and the last word: AP for Ana Pérez. The same is in sessions/attendees_view.js."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] if len(words) < 2 else [words[0], words[-1]])).upper()
