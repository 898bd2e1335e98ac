"""Asking a web site, politely and safely: one address, one answer.

Every host is asked at its own pace, whoever asks; what fails for the moment is asked again, later each time; nothing is
asked on an address that is not public unless the caller names its network. The check is made on the very address that
is connected to, so neither a redirect nor a name that changes its mind leads inside.
"""

import asyncio
import re
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from random import uniform
from typing import Any
from urllib.parse import urlsplit

import httpcore
import httpx

from flows.sources.declared import Limits, Source

AGENT = "gongkai"  # the name robots.txt knows us by
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
# A host that did not answer this many addresses in a row is left alone for the rest of the run.
_SILENT = 5
_CONNECT_SECONDS = 15.0
# What a server of former days and this one cannot agree about, as OpenSSL names it.
_OLD_TLS = re.compile(
    r"UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|WRONG_SSL_VERSION|LEGACY_RENEGOTIATION|HANDSHAKE_FAILURE|NO_SHARED_CIPHER|"
    r"DH_KEY_TOO_SMALL|WRONG_SIGNATURE_TYPE|LEGACY_SIGALG|NO_PROTOCOLS_AVAILABLE"
)
_LEGACY_SERVER_CONNECT = 0x4  # ssl.OP_LEGACY_SERVER_CONNECT, from Python 3.12 on
# Idle connections kept open for the next request. How many are in use is up to the caller: to wait for one here, one's
# turn taken, would spoil the pace.
_KEPT = 64

_OF_HTTPCORE = (
    httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
)  # fmt: skip

Network = IPv4Network | IPv6Network


@dataclass(slots=True)
class Answer:
    """What came back for one address. `status` is None where nothing did; `error` then says why.

    `complete` says that `body` is a whole document. `redirected_to` is absolute. `attempts` counts requests; 0 if none
    was made.
    """

    url: str
    requested_at: datetime
    status: int | None = None
    body: bytes = b""
    complete: bool = False
    etag: str = ""
    last_modified: str = ""
    content_type: str = ""
    charset: str = ""
    redirected_to: str = ""
    error: str = ""
    attempts: int = 0


class PrivateAddressError(Exception):
    """A name leads to an address that is not public."""


# Kept for protocols and machines of one's own by the registries of IANA, whatever Python says of them.
_RESERVED = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "::/96", "::ffff:0:0:0/96", "64:ff9b:1::/48", "100::/64",
        "2001::/23", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
    )
)  # fmt: skip
_NAT64 = ip_network("64:ff9b::/96")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address belongs to the public internet, also if it wraps another one (mapped, NAT64)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in network for network in _RESERVED):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


class _Guard(httpcore.AsyncNetworkBackend):
    """Looks a name up once, checks every address it has, and connects to no other."""

    def __init__(self, private: Sequence[Network]) -> None:
        self.private = private
        self.backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:  # fmt: skip
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no answer to a look-up of {host}") from error
        except OSError as error:
            raise httpcore.ConnectError(f"the name {host} cannot be looked up ({error.strerror or error})") from error
        addresses = list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
        for address in addresses:
            if not is_public(address) and not any(address in network for network in self.private):
                raise PrivateAddressError(
                    f"{host} is the address {address}, which is not public; expected a public one, or its network "
                    "under `private` of the source"
                )
        for address in addresses[:-1]:
            try:
                return await self.backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self.backend.connect_tcp(str(addresses[-1]), port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self.backend.sleep(seconds)


def tls_context(*, old: bool) -> ssl.SSLContext:
    """How to talk TLS: at least 1.2; with `old` from 1.0 on, with the ciphers, lengths of keys and digests of its
    time, and unsafe renegotiation. Certificates are verified either way.
    """
    context = httpx.create_ssl_context()
    if old:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.options |= _LEGACY_SERVER_CONNECT
    return context


class _Transport(httpx.AsyncBaseTransport):
    """httpx over connections of our own: its transport takes no other way of connecting."""

    def __init__(self, private: Sequence[Network], *, old_tls: bool) -> None:
        self.pool = httpcore.AsyncConnectionPool(
            ssl_context=tls_context(old=old_tls), http1=True, http2=True, network_backend=_Guard(private),
            max_connections=None, max_keepalive_connections=_KEPT, keepalive_expiry=30,
        )  # fmt: skip

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request without a body; raises as httpx does."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme, host=request.url.raw_host, port=request.url.port,
            target=request.url.raw_path,
        )  # fmt: skip
        asked = httpcore.Request(request.method, url, headers=request.headers.raw, extensions=request.extensions)
        with _as_httpx():
            answer = await self.pool.handle_async_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        await self.pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer as they come."""

    def __init__(self, answer: httpcore.Response) -> None:
        self.answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx():
            async for chunk in self.answer.aiter_stream():
                yield chunk

    async def aclose(self) -> None:
        await self.answer.aclose()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Errors of httpcore by the same names in httpx."""
    try:
        yield
    except _OF_HTTPCORE as error:
        raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error


class _Gate:
    """The door of a host: so many at once, so long between two. The most careful of those who ask sets the pace."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.at_once = 16
        self.silent = 0
        self.free_at = 0.0
        self.busy = 0
        self.order = asyncio.Lock()
        self.left = asyncio.Condition()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn, and be inside for as long as the block lasts."""
        async with self.order:
            async with self.left:
                await self.left.wait_for(lambda: self.busy < self.at_once)
            while (wait := self.free_at - asyncio.get_running_loop().time()) > 0:
                await asyncio.sleep(wait)
            self.hold(self.delay)
            self.busy += 1
        try:
            yield
        finally:
            async with self.left:
                self.busy -= 1
                self.left.notify_all()

    def hold(self, seconds: float) -> None:
        """Let no one in for so long."""
        self.free_at = max(self.free_at, asyncio.get_running_loop().time() + seconds)


class Fetcher:
    """Asks for addresses; an async context. Redirects are told, not followed: where to go on is the caller's choice."""

    def __init__(self, limits: Limits, contact: str = "") -> None:
        self.limits = limits
        self.headers = {
            "User-Agent": f"{AGENT}/{version('gongkai')}" + (f" (+{contact})" if contact else ""),
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9",
        }
        self.clients: dict[tuple[tuple[Network, ...], bool], httpx.AsyncClient] = {}
        self.gates: dict[str, _Gate] = defaultdict(_Gate)

    async def __aenter__(self) -> "Fetcher":
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients.values():
            await client.aclose()

    def slow_down(self, url: str, delay: float) -> None:
        """Leave at least so many seconds between two requests to a host, as its robots.txt asks."""
        gate = self.gates[urlsplit(url).netloc]
        gate.delay = max(gate.delay, delay)

    async def get(self, url: str, source: Source, etag: str = "", last_modified: str = "") -> Answer:
        """One address on behalf of a source, whose pace holds; conditional where it is known what was there before.

        Never raises for what a site does: the answer says it.
        """
        gate = self.gates[urlsplit(url).netloc]
        gate.delay = max(gate.delay, source.delay)
        gate.at_once = min(gate.at_once, source.at_once)
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        answer = Answer(url, datetime.now(UTC))
        for attempt in range(1, self.limits.attempts + 1):
            if gate.silent >= _SILENT:
                answer.error = answer.error or f"not asked: the host left {_SILENT} requests unanswered"
                break
            async with gate.turn():
                answer, again, wait = await self._attempt(url, source, headers)
                answer.attempts = attempt
            if not again:
                break
            wait = max(wait, self.limits.backoff * 2 ** (attempt - 1) * uniform(0.5, 1.5))  # noqa: S311 - spreads load
            if wait > self.limits.longest_wait:
                answer.error += f"; it asks for {wait:.0f} s of patience, the limit is {self.limits.longest_wait:.0f} s"
                break
            gate.hold(wait)
        if answer.attempts:
            gate.silent = gate.silent + 1 if answer.status is None else 0
        return answer

    def _client(self, source: Source) -> httpx.AsyncClient:
        """The client for the networks and the TLS of a source. A proxy of the environment would undo the check of
        addresses: none is used.
        """
        key = tuple(source.private), source.old_tls
        if key not in self.clients:
            seconds = self.limits.seconds
            timeout = httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, seconds))
            transport = _Transport(source.private, old_tls=source.old_tls)
            self.clients[key] = httpx.AsyncClient(
                transport=transport, headers=self.headers, timeout=timeout, trust_env=False
            )
        return self.clients[key]

    async def _attempt(self, url: str, source: Source, headers: dict[str, str]) -> tuple[Answer, bool, float]:
        """(answer, whether to ask again, the seconds the site wants to be left alone)."""
        answer = Answer(url, datetime.now(UTC))
        try:
            async with asyncio.timeout(self.limits.seconds):
                async with self._client(source).stream("GET", url, headers=headers) as response:
                    return await self._receive(answer, response)
        except PrivateAddressError as error:
            answer.error = f"refused: {error}"
            return answer, False, 0.0
        except (TimeoutError, httpx.TimeoutException):
            answer.status = None
            answer.error = f"not there within {self.limits.seconds:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            answer.status = None
            answer.error = f"{type(error).__name__}: {error or 'the connection broke off'}"
            if old := _OLD_TLS.search(answer.error):
                answer.error += "; expected TLS 1.2 or later. If the site knows none: old_tls of the source"
            passing = isinstance(error, httpx.TransportError) and "CERTIFICATE_VERIFY_FAILED" not in str(error)
            return answer, passing and not old, 0.0
        return answer, True, 0.0

    async def _receive(self, answer: Answer, response: httpx.Response) -> tuple[Answer, bool, float]:
        headers = response.headers
        answer.status = response.status_code
        answer.etag, answer.last_modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        answer.content_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
        answer.charset = (response.charset_encoding or "").lower()
        if answer.status in _REDIRECTS and "Location" in headers:
            answer.redirected_to = str(response.url.join(headers["Location"]))
        elif answer.status == httpx.codes.OK:
            return await self._take_body(answer, response)
        elif answer.status != httpx.codes.NOT_MODIFIED:
            answer.error = f"{answer.status} {response.reason_phrase}".rstrip()
        return answer, answer.status in _PASSING, _seconds(headers.get("Retry-After", ""))

    async def _take_body(self, answer: Answer, response: httpx.Response) -> tuple[Answer, bool, float]:
        declared = response.headers.get("Content-Length", "")
        body = bytearray()
        if not (declared.isdigit() and int(declared) > self.limits.bytes):
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > self.limits.bytes:
                    break
            else:
                answer.body, answer.complete = bytes(body), True
                return answer, False, 0.0
        answer.error = f"refused: more than {self.limits.bytes} bytes"
        return answer, False, 0.0


def _seconds(retry_after: str) -> float:
    """What Retry-After asks for, as a number of seconds or a date; 0 for nothing sensible."""
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
