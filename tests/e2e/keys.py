"""What is done by the keyboard alone."""

from playwright.sync_api import Locator, Page, expect


def press_to(
    page: Page, role: str, name: str, key: str = "Enter", *, exact: bool = True, within: Locator | None = None
) -> None:
    """Tab until the control has the focus, then press the key; AssertionError when it cannot be reached."""
    control = (within or page).get_by_role(role, name=name, exact=exact).first  # type: ignore[arg-type]
    expect(control).to_be_visible()
    for _step in range(60):
        if control.evaluate("(one) => one === document.activeElement"):
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{role} “{name}” cannot be reached by Tab")
