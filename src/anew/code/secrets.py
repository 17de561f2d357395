"""Which files hold a credential, by their name or by what is in them: none of them is ever kept."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Final

from anew.tracker.masking import MASK, TOKENS, is_secret_name, mask_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_secret", "is_credential", "is_source", "mask_content"]

_CREDENTIALS: Final = (
    "*.jks",
    "*.kdbx",
    "*.key",
    "*.keystore",
    "*.ovpn",
    "*.p12",
    "*.pem",
    "*.pfx",
    "*.ppk",
    "*_credentials.json",
    ".boto",
    ".cdsapirc",
    ".databrickscfg",
    ".dockercfg",
    ".ecmwfapirc",
    ".env",
    ".env.*",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".s3cfg",
    ".vault_pass*",
    "_netrc",
    "client_secret*.json",
    "credentials",
    "credentials*.json",
    "credentials*.toml",
    "credentials*.y*ml",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_rsa",
    "kaggle.json",
    "secrets.json",
    "secrets.toml",
    "secrets.y*ml",
    "service[-_]account*.json",
)
# One expression, because every file of every project is held against it.
_CREDENTIAL: Final = "|".join(map(translate, _CREDENTIALS))
_CREDENTIAL_FOLDERS: Final = frozenset({".aws", ".azure", ".gnupg", ".kube", ".ssh"})

# Templates with the names of the settings and none of their values.
_TEMPLATES: Final = (".env.example", ".env.sample", ".env.template", ".env.dist")

# Code and prose: a snapshot without them is of no use, so they stay, and what is in them is said.
_SOURCES: Final = frozenset(
    {
        "c",
        "cc",
        "cpp",
        "css",
        "cu",
        "cxx",
        "f",
        "f90",
        "go",
        "h",
        "hpp",
        "html",
        "ipynb",
        "java",
        "jl",
        "js",
        "jsx",
        "lua",
        "m",
        "md",
        "nim",
        "pl",
        "py",
        "pyi",
        "pyx",
        "qmd",
        "r",
        "rmd",
        "rs",
        "rst",
        "scala",
        "sh",
        "smk",
        "sql",
        "stan",
        "tex",
        "ts",
        "tsx",
    }
)
_SETTINGS: Final = frozenset(
    {
        "cfg",
        "cnf",
        "conf",
        "config",
        "env",
        "ini",
        "json",
        "json5",
        "jsonc",
        "properties",
        "tf",
        "tfvars",
        "toml",
        "yaml",
        "yml",
    }
)
_TOO_LARGE: Final = 1 << 20
"""Bytes; a file above it is data."""

_PRIVATE_KEY: Final = r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----"
_LOGIN: Final = r"://[^/\s:@\"'<>{}$]*:(?P<secret>[^/\s@\"'<>{}$*]+)@"

_PLACEHOLDER: Final = (
    r"""(?i)(|~|null|none|nil|true|false|yes|no|on|off|read|write|required|optional|str|string"""
    r"""|\*+|x{3,}|\.{3}|<.*|\$.*|%\(.*|\{\{.*|!\w+.*|env[:.].*|your[-_ ].*|os\.environ.*)"""
)
_SHAPED: Final = "|".join(shape for _, shape in TOKENS)
_SIGNS: Final = (b"PRIVATE KEY", *(sign.encode() for signs, _ in TOKENS for sign in signs))
_NUMBER: Final = r"[+-]?\d+(\.\d+)?"


def is_credential(path: str) -> bool:
    """Tell whether a file is, by its name, a key, a password or a token.

    Parameters
    ----------
    path
        Path relative to the project, with slashes.

    Returns
    -------
    bool
        True for names under which credentials are usually kept, in any case of letters.
    """
    *folders, name = path.lower().split("/")
    if not _CREDENTIAL_FOLDERS.isdisjoint(folders):
        return True
    if name in _TEMPLATES:
        return False
    return bool(re.fullmatch(_CREDENTIAL, name))


def is_source(path: str) -> bool:
    """Tell whether a file is code or prose by its name."""
    return _suffix(path) in _SOURCES


def find_secret(path: str, content: bytes) -> str | None:
    r"""Look for a credential in a file.

    Parameters
    ----------
    path
        The file's path, which tells whether it holds settings.
    content
        What is in it.

    Returns
    -------
    str or None
        What was found, as ``"line 3: password"``, never its value; None for what holds none, and
        for data: larger than 1 MiB or not text.

    Examples
    --------
    >>> find_secret("db.yaml", b"host: here\npassword: hunter2\n")
    'line 2: password'
    """
    if len(content) > _TOO_LARGE:
        return None
    if b"\0" in content[:8000]:
        return None
    has_signs = _has_signs(content)
    is_settings = _holds_settings(path)
    if not has_signs and not is_settings:
        return None
    text = content.decode("utf-8", "surrogateescape")
    found = _find_shape(text) if has_signs else None
    if found is None and is_settings:
        found = _find_login(text) or _find_leaf(path, text)
    return found and f"line {text.count(chr(10), 0, found[0]) + 1}: {found[1]}"


def mask_content(path: str, content: bytes) -> bytes:
    """Give a file of settings without the values of its credentials, so that it can be digested."""
    text = content.decode("utf-8", "surrogateescape")
    for _, value in _find_leaves(path, text):
        text = text.replace(value, MASK)
    return mask_text(text).encode("utf-8", "surrogateescape")


def _has_signs(content: bytes) -> bool:
    """Look for what every secret by its shape begins with or holds: that costs little."""
    return any(map(content.__contains__, _SIGNS))


def _suffix(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def _holds_settings(path: str) -> bool:
    """Tell a file of settings by its name, as ``.condarc`` and ``requirements.txt`` are, too."""
    name = path.rpartition("/")[2].lower()
    is_dotted = name.startswith(".") and "." not in name[1:]
    is_named = name.startswith("requirements") or name.endswith("rc") or name == "config"
    return is_dotted or is_named or _suffix(path) in _SETTINGS


def _find_shape(text: str) -> tuple[int, str] | None:
    """Find a private key, or a token of a well-known service."""
    key = re.search(_PRIVATE_KEY, text)
    if key:
        return key.start(), "a private key"
    token = re.search(_SHAPED, text)
    return (token.start(), "a token") if token else None


def _find_login(text: str) -> tuple[int, str] | None:
    """Find a URL with a password."""
    found = re.search(_LOGIN, text)
    return (found.start(), "a URL with a password") if found else None


def _find_leaf(path: str, text: str) -> tuple[int, str] | None:
    """Find a setting that is a secret by its name."""
    for name, value in _find_leaves(path, text):
        return max(text.find(value), 0), name
    return None


def _find_leaves(path: str, text: str) -> Iterator[tuple[str, str]]:
    """Give the settings that hold a secret, rather than saying where to find one."""
    from anew.code.leaves import list_leaves

    for name, value in list_leaves(path, text):
        is_count = bool(re.fullmatch(_NUMBER, value)) and name.lower().endswith(("token", "key"))
        if is_secret_name(name) and not is_count and not re.fullmatch(_PLACEHOLDER, value):
            yield name, value
