"""Sending one delivery over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import httpx

from doorward import __version__
from doorward.model.errors import DoorwardError, InvalidInput
from doorward.server.webhooks.addresses import check_url, look_up, port_of, why_refused
from doorward.server.webhooks.signing import DELIVERY_HEADER, SIGNATURE_HEADER, signature

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
# All of one attempt, the name's look-up and each address included.
WHOLE_SECONDS: Final = 30.0
# Of an answer nothing but its status counts; so much is read, so that the connection can be used again.
MOST_ANSWER_BYTES: Final = 4096
MOST_ADDRESSES: Final = 3
GONE: Final = 410


class DeliveryFailed(DoorwardError):
    """A receiver did not take a delivery."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered.

    Attributes:
        status: Status code of HTTP.
        retry_after: Seconds that it asks to be left alone; 0 where it does not.
    """

    status: int
    retry_after: float = 0.0

    @property
    def taken(self) -> bool:
        """Whether it has taken the delivery."""
        return 200 <= self.status <= 299

    @property
    def words(self) -> str:
        """Why it has not."""
        if 300 <= self.status <= 399:
            return f"The receiver answered {self.status}, a redirection; these are not followed."
        return f"The receiver answered {self.status}."


class Sender(Protocol):
    """Sends deliveries of one webhook."""

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send a body.

        Raises:
            DeliveryFailed: There was no answer; why, in words.
        """
        ...

    async def close(self) -> None:
        """Close what stands."""
        ...


class HttpSender:
    """Sends to one receiver over HTTP, to addresses that are checked at each connection.

    The host name is looked up here and the connection goes to that very address: a name that leads elsewhere a moment
    later gains nothing. Redirects are not followed, and proxies of the environment are not used.

    Args:
        context: Which certificates are believed.
        allow_private: Whether private networks and this machine may be reached.
        executor: Looks names up; one of its own, since a name server that is silent holds it up.
    """

    def __init__(self, context: ssl.SSLContext, *, allow_private: bool, executor: Executor) -> None:
        self._allow_private = allow_private
        self._executor = executor
        self._client = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=1),
            headers={"User-Agent": f"Doorward/{__version__}", "Accept-Encoding": "identity"},
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """See ``Sender.post``."""
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await self._post(check_url(url, allow_private=self._allow_private), body, headers)
        except TimeoutError:
            raise DeliveryFailed(f"The receiver has not answered within {WHOLE_SECONDS:g} s.") from None
        except InvalidInput as error:
            raise DeliveryFailed(error.message) from None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _post(self, url: httpx.URL, body: bytes, headers: dict[str, str]) -> Answer:
        host = url.raw_host.decode("ascii")
        failure = DeliveryFailed(f"{host} has no address.")
        for address in (await self._addresses(host, port_of(url)))[:MOST_ADDRESSES]:
            request = self._client.build_request(
                "POST",
                url.copy_with(host=address),
                content=body,
                headers={**headers, "Host": url.netloc.decode("ascii"), "Content-Type": "application/json"},
                extensions={"sni_hostname": host},
            )
            try:
                return await self._send(request)
            except httpx.ConnectError as error:
                failure = DeliveryFailed(_connecting_failed(host, error))
            except httpx.ConnectTimeout:
                failure = DeliveryFailed(f"{host} does not answer at {address}, port {port_of(url)}.")
            except httpx.TimeoutException:
                raise DeliveryFailed(f"{host} has not answered within {ANSWER_SECONDS:g} s.") from None
            except httpx.HTTPError as error:
                raise DeliveryFailed(f"{host} broke off: {str(error) or type(error).__name__}.") from None
        raise failure

    async def _send(self, request: httpx.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            read = 0
            async for part in response.aiter_raw():
                read += len(part)
                if read >= MOST_ANSWER_BYTES:
                    break
        except httpx.HTTPError:
            pass  # the status has come, and nothing else counts
        finally:
            with contextlib.suppress(httpx.HTTPError):
                await response.aclose()
        return Answer(response.status_code, _seconds(response.headers.get("Retry-After", "")))

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.run_in_executor(self._executor, look_up, host, port)
        except (OSError, UnicodeError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise DeliveryFailed(f"The name {host} cannot be looked up: {words}.") from None
        refusals = [why_refused(address, allow_private=self._allow_private) for address in found]
        allowed = [str(address) for address, refused in zip(found, refusals, strict=True) if not refused]
        if not allowed and found:
            raise DeliveryFailed(f"{host} leads to {found[0]}, which is {refusals[0]}.")
        return allowed


def believed_certificates(ca_file: str) -> ssl.SSLContext:
    """The authorities of this system, and those of a file; blocks.

    Raises:
        InvalidInput: The file cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, ssl.SSLError):
            raise InvalidInput("webhooks.ca_file", ca_file, "a PEM file with certificates that can be read") from None
    return context


def body_of(delivery: str, items: Sequence[str], at: float) -> bytes:
    """The body of a delivery.

    Args:
        delivery: Its number.
        items: Lines of the stream, as JSON.
        at: When it is sent, in seconds since 1970 in UTC.
    """
    sent = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    head = json.dumps({"id": delivery, "sent": sent})
    return f'{head[:-1]}, "items": [{", ".join(items)}]}}'.encode()


async def send(sender: Sender, url: str, secret: str, delivery: str, items: Sequence[str], at: float) -> Answer:
    """Sign a delivery and send it once.

    Raises:
        DeliveryFailed: There was no answer.
    """
    body = body_of(delivery, items, at)
    headers = {DELIVERY_HEADER: delivery, SIGNATURE_HEADER: signature(secret, body, int(at))}
    return await sender.post(url, body, headers)


async def send_test(sender: Sender, url: str, secret: str) -> Answer:
    """Send a delivery that tells nothing, so that a person sees whether it arrives.

    Raises:
        DeliveryFailed: There was no answer.
    """
    at = time.time()
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    item = {"position": None, "kind": "test", "device": None, "at": moment, "words": "A test of this webhook."}
    return await send(sender, url, secret, str(uuid.uuid4()), [json.dumps(item)], at)


def _connecting_failed(host: str, error: httpx.ConnectError) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"The certificate of {host} is not believed: {cause.verify_message}."
    if isinstance(cause, ssl.SSLError):
        return f"{host} does not speak TLS as it should: {cause.reason or cause}."
    return f"{host} cannot be reached: {error}."


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0.0
