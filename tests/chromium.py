"""Debian's Chromium, or the one that the variable CHROMIUM names, as tests and benches start it."""

import os
import shutil
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Playwright

# Of two lists Chromium takes the last one: ours begins with Playwright's own.
OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
    # Each window prepares the list under the address field, two pages of their own: a second of a core for nothing.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
)
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--allow-loopback-in-peer-connection",
    f"--disable-features={','.join(OFF)}",
)


def fake_camera(cameras: int = 1, pictures_a_second: int = 5) -> tuple[str, ...]:
    """The flags of a camera and a microphone that nobody is asked for.

    Drawing each picture in each page is most of what the tests cost.
    """
    device = f"device-count={cameras},fps={pictures_a_second}"
    return ("--use-fake-ui-for-media-stream", f"--use-fake-device-for-media-stream={device}")


def chromium_path() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("there is no chromium")
    return path


def launch(playwright: Playwright, *, camera: Sequence[str] = fake_camera(), path: str = "") -> Browser:
    """camera: the flags of the fake one, none for a browser that has none. path: of another program that starts it."""
    return playwright.chromium.launch(executable_path=path or chromium_path(), args=[*FLAGS, *camera])
