"""Watches a page: no request leaves this machine, and the browser has nothing to complain about."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Route

LOCAL_HOSTS = ("127.0.0.1", "localhost")


class Guard:
    """What was noticed that must not be.

    Attributes:
        faults: Each in words.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        context.route(lambda url: not _is_local(url), self._stop)
        context.on("request", self._requested)
        context.on("page", self._watch)

    def allow(self, pattern: str) -> None:
        """From here on the browser may complain of what this pattern finds, such as a server that was stopped."""
        self._allowed.append(re.compile(pattern))

    def check(self) -> None:
        """Fail if something was noticed."""
        found = dict.fromkeys(self.faults)
        faults = [fault for fault in found if not any(pattern.search(fault) for pattern in self._allowed)]
        assert not faults, "\n".join(faults)

    def _stop(self, route: Route) -> None:
        route.abort()

    def _requested(self, request: Request) -> None:
        if not _is_local(request.url):
            self.faults.append(f"a request leaves the host: {request.url}")

    def _watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.faults.append(f"an error in a script: {error}"))

    def _said(self, message: ConsoleMessage) -> None:
        # What the policy of the page forbids comes as an error too.
        if message.type in {"error", "warning"}:
            self.faults.append(f"the browser says ({message.type}): {message.text} at {message.location.get('url')}")


def _is_local(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"data", "blob", "about"} or parts.hostname in LOCAL_HOSTS
