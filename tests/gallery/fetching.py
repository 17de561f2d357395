"""Take scripts out of the distributions that carry them, which are fetched once."""

from __future__ import annotations

import fnmatch
import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from filelock import FileLock

_FORMATS = "application/vnd.pypi.simple.v1+json, text/html;q=0.1"
_PATIENCE_S = 30
_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL")


def cache_folder():
    """Give the folder in which distributions stay from one test run to the next."""
    place = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(place, "anew", "gallery")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put_files(source, script, folder, cache):
    """Put a script and what it needs into a folder, as its project published them.

    The paths of a distribution stay as they are, and so do the times of its files.
    """
    patterns = (script.path, *script.files)
    if not source.sha256:
        return _copy_installed(source.name, patterns, folder)
    archive = fetch(source, cache)
    with tarfile.open(archive) as opened:
        for member in opened:
            name = member.name.partition("/")[2]
            if member.isfile() and any(fnmatch.fnmatchcase(name, each) for each in patterns):
                opened.extract(member.replace(name=name), folder, filter="data")
    return None


def _copy_installed(name, patterns, folder):
    for file in importlib.metadata.files(name) or ():
        if any(fnmatch.fnmatchcase(file.as_posix(), each) for each in patterns):
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file.locate(), target)


def fetch(source, cache):
    """Give the source distribution, fetched from the package index unless it is there."""
    archive = cache / f"{source.stem}.tar.gz"
    with FileLock(f"{archive}.lock"):
        if not archive.exists():
            try:
                content = _download(source)
            except (OSError, LookupError, ValueError) as error:
                pytest.skip(f"{archive.name} cannot be fetched: {error}")
            if hashlib.sha256(content).hexdigest() != source.sha256:
                pytest.fail(f"{archive.name} from the index is not what it was")
            part = archive.with_suffix(".part")
            part.write_bytes(content)
            part.replace(archive)
    return archive


def _download(source):
    index = find_index().rstrip("/")
    address, page = _get(f"{index}/{source.name}/")
    for name, link in _list_links(page.decode()):
        if name.lower().replace("-", "_") == f"{source.stem}.tar.gz".replace("-", "_"):
            return _get(urllib.parse.urljoin(address, link.partition("#")[0]))[1]
    message = f"{source.stem}.tar.gz is not in the index"
    raise LookupError(message)


def find_index():
    """Give the package index that uv or pip is told to use."""
    for name in _VARIABLES:
        if os.environ.get(name):
            return os.environ[name]
    words = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    return told.stdout.strip() or "https://pypi.org/simple"


def _get(address):
    """Give the address in the end, and what is there."""
    request = urllib.request.Request(address, headers={"Accept": _FORMATS})  # noqa: S310
    with urllib.request.urlopen(request, timeout=_PATIENCE_S) as answer:  # noqa: S310
        return answer.geturl(), answer.read()


def _list_links(page):
    """List name and link of each file, from both forms that an index answers in."""
    if page.lstrip().startswith("{"):
        return [(each["filename"], each["url"]) for each in json.loads(page)["files"]]
    return [(name, link) for link, name in re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', page)]
