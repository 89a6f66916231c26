"""Headers of static files. Imports nothing, since the settings name this function itself."""

from typing import Any


def static_headers(headers: Any, path: str, url: str) -> None:
    """Headers of static files: short, since a phone pays for them with every file."""
    headers["Content-Security-Policy"] = "default-src 'none'"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if headers.get("Access-Control-Allow-Origin"):
        del headers["Access-Control-Allow-Origin"]
