"""What never goes into a snapshot: what tools leave behind, and what must stay secret."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Final

__all__ = ["DEFAULT_PATTERNS", "ENVIRONMENT_MARKS", "escape_pattern", "is_credential"]

# In the language of .gitignore. Each is made again by its tool; none is anybody's work.
DEFAULT_PATTERNS: Final = (
    "*.py[co]",
    ".DS_Store",
    ".anew/",
    ".cache/",
    ".coverage",
    ".eggs/",
    ".hypothesis/",
    ".ipynb_checkpoints/",
    ".mypy_cache/",
    ".nox/",
    ".pixi/",
    ".pytest_cache/",
    ".pytype/",
    ".ruff_cache/",
    ".snakemake/",
    ".tox/",
    ".venv/",
    "Thumbs.db",
    "__pycache__/",
    "__pypackages__/",
    "dask-scratch-space/",
    "node_modules/",
)

# A folder that holds one of these is an environment: it is rebuilt from names and versions.
ENVIRONMENT_MARKS: Final = frozenset({"pyvenv.cfg", "conda-meta"})

_CREDENTIALS: Final = (
    "*.jks",
    "*.kdbx",
    "*.keystore",
    "*.p12",
    "*.pem",
    "*.pfx",
    "*.ppk",
    ".dockercfg",
    ".env",
    ".env.*",
    ".envrc",
    ".git-credentials",
    ".htpasswd",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".vault_pass*",
    "_netrc",
    "client_secret*.json",
    "credentials",
    "credentials.json",
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
_CREDENTIAL: Final = re.compile("|".join(map(translate, _CREDENTIALS)))
_CREDENTIAL_FOLDERS: Final = frozenset({".aws", ".azure", ".gnupg", ".kube", ".ssh"})

# Templates with the names of the settings and none of their values.
_TEMPLATES: Final = (".env.example", ".env.sample", ".env.template", ".env.dist")


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
    return bool(_CREDENTIAL.fullmatch(name))


def escape_pattern(path: str) -> str:
    r"""Write a path as a pattern of .gitignore that matches this path alone.

    Parameters
    ----------
    path
        Path relative to the work tree, with slashes.

    Returns
    -------
    str
        The pattern.

    Examples
    --------
    >>> escape_pattern("my [old] store/")
    '/my\\ \\[old]\\ store/'
    """
    return "/" + re.sub(r"([\\*?\[# !])", r"\\\1", path)
