"""A web site on this machine that behaves as real ones do, and writes down how it was asked."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """What an address answers. With an `etag` a request that knows it gets 304."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str = ""
    seconds: float = 0.0
    chunked: bool = False
    breaks_off: bool = False
    cut_to: int | None = None  # bytes sent of those promised


def page(body: str | bytes, content_type: str = "text/html; charset=utf-8") -> Reply:
    """A page with an entity tag made of its content."""
    data = body.encode() if isinstance(body, str) else body
    return Reply(data, content_type=content_type, etag=f'"{hashlib.sha256(data).hexdigest()[:12]}"')


def moved(to: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": to})


def in_turn(*replies: Reply) -> Callable[[], Reply]:
    """One reply after the other, the last one for ever."""
    left = list(replies)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class Request:
    """A request as it arrived and was left; times in seconds of one clock."""

    path: str
    headers: Message
    begun: float
    status: int = 0
    ended: float = 0.0

    @property
    def is_conditional(self) -> bool:
        """Whether it asks for changes only."""
        return "If-None-Match" in self.headers or "If-Modified-Since" in self.headers


class Site:
    """A site at `address`: `pages` by path, 404 for all others; `log` of requests. A context manager."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        self.pages: dict[str, Reply | Callable[[], Reply]] = {}
        self.log: list[Request] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site._answer(self)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass  # a caller that has had enough breaks off; that is its right

        self.server = Server((host, 0), Handler)
        self.address = f"http://{host}:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "Site":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        request = Request(handler.path, handler.headers, time.monotonic())
        self.log.append(request)
        found = self.pages.get(handler.path, Reply(b"not here", 404))
        reply = found() if callable(found) else found
        time.sleep(reply.seconds)
        if reply.breaks_off:
            handler.close_connection = True
            handler.connection.shutdown(2)
            return
        since = reply.headers.get("Last-Modified")
        known = bool(reply.etag) and handler.headers.get("If-None-Match") == reply.etag
        known |= bool(since) and handler.headers.get("If-Modified-Since") == since
        request.status = 304 if known else reply.status
        request.ended = time.monotonic()
        handler.send_response(request.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        if reply.etag:
            handler.send_header("ETag", reply.etag)
        if known:
            handler.end_headers()
            return
        handler.send_header("Content-Type", reply.content_type)
        if reply.chunked:
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            for start in range(0, len(reply.body), 65536):
                piece = reply.body[start : start + 65536]
                handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            handler.wfile.write(b"0\r\n\r\n")
        else:
            handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body[: reply.cut_to])
            handler.close_connection = reply.cut_to is not None

    def asked(self, path: str) -> list[Request]:
        """The requests for a path."""
        return [request for request in self.log if request.path == path]

    def most_at_once(self) -> int:
        """How many requests were ever being answered at the same time."""
        events = sorted([(r.begun, 1) for r in self.log] + [(r.ended or r.begun, -1) for r in self.log])
        busy = most = 0
        for _, step in events:
            busy += step
            most = max(most, busy)
        return most
