"""A channel of conda in a folder, with packages of a few bytes."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
_LEFT_OUT = frozenset({"site-packages", "__pycache__", "test", "idlelib", "ensurepip", "tkinter"})
SITE = f"lib/python{VERSION}/site-packages"


def add_package(channel: Path, name: str, version: str, files: dict[str, bytes | Path]) -> str:
    """Write a package; give its URL. A file that is given by its path is linked to."""
    index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": []}
    index |= {"subdir": "noarch", "noarch": "generic"}
    kinds = {
        path: "hardlink" if isinstance(what, bytes) else "softlink" for path, what in files.items()
    }
    listed = [{"_path": path, "path_type": kind} for path, kind in kinds.items()]
    told = {
        "info/index.json": json.dumps(index).encode(),
        "info/files": "".join(f"{path}\n" for path in files).encode(),
        "info/paths.json": json.dumps({"paths": listed, "paths_version": 1}).encode(),
    }
    archive = channel / "noarch" / f"{name}-{version}-0.tar.bz2"
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:bz2") as tar:
        for path, what in {**told, **files}.items():
            entry = tarfile.TarInfo(path)
            entry.mode = 0o755
            if isinstance(what, Path):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(what)
                tar.addfile(entry)
            else:
                entry.size = len(what)
                tar.addfile(entry, io.BytesIO(what))
    return f"{archive.as_uri()}#{hashlib.md5(archive.read_bytes()).hexdigest()}"  # noqa: S324


def add_python(channel: Path) -> str:
    """Write a package of this interpreter, whose library is linked to where it is."""
    base = Path(sys.base_prefix)
    library = base / f"lib/python{VERSION}"
    files: dict[str, bytes | Path] = {
        f"lib/python{VERSION}/{path.relative_to(library)}": path
        for path in library.rglob("*")
        if path.is_file() and _LEFT_OUT.isdisjoint(path.relative_to(library).parts)
    }
    files[f"{SITE}/README.txt"] = b""
    files[f"bin/python{VERSION}"] = Path(sys.executable).resolve().read_bytes()
    files["bin/python"] = Path(f"python{VERSION}")
    return add_package(channel, "python", ".".join(map(str, sys.version_info[:3])), files)


def add_module(channel: Path, name: str, version: str) -> str:
    """Write a package of one module, as conda's own builders do."""
    info = f"{SITE}/{name}-{version}.dist-info"
    direct = {"dir_info": {}, "url": f"file:///home/conda/feedstock_root/{name}/work"}
    lines = [
        f"{name}.py,,",
        *(f"{name}-{version}.dist-info/{file},," for file in ("METADATA", "RECORD")),
    ]
    return add_package(
        channel,
        name,
        version,
        {
            f"{SITE}/{name}.py": f"version = {version!r}\n".encode(),
            f"{info}/METADATA": f"Name: {name}\nVersion: {version}\n".encode(),
            f"{info}/INSTALLER": b"conda",
            f"{info}/RECORD": "\n".join([*lines, ""]).encode(),
            f"{info}/direct_url.json": json.dumps(direct).encode(),
        },
    )
