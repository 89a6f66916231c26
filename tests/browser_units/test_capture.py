"""Opening cameras and microphones, on Chromium's fake devices, and saying why one did not open."""

import pytest
from playwright.sync_api import Page

from tests.browser_units.conftest import OpenPage

pytestmark = pytest.mark.browser

CHROME = "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
BROWSERS = [
    f"{CHROME} Chrome/142.0.0.0 Mobile Safari/537.36",
    f"{IPHONE} Version/26.0 Mobile/15E148 Safari/604.1",
    f"{IPHONE} CriOS/142.0 Mobile/15E148 Safari/604.1",
    f"{IPHONE} FxiOS/145.0 Mobile/15E148 Safari/605.1.15",
    f"{CHROME} Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0.0.0",
    f"{CHROME} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
]
IN_APP = [
    f"{IPHONE} Mobile/15E148 Instagram 400.0.0.0 (iPhone16,2)",
    f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/530.0.0.0]",
    f"{CHROME} Version/4.0 Chrome/142.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/530.0.0.0;]",
    f"{IPHONE} Mobile/15E148 Safari Line/15.0.0",
    f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.60 NetType/WIFI",
    f"{IPHONE} GSA/390.0.0.0 Mobile/15E148 Safari/604.1",
    f"{IPHONE} Mobile/15E148 Snapchat/13.0.0.0",
    f"{IPHONE} Mobile/15E148 musical_ly_40.0.0",
    f"{CHROME} Chrome/142.0.0.0 Mobile Safari/537.36 TikTok/40.0",
    f"{IPHONE} Mobile/15E148 [LinkedInApp]/9.30",
    "Mozilla/5.0 (Linux; Android 16; Pixel 9; wv) AppleWebKit/537.36 Version/4.0 Chrome/142.0.0.0 Mobile",
]


def run(page: Page, script: str, argument: object = None) -> object:
    imports = 'const capture = await import("lens/capture.js");'
    return page.evaluate(f"async (argument) => {{ {imports} {script} }}", argument)


def test_it_asks_for_the_rear_camera_and_a_sane_picture(page: Page) -> None:
    asked = run(
        page,
        """
        const asked = [];
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) => (asked.push(wanted), real(wanted));
        const track = await capture.openCamera();
        await capture.openCamera({ facing: "user" });
        await capture.openMicrophone();
        return { asked, kind: track.kind, width: track.getSettings().width };
        """,
    )

    size = {"width": {"ideal": 1280}, "height": {"ideal": 720}, "frameRate": {"ideal": 30, "max": 30}}
    assert asked == {
        "asked": [
            {"video": {"facingMode": {"ideal": "environment"}, **size}},
            {"video": {"facingMode": {"ideal": "user"}, **size}},
            {"audio": {"echoCancellation": True, "noiseSuppression": True, "autoGainControl": True}},
        ],
        "kind": "video",
        "width": 1280,
    }


def test_the_next_camera_replaces_the_one_before(page: Page) -> None:
    result = run(
        page,
        """
        const ids = (await capture.listCameras()).map(({ deviceId }) => deviceId);
        const first = await capture.openCamera({ deviceId: ids[0] });
        const second = await capture.nextCamera(first);
        const third = await capture.nextCamera(second);
        const now = (track) => ids.indexOf(track.getSettings().deviceId);
        return [ids.length, first.readyState, now(second), second.readyState, now(third), third.readyState];
        """,
    )

    assert result == [2, "ended", 1, "ended", 0, "live"]


def test_a_phone_turns_to_its_other_side_with_the_old_camera_stopped_first(page: Page) -> None:
    result = run(
        page,
        """
        const track = await capture.openCamera();
        track.getSettings = () => ({ facingMode: "environment", deviceId: "rear" });
        let asked;
        navigator.mediaDevices.getUserMedia = async ({ video }) => {
          asked = [track.readyState, video.facingMode];
          return new MediaStream([track.clone()]);
        };
        await capture.nextCamera(track);
        return asked;
        """,
    )

    assert result == ["ended", {"ideal": "user"}]


def test_the_old_camera_comes_back_when_the_next_does_not_open(page: Page) -> None:
    result = run(
        page,
        """
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        const [{ deviceId }] = await capture.listCameras();
        const track = await capture.openCamera({ deviceId });
        let left = 1;
        navigator.mediaDevices.getUserMedia = (wanted) =>
          left-- > 0 ? Promise.reject(new DOMException("", "NotReadableError")) : real(wanted);
        const kept = await capture.nextCamera(track);
        return [kept.readyState, kept.getSettings().deviceId === deviceId];
        """,
    )

    assert result == ["live", True]


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("NotAllowedError", "denied"),
        ("SecurityError", "denied"),
        ("NotFoundError", "absent"),
        ("OverconstrainedError", "absent"),
        ("NotReadableError", "busy"),
        ("AbortError", "busy"),
        ("InvalidStateError", "unknown"),
    ],
)
def test_an_error_is_explained(page: Page, name: str, trouble: str) -> None:
    assert run(page, "return capture.explain(new DOMException('', argument));", name) == trouble


def test_what_is_no_error_is_unknown(page: Page) -> None:
    assert run(page, "return [undefined, null, 'text'].map(capture.explain);") == ["unknown"] * 3


@pytest.mark.parametrize(("user_agent", "trouble"), [(BROWSERS[0], "insecure"), (IN_APP[0], "in_app")])
def test_a_page_that_may_not_capture_at_all_is_explained(open_page: OpenPage, user_agent: str, trouble: str) -> None:
    result = run(
        open_page(user_agent=user_agent),
        """
        Object.defineProperty(navigator, "mediaDevices", { value: undefined });
        return capture.openCamera().catch(capture.explain);
        """,
    )

    assert result == trouble


def test_an_in_app_browser_that_refuses_is_named(open_page: OpenPage) -> None:
    page = open_page(user_agent=IN_APP[-1])

    assert run(page, "return capture.explain(new DOMException('', 'NotAllowedError'));") == "in_app"
    assert run(page, "return capture.explain(new DOMException('', 'NotFoundError'));") == "absent"


def test_in_app_browsers_are_told_from_others(page: Page) -> None:
    found = run(page, "return argument.map(capture.isInAppBrowser);", BROWSERS + IN_APP)

    assert found == [False] * len(BROWSERS) + [True] * len(IN_APP)
