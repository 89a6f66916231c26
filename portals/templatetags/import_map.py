"""Hashed file names for ES modules: one import map, and preloads, read from the static files' manifest."""

import json
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@lru_cache(maxsize=32)
def _modules_of(app: str) -> tuple[str, ...]:
    """Static paths of an app's modules; the vendored ones of `portals` are named `vendor/…`."""
    found = finders.find(app)
    if not found:
        return ()
    root = Path(found)
    return tuple(sorted(f"{app}/{path.relative_to(root).as_posix()}" for path in root.rglob("*.js")))


def _import_name(path: str) -> str:
    return path.removeprefix("portals/") if path.startswith("portals/vendor/") else path


@register.simple_tag(takes_context=True)
def import_map(context: template.Context, *names: str) -> SafeString:
    """Print the import map for whole apps (`sessions`) or single modules (`lens/peer.js`)."""
    paths = [path for name in names for path in ([name] if name.endswith(".js") else _modules_of(name))]
    imports = {_import_name(path): static(path) for path in paths}
    # Vendored modules import each other by relative names, which the browser resolves to unhashed addresses first.
    imports |= {f"{settings.STATIC_URL}{path}": static(path) for path in paths if "/vendor/" in path}
    text = json.dumps({"imports": imports}, separators=(",", ":")).replace("<", "\\u003c")
    return format_html('<script type="importmap" nonce="{}">{}</script>', context["request"].csp_nonce, mark_safe(text))  # noqa: S308


@register.simple_tag
def modulepreload(*paths: str) -> SafeString:
    """Let the browser fetch a page's whole module graph at once instead of level by level."""
    return format_html_join("", '<link rel="modulepreload" href="{}">', ((static(path),) for path in paths))
