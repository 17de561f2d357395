"""What a program fetches, from a server that is real."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BODY = b"a,b\n" + b"1,2\n" * 5000


def digest(data: bytes) -> str:
    return "blake2b:" + hashlib.blake2b(data, digest_size=32).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves the same in many ways."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/moved":
            self.answer(302, b"", Location="/data")
        elif path == "/none":
            self.answer(404, b"no")
        elif path == "/packed":
            self.answer(200, gzip.compress(BODY), **{"Content-Encoding": "gzip"})
        elif path == "/chunks":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(BODY), 3000):
                part = BODY[start : start + 3000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.answer(200, BODY)

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"ETag": '"tag"', **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(http.server.ThreadingHTTPServer):
    """Does not mind one that hangs up."""

    def handle_error(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


ASYNC = "import aiohttp, asyncio\nasync def main():\n  async with aiohttp.ClientSession() as s:\n"
WHOLE = {
    "urllib": ("urllib", "urllib.request.urlopen(U + '/data').read()"),
    "urllib, request": (
        "urllib",
        "urllib.request.urlopen(urllib.request.Request(U + '/data')).read()",
    ),
    "urllib, lines": ("urllib", "list(urllib.request.urlopen(U + '/chunks'))"),
    "urllib, text": ("urllib", "list(io.TextIOWrapper(urllib.request.urlopen(U + '/data')))"),
    "urllib, parts": (
        "urllib",
        "r = urllib.request.urlopen(U + '/data')\nwhile r.read(999): pass",
    ),
    "urllib, file": ("urllib", "urllib.request.urlretrieve(U + '/data', 'x.csv')"),
    "pandas": ("urllib", "import pandas; assert len(pandas.read_csv(U + '/data')) == 5000"),
    "requests": ("requests", "import requests; requests.get(U + '/data', auth=('me', 'planted'))"),
    "requests, packed": ("requests", "import requests; requests.get(U + '/packed')"),
    "requests, chunks": ("requests", "import requests; requests.get(U + '/chunks')"),
    "requests, stream": (
        "requests",
        (
            "import requests\nwith requests.get(U + '/packed', stream=True) as r:\n"
            "  for c in r.iter_content(999): pass"
        ),
    ),
    "requests, raw": (
        "requests",
        (
            "import requests\nwith requests.get(U + '/data', stream=True) as r:\n"
            "  shutil.copyfileobj(r.raw, io.BytesIO())"
        ),
    ),
    "urllib3": ("urllib3", "import urllib3; urllib3.PoolManager().request('GET', U + '/data')"),
    "httpx": ("httpx", "import httpx; httpx.get(U + '/packed')"),
    "httpx, stream": (
        "httpx",
        "import httpx\nwith httpx.stream('GET', U + '/data') as r: list(r.iter_lines())",
    ),
    "httpx, later": (
        "httpx",
        (
            "import httpx, asyncio\nasync def main():\n  async with httpx.AsyncClient() as c:\n"
            "    await c.get(U + '/data')\nasyncio.run(main())"
        ),
    ),
    "aiohttp": (
        "aiohttp",
        ASYNC + "    async with s.get(U + '/packed') as r: await r.text()\nasyncio.run(main())",
    ),
    "aiohttp, parts": (
        "aiohttp",
        ASYNC + "    async with s.get(U + '/chunks') as r:\n"
        "      async for line in r.content: pass\nasyncio.run(main())",
    ),
    "fsspec": ("fsspec", "import fsspec\nwith fsspec.open(U + '/data') as f: f.read()"),
}
START = "import io, shutil, urllib.request\nU = {!r}\n"


@pytest.mark.parametrize(("by", "program"), WHOLE.values(), ids=WHOLE)
def test_what_came_back_is_digested_as_it_was_read(
    follow: Callable[..., object], url: str, by: str, program: str
) -> None:
    done = follow(START.format(url) + program)
    assert done.done.stderr == ""
    (source,) = done.first.sources
    assert (source.by, source.method, source.status) == (by, "GET", 200)
    assert (source.size_bytes, source.digest) == (len(BODY), digest(BODY))
    assert source.whole
    assert source.etag == ("" if "/chunks" in program else '"tag"')


PARTIAL = {
    "urllib": "with urllib.request.urlopen(U + '/data') as r: r.read(100)",
    "urllib, left": "urllib.request.urlopen(U + '/data').read(100)",
    "requests": "import requests\nr = requests.get(U + '/data', stream=True)\nr.raw.read(100)",
    "httpx": "import httpx\nwith httpx.stream('GET', U + '/data') as r:\n  next(r.iter_raw(100))",
    "aiohttp": ASYNC
    + "    async with s.get(U + '/data') as r: await r.content.read(100)\nasyncio.run(main())",
}


@pytest.mark.parametrize("program", PARTIAL.values(), ids=PARTIAL)
def test_a_part_is_said_to_be_one(follow: Callable[..., object], url: str, program: str) -> None:
    (source,) = follow(START.format(url) + program).first.sources
    assert (source.size_bytes, source.digest) == (100, digest(BODY[:100]))
    assert not source.whole


MOVED = {
    "urllib": "urllib.request.urlopen(U + '/moved').read()",
    "requests": "import requests; requests.get(U + '/moved')",
    "urllib3": "import urllib3; urllib3.PoolManager().request('GET', U + '/moved')",
    "httpx": "import httpx; httpx.get(U + '/moved', follow_redirects=True)",
    "aiohttp": ASYNC + "    async with s.get(U + '/moved') as r: await r.read()\n"
    "asyncio.run(main())",
}


@pytest.mark.parametrize("program", MOVED.values(), ids=MOVED)
def test_what_has_moved_is_known_by_where_it_was_asked_for(
    follow: Callable[..., object], url: str, program: str
) -> None:
    (source,) = follow(START.format(url) + program).first.sources
    assert source.url == url + "/moved"
    assert source.digest == digest(BODY)


def test_an_answer_that_is_an_error_is_recorded(follow: Callable[..., object], url: str) -> None:
    program = "import requests; requests.get(U + '/none')"
    (source,) = follow(START.format(url) + program).first.sources
    assert (source.status, source.size_bytes) == (404, 2)


def test_a_secret_of_a_request_is_nowhere(
    follow: Callable[..., object], url: str, traces: Path
) -> None:
    program = """
import requests
requests.get(U + "/data?token=planted", headers={"X-Key": "planted"}, auth=("me", "planted"))
requests.get(U.replace("//", "//me:planted@") + "/data")
"""
    done = follow(START.format(url) + program)
    assert len(done.first.sources) == 2
    assert not any(b"planted" in path.read_bytes() for path in traces.iterdir())


def test_what_is_left_unread_is_no_source(follow: Callable[..., object], url: str) -> None:
    program = "import requests; requests.get(U + '/data', stream=True).close()"
    assert follow(START.format(url) + program).first.sources == ()


def test_a_file_is_no_source(follow: Callable[..., object], work: Path) -> None:
    program = f"import urllib.request\nurllib.request.urlopen('file://{work}/a.csv').read()"
    assert follow(program).first.sources == ()
