"""What the storage of static files takes away, and what it must leave."""

import pytest
from django.core.files.storage import FileSystemStorage

from portals.lean_static import LeanStaticFilesStorage, is_ours, lean

MODULE = """/** What it is for. */
import { need } from "portals/dom.js";

/**
 * @param {string} url
 */
export function open(url) {
  // why
  const address = `${url}//socket`; // stays
  return /** @type {string} */ (address);
}
"""
LEAN_MODULE = """import { need } from "portals/dom.js";
export function open(url) {
const address = `${url}//socket`; // stays
return /** @type {string} */ (address);
}
"""


def test_it_takes_comments_and_indentation_away():
    assert lean(MODULE, "lens/x.js") == LEAN_MODULE


def test_it_leaves_what_is_lean_already_as_it_is():
    assert lean(LEAN_MODULE, "lens/x.js") == LEAN_MODULE


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        ("lens/peer.js", True),
        ("portals/css/guest.css", True),
        ("portals/vendor/lit-html/lit-html.js", False),
        ("admin/js/core.js", False),
        ("portals/logo.svg", False),
    ],
)
def test_it_changes_only_our_own_modules_and_style_sheets(name, ours):
    assert is_ours(name) is ours


def test_it_puts_imported_style_sheets_in_their_place(tmp_path, settings):
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "portals").mkdir(parents=True)
    (source / "portals" / "tokens.css").write_text("/* Colours. */\n:root {\n  --ink: #000;\n}\n")
    (source / "portals" / "page.css").write_text('@import "tokens.css";\n\np {\n  color: var(--ink);\n}\n')
    found = FileSystemStorage(source)
    paths = {name: (found, name) for name in ("portals/tokens.css", "portals/page.css")}
    storage = LeanStaticFilesStorage(location=target, base_url="/static/")

    hashed = {name: stored for name, stored, _ in storage.post_process(paths)}

    page = (target / hashed["portals/page.css"]).read_text()
    assert page == ":root {\n--ink: #000;\n}\np {\ncolor: var(--ink);\n}\n"
