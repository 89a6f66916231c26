"""What a page fetches before its script runs, and what it may fetch later."""

import pytest
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import RequestFactory

from portals import module_graph
from portals.lean_static import OURS
from tests.served import ROOT


def test_the_phone_s_first_load_is_small() -> None:
    first = module_graph.at_once("lens/camera_page.js")

    assert set(first) == {
        "lens/capture.js",
        "lens/local_media.js",
        "lens/notice_bar.js",
        "lens/sound_level.js",
        "portals/dom.js",
    }


def test_what_comes_later_brings_its_own() -> None:
    everything = module_graph.in_all("lens/camera_page.js")

    assert {"lens/room.js", "lens/peer_set.js", "lens/peer.js", "sessions/connection.js"} <= set(everything)
    assert "sessions/console_page.js" not in everything
    assert "sessions/protocol.js" not in everything, "types are no imports"


def test_the_nearest_come_first() -> None:
    first = module_graph.at_once("sessions/console_page.js")

    assert first.index("sessions/session_pane.js") < first.index("lens/peer.js") < first.index("lens/sdp.js")


def test_vendored_modules_import_by_relative_names() -> None:
    first = module_graph.at_once("sessions/session_list.js")

    assert {"portals/vendor/lit-html/lit-html.js", "portals/vendor/lit-html/directive.js"} <= set(first)
    assert module_graph.import_name("portals/vendor/lit-html/lit-html.js") == "vendor/lit-html/lit-html.js"


def test_every_module_of_ours_imports_what_exists() -> None:
    scripts = [
        path.relative_to(ROOT / app / "static").as_posix()
        for app in OURS
        for path in (ROOT / app / "static").rglob("*.js")
    ]

    assert len(scripts) > 100
    for script in scripts:
        assert all(finders.find(path) for path in module_graph.in_all(script))


def test_a_module_that_does_not_exist_is_named() -> None:
    with pytest.raises(ValueError, match=r"lens/nothing\.js"):
        module_graph.at_once("lens/nothing.js")


def test_pages_name_their_scripts_only_by_the_tag() -> None:
    pages = [page for folder in ("*/templates", "templates") for page in ROOT.glob(f"{folder}/**/*.html")]

    assert len(pages) > 50
    assert [page for page in pages if 'type="module"' in page.read_text()] == []


def test_the_tag_prints_map_preloads_and_script_in_this_order() -> None:
    request = RequestFactory().get("/")
    request.csp_nonce = "once"  # type: ignore[attr-defined]
    template = Template('{% load modules %}{% modules "sessions/history_page.js" %}')

    assert template.render(Context({"request": request})) == (
        '<script type="importmap" nonce="once">{"imports":{"portals/dom.js":"/static/portals/dom.js"}}</script>'
        '<link rel="modulepreload" href="/static/portals/dom.js">'
        '<script type="module" src="/static/sessions/history_page.js"></script>'
    )


def test_a_script_without_imports_needs_no_map() -> None:
    template = Template('{% load modules %}{% modules "portals/show_password.js" %}')

    page = template.render(Context({"request": RequestFactory().get("/")}))

    assert page == '<script type="module" src="/static/portals/show_password.js"></script>'
