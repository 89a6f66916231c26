"""The scripts of a page, with hashed file names: an import map, and everything fetched at once, not level by level."""

import json

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from portals import module_graph

register = template.Library()


@register.simple_tag(takes_context=True)
def modules(context: template.Context, *scripts: str) -> SafeString:
    """Print all that runs these modules (`sessions/console_page.js`) on the page."""
    preloads = format_html_join(
        "", '<link rel="modulepreload" href="{}">', ((static(path),) for path in module_graph.at_once(*scripts))
    )
    runs = format_html_join("", '<script type="module" src="{}"></script>', ((static(path),) for path in scripts))
    return _import_map(context, module_graph.in_all(*scripts)) + preloads + runs


def _import_map(context: template.Context, paths: list[str]) -> SafeString:
    if not paths:
        return mark_safe("")
    imports = {module_graph.import_name(path): static(path) for path in paths}
    # Vendored modules import each other by relative names, which the browser resolves to unhashed addresses first.
    imports |= {f"{settings.STATIC_URL}{path}": static(path) for path in paths if "/vendor/" in path}
    text = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, mark_safe(text))  # noqa: S308
