"""The description of the API is complete: drf-spectacular has nothing to guess."""

from pathlib import Path

from django.core.management import call_command


def test_the_schema_is_written_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
