"""What a program fetches from URLs: digested as it reads, so that nothing is read for our sake."""

from __future__ import annotations

import hashlib
import weakref

from ..imports import when_imported
from ..masking import mask_text
from ..noting import END, is_within, note_begin, note_return, note_yield
from .own import top_level

TYPE_CHECKING = False  # typing costs time at start
if TYPE_CHECKING:
    from typing import Any

__all__ = ["start"]

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PORTS = {"http": 80, "https": 443}


class _Stream:
    """What came back from a URL, as far as it was read."""

    def __init__(self, trace: Any, by: str, **fields: Any) -> None:
        self.trace = trace
        self.fields = {"by": by, **fields}
        self.digest = hashlib.blake2b(digest_size=32)
        self.size_bytes = 0
        self.is_told = False

    def add(self, data: Any) -> None:
        """Take in what the program read."""
        self.digest.update(data)
        self.size_bytes += len(data)

    def tell(self, *, whole: bool) -> None:
        """Write the record, once; of what was left unread there is nothing to say."""
        if not self.is_told:
            self.is_told = True
            if not whole and not self.size_bytes:
                return
            digest = f"blake2b:{self.digest.hexdigest()}"
            read = {"size_bytes": self.size_bytes, "digest": digest, "whole": whole}
            self.trace.write("source", **self.fields, **read)


class _Streams:
    """All that this process fetches."""

    def __init__(self, trace: Any) -> None:
        self.trace = trace
        self.streams: weakref.WeakKeyDictionary[Any, _Stream] = weakref.WeakKeyDictionary()
        self.held: dict[int, tuple[Any, _Stream]] = {}  # responses that no weak reference is to
        self.unfinished: set[_Stream] = set()
        self.origins: dict[str, str] = {}

    def put_on(self, function: Any, see: Any, what: str) -> None:
        """See what a function returns, or say that it cannot be seen."""
        if not note_return(function, see):
            self.trace.unseen(what)

    def find(self, response: Any) -> _Stream | None:
        """Find what is being read, unless it is told already."""
        try:
            stream = self.streams.get(response)
        except TypeError:
            stream = self.held.get(id(response), (None, None))[1]
        return None if stream is None or stream.is_told else stream

    def begin(self, response: Any, by: str, url: str, method: str, status: int) -> _Stream | None:
        """Begin to follow a response; a redirection only tells what the next one is from."""
        if method == "HEAD" or self.find(response) or not url.startswith(("http://", "https://")):
            return None
        headers = getattr(response, "headers", None) or {}
        origin = self.origins.pop(url, url)
        if status in _REDIRECTS and headers.get("Location"):
            from urllib.parse import urljoin  # its caller has loaded it

            if len(self.origins) < 1000:  # noqa: PLR2004 - a crawler may meet any number
                self.origins[urljoin(url, headers["Location"])] = origin
            return None
        fields = {"method": method.upper(), "status": status or 0}
        etag = headers.get("ETag") or ""
        stream = _Stream(self.trace, by, url=mask_text(origin), etag=mask_text(etag), **fields)
        try:
            self.streams[response] = stream
        except TypeError:
            self.held[id(response)] = response, stream
        self.unfinished.add(stream)
        return stream

    def end(self, stream: _Stream, *, whole: bool) -> None:
        """Write what is read to its end, or not to be read any further."""
        stream.tell(whole=whole)
        self.unfinished.discard(stream)
        self.held = {key: pair for key, pair in self.held.items() if pair[1] is not stream}

    def finish(self) -> None:
        """Write what is left at the end of the process."""
        for stream in list(self.unfinished):
            self.end(stream, whole=False)


def start(trace: Any) -> None:
    """See what this process fetches."""
    streams = _Streams(trace)
    when_imported("urllib.request", lambda module: _on_urllib(module, streams))
    when_imported("urllib3.response", lambda module: _on_urllib3_response(module, streams))
    when_imported("urllib3.connectionpool", lambda module: _on_urllib3(module, streams))
    when_imported("httpx._models", lambda module: _on_httpx_response(module, streams))
    when_imported("httpx._client", lambda module: _on_httpx(module, streams))
    when_imported("aiohttp.streams", lambda module: _on_aiohttp_stream(module, streams))
    when_imported("aiohttp.client", lambda module: _on_aiohttp(module, streams))
    for name in ("pycurl", "curl_cffi", "primp"):
        when_imported(name, lambda module: trace.unseen(f"what {module.__name__} fetches"))
    trace.at_end(streams.finish)


def _on_urllib(module: Any, streams: _Streams) -> None:
    open_url = module.OpenerDirector.open
    response_type = module.http.client.HTTPResponse
    reads = [getattr(response_type, name) for name in ("read", "read1", "readinto", "readline")]

    def see_open(frame: Any, response: Any) -> None:
        if is_within(frame, open_url) or not isinstance(response, response_type):
            return
        asked = frame.f_locals["fullurl"]
        url = asked if isinstance(asked, str) else asked.full_url
        method = frame.f_locals["req"].get_method()
        stream = streams.begin(response, "urllib", url, method, response.status)
        if stream is not None and response.isclosed():  # nothing comes
            streams.end(stream, whole=True)

    def see_read(frame: Any, value: Any) -> None:
        response = frame.f_locals["self"]
        stream = streams.find(response)
        if stream is None or is_within(frame, *reads):
            return
        stream.add(value if isinstance(value, bytes) else memoryview(frame.f_locals["b"])[:value])
        if response.isclosed():
            streams.end(stream, whole=True)

    def see_close(frame: Any, _: Any) -> None:
        response = frame.f_locals["self"]
        stream = streams.find(response)
        if stream is not None:
            streams.end(stream, whole=response.isclosed() or response.length == 0)

    streams.put_on(open_url, see_open, "what urllib fetches")
    for method in reads:
        note_return(method, see_read)
    note_begin(response_type.close, see_close)


def _on_urllib3(module: Any, streams: _Streams) -> None:
    open_url = module.HTTPConnectionPool.urlopen

    def see_open(frame: Any, response: Any) -> None:
        if is_within(frame, open_url):
            return
        pool, url = frame.f_locals["self"], str(frame.f_locals["url"])
        if "://" not in url.partition("?")[0]:
            port = "" if pool.port in {None, _PORTS.get(pool.scheme)} else f":{pool.port}"
            url = f"{pool.scheme}://{pool.host}{port}{url}"
        by = _library(frame, "requests", "urllib3")
        stream = streams.begin(response, by, url, frame.f_locals["method"], response.status)
        if stream is not None and response._body:  # noqa: SLF001 - read when it was made
            stream.add(response._body)  # noqa: SLF001
            streams.end(stream, whole=True)

    streams.put_on(open_url, see_open, "what urllib3 and requests fetch")


def _on_urllib3_response(module: Any, streams: _Streams) -> None:
    response_type = module.HTTPResponse
    read = response_type.read

    def see_read(frame: Any, value: Any) -> None:
        response = frame.f_locals["self"]
        stream = streams.find(response)
        if stream is None or is_within(frame, read):
            return
        stream.add(value)
        amount = frame.f_locals.get("amt")
        if amount is None or (not value and amount != 0) or _is_drained(response):
            streams.end(stream, whole=True)

    def see_chunk(frame: Any, value: Any) -> None:
        stream = streams.find(frame.f_locals["self"])
        if stream is not None and value is END:
            streams.end(stream, whole=True)
        elif stream is not None:
            stream.add(value)

    note_return(read, see_read)
    if hasattr(response_type, "read1"):
        note_return(response_type.read1, see_read)
    note_yield(response_type.read_chunked, see_chunk)


def _is_drained(response: Any) -> bool:
    """Tell whether nothing is left to come, nor to be unpacked."""
    is_closed = getattr(response._fp, "isclosed", bool)()  # noqa: SLF001
    has_tail = getattr(response._decoder, "has_unconsumed_tail", False)  # noqa: SLF001
    return bool(is_closed and not has_tail and not len(getattr(response, "_decoded_buffer", b"")))


def _on_httpx(module: Any, streams: _Streams) -> None:
    def see(frame: Any, response: Any) -> None:
        request = frame.f_locals["request"]
        status = response.status_code
        stream = streams.begin(response, "httpx", str(request.url), request.method, status)
        if stream is not None and hasattr(response, "_content"):
            stream.add(response._content)  # noqa: SLF001
            streams.end(stream, whole=True)

    for client in (module.Client, module.AsyncClient):
        method = client._send_single_request  # noqa: SLF001 - of each redirection, too
        streams.put_on(method, see, "what httpx fetches")


def _on_httpx_response(module: Any, streams: _Streams) -> None:
    kind = module.Response
    decoded = [kind.iter_bytes, kind.aiter_bytes]
    raw = [kind.iter_raw, kind.aiter_raw]

    def see_chunk(frame: Any, value: Any) -> None:
        stream = streams.find(frame.f_locals["self"])
        if stream is None or is_within(frame, *decoded):
            return
        if value is END:
            streams.end(stream, whole=True)
        else:
            stream.add(value)

    def see_close(frame: Any, _: Any) -> None:
        stream = streams.find(frame.f_locals["self"])
        if stream is not None and not is_within(frame, *raw):  # they close before the last is out
            streams.end(stream, whole=False)

    for method in [*decoded, *raw]:
        note_yield(method, see_chunk)
    note_begin(kind.close, see_close)
    note_begin(kind.aclose, see_close)


def _on_aiohttp(module: Any, streams: _Streams) -> None:
    def see_open(frame: Any, response: Any) -> None:
        history = response.history
        url = str(history[0].url if history else response.url)
        by = _library(frame, "fsspec", "aiohttp")
        status = response.status
        body = response.content
        if type(body).__name__ == "EmptyStreamReader":  # all responses share it
            body = response
        stream = streams.begin(body, by, url, response.method, status)
        if stream is None:
            return
        stream.fields["etag"] = mask_text(response.headers.get("ETag") or "")
        if body is response:
            streams.end(stream, whole=True)

    def see_close(frame: Any, _: Any) -> None:
        body = frame.f_locals["self"].content
        stream = streams.find(body)
        if stream is not None:
            streams.end(stream, whole=body.at_eof())

    method = module.ClientSession._request  # noqa: SLF001 - what all verbs call
    streams.put_on(method, see_open, "what aiohttp fetches")
    note_begin(module.ClientResponse.close, see_close)
    note_begin(module.ClientResponse.release, see_close)


def _on_aiohttp_stream(module: Any, streams: _Streams) -> None:
    kind = module.StreamReader

    def see_chunk(frame: Any, value: Any) -> None:
        stream = streams.find(frame.f_locals["self"])
        if stream is not None:
            stream.add(value)

    def see_read(frame: Any, value: Any) -> None:
        reader = frame.f_locals["self"]
        stream = streams.find(reader)
        data = value[0] if isinstance(value, tuple) else value
        if stream is not None and (not data or reader.at_eof()):
            streams.end(stream, whole=reader.at_eof())

    note_return(kind._read_nowait_chunk, see_chunk)  # noqa: SLF001 - all that is read goes here
    for name in ("read", "readany", "readchunk", "readuntil", "readexactly"):
        note_return(getattr(kind, name), see_read)


def _library(frame: Any, name: str, otherwise: str) -> str:
    """Name the library that asks: one that stands upon the other, if it is on the stack."""
    while frame is not None:
        if top_level(frame) == name:
            return name
        frame = frame.f_back
    return otherwise
