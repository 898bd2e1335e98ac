"""The site from a local web server that builds it anew, and shows it so, whenever the warehouse changes."""

import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from warehouse.dashboard.pages import policy

# How often the warehouse is looked at, and how long a page's question for news may wait, in seconds.
LOOK = 1.0
WAIT = 20.0


class Server(ThreadingHTTPServer):
    """Serves a folder on 127.0.0.1. `rebuild` is called, and pages are told, after `watched` was replaced."""

    daemon_threads = True

    def __init__(self, folder: Path, watched: Path, rebuild: Callable[[], object], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
        self.watched, self.rebuild = watched, rebuild
        self.version = 0
        self.news = threading.Condition()
        self.closing = threading.Event()
        self.seen = _state(watched)
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.server_port}/"

    def serve(self) -> None:
        """Serve until `shutdown`, or until interrupted."""
        self.watcher.start()
        try:
            self.serve_forever()
        finally:
            self.closing.set()
            self.server_close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A page that went away while it was answered is no error."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def _watch(self) -> None:
        while not self.closing.wait(LOOK):
            now = _state(self.watched)
            if now and now != self.seen:
                self.seen = now
                self.rebuild()
                with self.news:
                    self.version += 1
                    self.news.notify_all()


def _state(file: Path) -> tuple[int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


class _Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        """A file of the site, or the answer to a page that asks for news; a host name of elsewhere is refused."""
        if (self.headers.get("Host") or "").rpartition(":")[0] not in ("127.0.0.1", "localhost"):
            self.send_error(421)
        elif urlsplit(self.path).path == "/live.js":
            self._tell()
        elif urlsplit(self.path).path == "/data/site.js":
            # Only pages that come from here have anybody to ask for news.
            self._send(Path(self.directory, "data", "site.js").read_bytes() + b"gongkai.served = true;\n")
        else:
            super().do_GET()

    def _tell(self) -> None:
        """Wait for a version other than the page's; a script, for a page may load nothing else."""
        asked = parse_qs(urlsplit(self.path).query).get("version", [""])[0]
        server = self.server
        with server.news:
            server.news.wait_for(lambda: asked != str(server.version), WAIT if asked else 0)
            version = server.version
        changed = "true" if asked not in ("", str(version)) else "false"
        self._send(f'gongkai.live("{version}", {changed});\n'.encode())

    def _send(self, script: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript; charset=utf-8")
        self.send_header("Content-Length", str(len(script)))
        self.end_headers()
        self.wfile.write(script)

    def list_directory(self, path: str | PathLike[str]) -> None:
        """A folder is no page."""
        self.send_error(404)

    def end_headers(self) -> None:
        """The same policy as in the pages, as a header."""
        name = urlsplit(self.path).path.rpartition("/")[2] or "index.html"
        if name.endswith(".html"):
            self.send_header("Content-Security-Policy", f"{policy(name[:-5])}; frame-ancestors 'none'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
