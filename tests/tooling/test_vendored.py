"""Files of other projects are the ones VENDORED.toml names, unchanged."""

import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR_FOLDERS = ["portals/static/portals/vendor", "tests/vendor"]
FIELDS = {"path", "name", "version", "licence", "source", "source_path", "sha256"}

LISTED: list[dict[str, Any]] = tomllib.loads((ROOT / "VENDORED.toml").read_text())["file"]
IMPORTED_NAME = re.compile(r"""(?:\bfrom|\bimport)\s*\(?["']([^"']+)["']""")


@pytest.mark.parametrize("entry", LISTED, ids=lambda entry: entry["path"])
def test_a_vendored_file_is_what_its_entry_says(entry: dict[str, Any]) -> None:
    content = (ROOT / entry["path"]).read_bytes()

    assert set(entry) == FIELDS
    assert entry["source"] == f"{entry['name']}@{entry['version']}"
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]


def test_vendor_folders_hold_only_listed_files() -> None:
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in VENDOR_FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }

    assert found == {entry["path"] for entry in LISTED}


def test_vendored_modules_import_only_each_other() -> None:
    modules = [ROOT / entry["path"] for entry in LISTED if entry["path"].endswith(".js")]

    missing = [
        f"{module.name} imports {name}"
        for module in modules
        if "static" in module.parts
        for name in IMPORTED_NAME.findall(module.read_text())
        if (module.parent / name).resolve() not in modules
    ]

    assert missing == []


def test_the_type_checker_reads_the_types_of_the_vendored_lit_html() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]["lit-html"]

    assert {entry["version"] for entry in LISTED if entry["name"] == "lit-html"} == {wanted}
