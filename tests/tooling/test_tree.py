"""What the tree may never hold, and the lowest versions the locks may name."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from tests.browsers_in_turn import BROWSERS, CALM, LONG_FIRST

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ["requirements/base.txt", "requirements/dev.txt"]
LOCKS_WITH_ADDRESSES = {"uv.lock", "pylock.toml", "package-lock.json", "npm-shrinkwrap.json", "yarn.lock"}
FLOORS_FILE = ROOT / "requirements/security_floors.toml"
FLOORS: list[dict[str, Any]] = tomllib.loads(FLOORS_FILE.read_text())["floor"]

# In two halves, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    f"{name}.{domain}"
    for name, domain in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry.npmjs", "org"),
        ("registry.yarnpkg", "com"),
        ("npmmirror", "com"),
        ("deb.debian", "org"),
        ("security.debian", "org"),
    ]
]
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def tree_files() -> list[Path]:
    """Every file that is committed, or that would be with `git add --all`."""
    if not (ROOT / ".git").exists():
        pytest.skip("this copy of the tree is no git checkout")
    listing = subprocess.run(
        # The tree may belong to another account than the one that runs the tests, as it does in containers.
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def locked_versions(lock: str) -> dict[str, list[Version]]:
    """One package may be locked in several versions, each for other Pythons or platforms."""
    versions: dict[str, list[Version]] = {}
    for name, version in PIN.findall((ROOT / lock).read_text()):
        versions.setdefault(name, []).append(Version(version))
    return versions


def test_no_file_names_a_package_registry() -> None:
    hosts = [host.encode() for host in REGISTRY_HOSTS]

    naming = [
        f"{path.relative_to(ROOT)} names {host.decode()}"
        for path in tree_files()
        for content in [path.read_bytes().lower()]
        for host in hosts
        if host in content
    ]

    assert naming == []


def test_no_lock_that_records_addresses_is_in_the_tree() -> None:
    assert [path for path in tree_files() if path.name in LOCKS_WITH_ADDRESSES] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert "://" not in text
    assert "--index" not in text
    assert "--extra-index" not in text
    assert "--find-links" not in text
    assert all("--hash=sha256:" in entry for entry in re.split(r"\n(?=\S)", text.strip()) if "==" in entry)


def test_the_development_lock_contains_the_runtime_lock() -> None:
    development = locked_versions("requirements/dev.txt")

    for name, versions in locked_versions("requirements/base.txt").items():
        assert development[name] == versions


@pytest.mark.parametrize("floor", FLOORS, ids=lambda floor: floor["name"])
def test_no_lock_is_below_a_security_floor(floor: dict[str, Any]) -> None:
    locked = [version for lock in LOCKS for version in locked_versions(lock).get(floor["name"], [])]

    assert locked, f"{floor['name']} has a floor but is not locked"
    assert min(locked) >= Version(floor["min"]), floor["advisory"]


@pytest.mark.parametrize("name", [scope for scope in (*LONG_FIRST, *CALM) if scope != BROWSERS])
def test_the_files_that_the_sharing_out_names_are_there(name: str) -> None:
    assert (ROOT / name).is_file()
