"""How the server does, and webhooks, in a real browser."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from doorward.server.events.reading import last_position
from doorward.server.webhooks.models import DeadLetter, Webhook
from tests.console.conftest import CheckAccess, Screenshot, SignIn
from tests.console.console_server import ConsoleServer


class Receiver:
    """Takes deliveries on loopback; answers what it is told to."""

    def __init__(self) -> None:
        self.status = 204
        self.bodies: list[bytes] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/in?key=planted"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def test_how_the_server_does(
    console_server: ConsoleServer, size: str, sign_in: SignIn, check_access: CheckAccess, screenshot: Screenshot
) -> None:
    page = sign_in(target="/console/system/")
    expect(page.get_by_text(f"127.0.0.1:{console_server.web_port}", exact=True)).to_be_visible()
    expect(page.get_by_text("none yet")).to_be_visible()
    findings = page.locator("#findings > li")
    expect(findings.filter(has_text="A server runs")).to_be_visible(timeout=60_000)
    expect(findings.filter(has_text=f"TCP {console_server.web_port}")).to_contain_text("is held by this server")
    check_access(page)
    screenshot(page, "system")
    page.get_by_role("button", name="Look again").click()
    expect(page.locator("#checks-state")).to_contain_text("looked at", timeout=60_000)
    answer = page.request.get(str(page.get_by_role("link", name="Metrics for Prometheus").get_attribute("href")))
    assert answer.status == 200
    assert "doorward_" in answer.text()
    console_server.account("mona", "monitor")
    page.context.clear_cookies()
    sign_in("mona")
    for address in ("/console/system/", "/console/webhooks/", "/console/webhooks/add/"):
        assert page.request.get(address).status == 403


def given_up() -> None:
    """A webhook that fails, with a delivery that was given up."""
    now = timezone.now()
    webhook = Webhook.objects.create(
        name="Old desk", url="http://127.0.0.1:9/in?key=planted", secret="doorward_webhook_x", enabled=False,
        disabled_reason="It answered 410 (Gone). It says that it is gone for good.", created=now, created_by="chief",
        changed=now, cursor=last_position(), last_error="It answered 410 (Gone).",
    )  # fmt: skip
    for number in range(2):
        DeadLetter.objects.create(
            webhook=webhook, delivery=f"delivery-{number}", after=0, until=4, count=4,
            failing_since=now - timedelta(hours=72), given_up=now, error="<b>It answered 500.</b>",
        )  # fmt: skip


@pytest.mark.long
@pytest.mark.seed(fill=given_up)
def test_a_webhook_is_made_tested_changed_and_removed(
    console_server: ConsoleServer,
    receiver: Receiver,
    size: str,
    sign_in: SignIn,
    check_access: CheckAccess,
    screenshot: Screenshot,
) -> None:
    page = sign_in(target="/console/webhooks/")
    page.get_by_role("link", name="Make a webhook").click()
    page.get_by_label("Name", exact=True).fill("Visitor desk")
    page.get_by_label("Address", exact=True).fill("ftp://127.0.0.1/")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("alert")).to_contain_text("ftp://")
    page.get_by_label("Address", exact=True).fill(receiver.url)
    page.get_by_label("an alarm was raised").check()
    check_access(page)
    screenshot(page, "webhook-form")
    page.get_by_role("button", name="Make it").click()
    secret = page.locator(".wh-code")
    expect(secret).to_contain_text("doorward_webhook_")
    first = secret.inner_text()
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test has arrived.")).to_be_visible()
    # The secret is gone with the page that showed it.
    expect(secret).to_be_hidden()
    receiver.status = 500
    page.get_by_role("button", name="Send a test").click()
    expect(page.get_by_text("The test was not taken.")).to_be_visible()
    assert len(receiver.bodies) == 2
    assert b"planted" not in receiver.bodies[0]
    page.get_by_role("button", name="New secret").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a new secret").click()
    expect(secret).to_contain_text("doorward_webhook_")
    assert secret.inner_text() != first
    screenshot(page, "webhook")
    page.get_by_label("Name", exact=True).fill("Front desk")
    page.get_by_label("Only of these devices").fill("10 x")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("“x” is no number of a device")
    page.get_by_label("Only of these devices").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Front desk")
    kept = console_server.database(lambda: Webhook.objects.get(name="Front desk"))
    assert (kept.kinds, kept.categories, kept.devices, kept.created_by) == (["alarm"], [], [], "chief")
    check_access(page)
    page.goto("/console/webhooks/")
    # Not what follows the host: it often holds a secret.
    expect(page.get_by_text("planted")).to_have_count(0)
    check_access(page)
    screenshot(page, "webhooks")
    page.get_by_role("link", name="Front desk").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The webhook Front desk is removed.")).to_be_visible()

    page.get_by_role("link", name="Old desk").click()
    letters = page.get_by_role("region", name="What was given up").locator("tbody tr")
    expect(letters).to_have_count(2)
    expect(letters.first).to_contain_text("<b>It answered 500.</b>")
    check_access(page)
    screenshot(page, "webhook-given-up")
    letters.first.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("one whose webhook is switched on")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    letters.first.get_by_role("button", name="Send again").click()
    expect(letters.first).to_contain_text("sent again")
    letters.nth(1).get_by_role("button", name="Forget").click()
    expect(letters).to_have_count(1)
