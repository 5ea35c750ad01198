"""The console in a real browser: Debian's Chromium, driven by Playwright, on a server of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

# Read before the tests' own Django is set up, which takes every variable of this program away.
TAKES_PICTURES = os.environ.get("CONSOLE_PICTURES") == "1"
MINUTES = float(os.environ.get("DOORWARD_CONSOLE_MINUTES", "0.1"))

ALL_SIZES = os.environ.get("CONSOLE_SIZES") == "all"

# isort: split
from tests.console.console_server import PASSWORD, ConsoleServer, DeviceSite  # noqa: E402
from tests.console.guard import Guard  # noqa: E402
from tests.server.conftest import database, key_file, sqlite_template  # noqa: E402, F401 - fixtures

ROOT = Path(__file__).parents[2]
# Without windows of its own, where that is installed: it draws the pages alone.
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser"))), None)
AXE = ROOT / "tools" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / "docs" / "images" / "console"
OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever the browser itself might want to look up: nothing but this machine has an address.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
expect.set_options(timeout=15_000)
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of these tests."""
    config.addinivalue_line("markers", "seed(fill): fills the database before the server starts")
    config.addinivalue_line("markers", "never_dials: the virtual device takes every setting, and never dials")


Screenshot = Callable[[Page, str], None]
CheckAccess = Callable[[Page], None]
SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture
def console_server(
    sqlite_template: Path,  # noqa: F811 - the fixture
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> Iterator[ConsoleServer]:
    """A running server with the account ``chief``, who may do everything.

    Its database is empty, or filled by the function that ``@pytest.mark.seed(fill=function)`` names before the server
    starts: only the server itself writes events while it runs.
    """
    path = tmp_path / "database.sqlite3"
    shutil.copy(sqlite_template, path)
    server = ConsoleServer(tmp_path, f"sqlite:///{path}")
    server.account("chief", "administrator")
    for mark in request.node.iter_markers("seed"):
        server.database(mark.kwargs["fill"])
    server.start()
    yield server
    server.close()
    # Shown with a test that failed.
    print(server.log)  # noqa: T201


@pytest.fixture
def devices(console_server: ConsoleServer) -> Iterator[Callable[..., DeviceSite]]:
    """Makes virtual devices that dial the server."""
    made: list[DeviceSite] = []

    def make(count: int, *, rate: float = 0.0, models: Sequence[str] = ()) -> DeviceSite:
        made.append(DeviceSite(console_server, count, rate=rate, models=models))
        return made[-1]

    yield make
    for site in made:
        site.close()


@pytest.fixture(params=list(SIZES) if ALL_SIZES else ["desktop"])
def size(request: pytest.FixtureRequest) -> str:
    """The screens that stories are walked on: a desk, and with CONSOLE_SIZES=all a phone too.

    Without it each page that a story looks at is looked at in a phone's width as well, see ``check_access``.
    """
    return str(request.param)


@pytest.fixture
def context(
    browser: Browser, console_server: ConsoleServer, request: pytest.FixtureRequest
) -> Iterator[BrowserContext]:
    """A fresh browser profile; on a phone where the test asks for ``size``."""
    name = request.getfixturevalue("size") if "size" in request.fixturenames else "desktop"
    made = browser.new_context(
        base_url=console_server.url,
        viewport=SIZES[name],  # type: ignore[arg-type] # a viewport
        is_mobile=name == "phone",
        has_touch=name == "phone",
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def guard(context: BrowserContext) -> Iterator[Guard]:
    """Fails the test if a request leaves the host or the browser complains of anything."""
    guard = Guard(context)
    yield guard
    guard.check()


@pytest.fixture
def page(context: BrowserContext, guard: Guard) -> Page:
    """A page under guard."""
    return context.new_page()


@pytest.fixture
def sign_in(page: Page) -> SignIn:
    """Signs in; gives the page, which shows the dashboard."""

    def sign(name: str = "chief", password: str = PASSWORD, target: str = "/") -> Page:
        page.goto(target)
        page.locator("input[name=username]").fill(name)
        page.locator("input[name=password]").fill(password)
        page.get_by_role("button", name="Sign in").click()
        return page

    return sign


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Screenshot:
    """Takes a picture of a page for the documentation, where CONSOLE_PICTURES=1 asks for it."""
    size = request.getfixturevalue("size") if "size" in request.fixturenames else "desktop"

    def take(page: Page, name: str) -> None:
        if not TAKES_PICTURES:
            return
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.evaluate("document.fonts.ready")
        page.screenshot(path=PICTURES / f"{name}-{size}.png")

    return take


def _fits_a_phone(page: Page) -> None:
    """At a phone's width nothing has to be scrolled sideways but what scrolls in a frame of its own."""
    page.wait_for_load_state("load")
    before = page.viewport_size
    if before is None or before["width"] == SIZES["phone"]["width"]:
        return
    page.set_viewport_size(SIZES["phone"])  # type: ignore[arg-type] # a viewport
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    page.set_viewport_size(before)
    assert wide <= SIZES["phone"]["width"], f"{page.url} is {wide} pixels wide on a phone"


@pytest.fixture
def check_access() -> CheckAccess:
    """Lets axe-core look at a page: no serious or critical fault. Needs ``make browser-tools``."""
    if not AXE.exists():
        pytest.skip("axe-core is not fetched; make browser-tools")
    source = AXE.read_text(encoding="utf-8")

    def check(page: Page) -> None:
        _fits_a_phone(page)
        if not page.evaluate("'axe' in window"):
            page.evaluate(source)
        found: list[dict[str, Any]] = page.evaluate(
            "async () => (await axe.run({resultTypes: ['violations']})).violations"
        )
        serious = [item for item in found if item["impact"] in {"serious", "critical"}]
        assert not serious, "\n".join(
            f"{item['id']} ({item['impact']}): {item['help']}\n  "
            + "\n  ".join(f"{node['html'][:200]} {node['failureSummary'][:300]}" for node in item["nodes"][:5])
            for item in serious
        )

    return check
