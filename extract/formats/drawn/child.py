"""The process that opens drawn pages: PDFium and recognition work there, within limits of memory and processor time.

A hostile file can exhaust that process, not the one that asks. It is asked by function: `call` runs a function of this
package there, on the bytes of a file. Answers are JSON, so that a process a file has taken over can tell lies but not
run code here.
"""

import atexit
import gc
import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import orjson

from extract.document import UnreadableFileError

MAX_SECONDS = 10  # of processor time, so that a busy machine reads what an idle one reads
MAX_MEMORY = 2_000_000_000
_OBJECTS = 100_000  # no document of ours has cycles worth a look for them every few hundred characters
_ROOT = Path(__file__).parents[3]

Answer = dict[str, Any]
Function = Callable[[bytes], Answer]


class ChildError(RuntimeError):
    """An error of ours in the process that opens drawn pages: its kind, its place and what it says."""


def call(function: Function, data: bytes, *, looking: bool = False) -> Answer:
    """What a function on module level makes of the bytes of a file, in the other process; for `looking` in a third one,
    where PDFium has the fonts of the machine and not those that reading makes do with.

    Raises UnreadableFileError as the function does, and for a file that costs more than the limits; ChildError for
    every other error of the function.
    """
    answer = (_LOOKING if looking else _CHILD).ask(f"{function.__module__}:{function.__qualname__}", data)
    if "refused" in answer:
        raise UnreadableFileError(answer["refused"])
    if "error" in answer:
        raise ChildError(answer["error"])
    return answer


def allow(seconds: int) -> None:
    """Let the request being answered take as many seconds more."""
    soft, _ = resource.getrlimit(resource.RLIMIT_CPU)
    if soft != resource.RLIM_INFINITY:
        _limit(resource.RLIMIT_CPU, soft + seconds)


# -- the process that asks ---------------------------------------------------------------------------------------------


class _Child:
    """One request at a time; the process is started when first needed, and replaced when it dies."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, function: str, data: bytes) -> Answer:
        with self.lock:
            process = self._running()
            assert process.stdin
            assert process.stdout
            try:
                name = function.encode()
                process.stdin.write(struct.pack(">III", len(name), len(data), MAX_SECONDS) + name + data)
                process.stdin.flush()
                answer: Answer = orjson.loads(process.stdout.readline())
            except (OSError, ValueError):
                raise UnreadableFileError(self._death()) from None
            return answer

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process is None or self.process.poll() is not None:
            self.stop()
            code = "import sys; sys.path[:] = sys.argv[1:]; from extract.formats.drawn import child; child.serve()"
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and code
                [sys.executable, "-c", code, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self.process

    def _death(self) -> str:
        """Of what the process died."""
        assert self.process
        try:
            status = self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            status = 0
        self.stop()
        how = signal.strsignal(-status) if status < 0 else f"status {status}"
        return (
            f"the process that opens drawn pages gave up on the file ({how}); "
            f"expected one it reads in {MAX_SECONDS} s and {MAX_MEMORY} bytes"
        )

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


_CHILD, _LOOKING = _Child(), _Child()
stop = _CHILD.stop
for one in (_CHILD, _LOOKING):
    atexit.register(one.stop)
    # A fork must neither talk into the pipes of its parent nor wait for a lock its parent's threads held.
    os.register_at_fork(after_in_child=one.__init__)  # type: ignore[misc]


# -- the process that answers ------------------------------------------------------------------------------------------


def serve() -> None:
    """Answer requests on standard input until it closes."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    _limit(resource.RLIMIT_AS, MAX_MEMORY)
    gc.set_threshold(_OBJECTS)
    while header := sys.stdin.buffer.read(12):
        name, length, seconds = struct.unpack(">III", header)
        module, _, function = sys.stdin.buffer.read(name).decode().partition(":")
        _limit(resource.RLIMIT_CPU, int(time.process_time()) + seconds + 1)
        answers.write(_answer(getattr(import_module(module), function), sys.stdin.buffer.read(length)) + b"\n")
        answers.flush()


def _answer(function: Function, data: bytes) -> bytes:
    try:
        return orjson.dumps(function(data))
    except UnreadableFileError as error:
        kind, told = "refused", str(error)
    except MemoryError:
        kind = "refused"
        told = f"the file takes more memory than a report needs; expected at most {MAX_MEMORY} bytes"
    except Exception as error:
        kind, told = "error", f"{type(error).__name__} in {_place(error)}: {error}"
    return orjson.dumps({kind: told.encode("utf-8", "replace").decode()})  # half a pair of surrogates is no JSON


def _place(error: Exception) -> str:
    """The innermost line of ours that an error passed."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(_ROOT / "extract")] or frames
    where = Path(ours[-1].filename)
    name = where.relative_to(_ROOT) if where.is_relative_to(_ROOT) else where.name
    return f"{name}, line {ours[-1].lineno} ({ours[-1].name})"


def _limit(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
