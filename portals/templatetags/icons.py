"""Icons of our own drawing: a page carries a sprite with just the symbols it uses, and each use points into it."""

from functools import cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, modifiers: str = "") -> SafeString:
    """Print one icon; `modifiers` are further classes (`icon--s`, `icon--l`, `icon--in`)."""
    classes = f"icon {modifiers}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="#i-{}"/></svg>', classes, name)


@register.simple_tag
def sprite(*names: str) -> SafeString:
    """Print the hidden sprite that this page's icons point into, from templates/icons/<name>.svg."""
    symbols = format_html_join("", "{}", ((_symbol(name),) for name in names))
    return format_html(
        '<svg class="sprite" width="0" height="0" aria-hidden="true" focusable="false">{}</svg>', symbols
    )


@cache
def _symbol(name: str) -> SafeString:
    return SafeString(render_to_string(f"icons/{name}.svg").strip())
