"""The site from a local web server that builds it anew, and shows it so, whenever the warehouse changes, and that takes
in what reviewers decide on its pages.
"""

import hashlib
import hmac
import json
import os
import secrets
import sys
import threading
from collections.abc import Callable
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from os import PathLike
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from transform.corrections import corrections_in, load_corrections
from warehouse.dashboard.pages import policy

# How often the warehouse is looked at, and how long a page's question for news may wait, in seconds.
LOOK = 1.0
WAIT = 20.0
# Bytes of decisions sent at once, at most.
MOST = 20_000_000


class Server(ThreadingHTTPServer):
    """Serves a folder on 127.0.0.1. `rebuild` is called, and pages are told, after `watched` was replaced; decisions go
    into the folder `corrections`.

    Whoever sends decisions has to know the token in the address of `entrance`: others on this machine, and pages of
    other sites, reach the port as well.
    """

    daemon_threads = True

    def __init__(
        self, folder: Path, watched: Path, rebuild: Callable[[], object], corrections: Path, port: int = 0
    ) -> None:
        super().__init__(("127.0.0.1", port), partial(_Handler, directory=str(folder)))
        self.watched, self.rebuild, self.corrections = watched, rebuild, corrections
        self.token = secrets.token_urlsafe(24)
        self.version = 0
        self.news = threading.Condition()
        self.closing = threading.Event()
        self.seen = _state(watched)
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.server_port}/"

    @property
    def entrance(self) -> str:
        """The address that lets a page hand in decisions."""
        return f"{self.address}#token={self.token}"

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


def _keep(folder: Path, text: bytes) -> tuple[int, dict[str, Any]]:
    """Put decisions among those of the store if every one of them can be used: HTTP status and answer.

    The same text is the same file, however often it is sent.
    """
    name = f"worklist-{hashlib.sha256(text).hexdigest()[:16]}.yml"
    if (folder / name).is_file():
        return 200, {"file": name}
    try:
        found = corrections_in(text.decode(), name, load_corrections(folder))
    except UnicodeDecodeError:
        return 422, {"problems": ["found bytes that are no UTF-8; expected YAML in UTF-8"]}
    if found.problems:
        return 422, {"problems": list(found.problems)}
    folder.mkdir(parents=True, exist_ok=True)
    aside = folder / f".{name}.{os.getpid()}"
    aside.write_bytes(text)
    aside.rename(folder / name)
    return 201, {"file": name}


class _Handler(SimpleHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        """Take in decisions, from a page of this server that was opened at its entrance."""
        host, length = self.headers.get("Host") or "", self.headers.get("Content-Length") or ""
        token = self.headers.get("X-Gongkai-Token") or ""
        if not self._is_local():
            self.send_error(421)
        elif self.path != "/corrections":
            self.send_error(404)
        elif self.headers.get("Origin") != f"http://{host}" or not self._is_trusted(token):
            self.send_error(403)
        elif self.headers.get("Content-Type") != "application/yaml":
            self.send_error(415)
        elif not length.isdecimal() or int(length) > MOST:
            self.send_error(413)
        else:
            try:
                status, answer = _keep(self.server.corrections, self.rfile.read(int(length)))
            except OSError as error:
                status, answer = 500, {"problems": [f"{self.server.corrections}: {error.strerror}"]}
            self._send(json.dumps(answer, ensure_ascii=False).encode(), status, "application/json")

    def _is_trusted(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.server.token.encode())

    def _is_local(self) -> bool:
        """Whether a browser asked for this machine by its own name, not by one that was made to lead here."""
        port = self.server.server_port
        return self.headers.get("Host") in (f"127.0.0.1:{port}", f"localhost:{port}")

    def do_GET(self) -> None:
        """A file of the site, or the answer to a page that asks for news; a host name of elsewhere is refused."""
        if not self._is_local():
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

    def _send(self, data: bytes, status: int = 200, kind: str = "text/javascript") -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

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
        # The data are scripts, and any site may run scripts of others: not these.
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""
