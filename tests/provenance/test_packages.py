"""Installed distributions as a facet."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from anew.provenance.packages import PackagesCollector

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder, the only one that is searched for distributions."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder)])
    return folder


def install(site: Path, name: str, version: str, origin: dict[str, object] | None = None) -> Path:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir()
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: of the text\n"
    (folder / "METADATA").write_text(text)
    if origin:
        (folder / "direct_url.json").write_text(json.dumps(origin))
    return folder


def test_names_are_normalised_and_sorted(site: Path, root: Path) -> None:
    install(site, "Zope.Interface", "7.1")
    install(site, "my_package", "1.0+local")
    assert PackagesCollector().collect(root) == {
        "versions": {"my-package": "1.0+local", "zope-interface": "7.1"},
        "origins": {},
    }
    assert list(PackagesCollector().collect(root)["versions"]) == ["my-package", "zope-interface"]


def test_every_distribution_of_this_environment_is_there(root: Path) -> None:
    found = PackagesCollector().collect(root)["versions"]
    for name in ("numpy", "pytest", "blake3"):
        assert found[name] == importlib.metadata.version(name)


def test_the_first_on_the_path_counts(site: Path, root: Path, tmp_path: Path) -> None:
    (tmp_path / "later").mkdir()
    sys.path.append(str(tmp_path / "later"))
    install(site, "twice", "1")
    install(tmp_path / "later", "twice", "2")
    assert PackagesCollector().collect(root)["versions"] == {"twice": "1"}


def test_an_old_egg_counts(site: Path, root: Path) -> None:
    (site / "old.egg-info").mkdir()
    (site / "old.egg-info" / "PKG-INFO").write_text("Name: old\nVersion: 3\n")
    assert PackagesCollector().collect(root)["versions"] == {"old": "3"}


def test_what_a_failed_install_left_is_passed_over(site: Path, root: Path) -> None:
    (site / "~umpy-1.dist-info").mkdir()
    assert PackagesCollector().collect(root)["versions"] == {}


ORIGINS = {
    "git": (
        {
            "url": "https://ada:secret@example.org/a.git",
            "vcs_info": {"vcs": "git", "commit_id": "abc123"},
        },
        "git+https://***@example.org/a.git@abc123",
    ),
    "archive": (
        {"url": "https://example.org/a.whl", "archive_info": {"hash": "sha256=00ff"}},
        "https://example.org/a.whl#sha256=00ff",
    ),
    "archive without hash": (
        {"url": "https://example.org/a.whl", "archive_info": {}},
        "https://example.org/a.whl",
    ),
    "folder": ({"url": "file:///srv/a%20b", "dir_info": {}}, "/srv/a b"),
    "editable": ({"url": "file://HOME/a", "dir_info": {"editable": True}}, "editable ~/a"),
    "itself": ({"url": "file://ROOT", "dir_info": {"editable": True}}, "editable ."),
    "part": (
        {
            "url": "https://example.org/a.git",
            "vcs_info": {"vcs": "git", "commit_id": "abc"},
            "subdirectory": "python",
        },
        "git+https://example.org/a.git@abc in python",
    ),
    "unreadable": ({"no": "url"}, "unreadable direct_url.json"),
}


@pytest.mark.parametrize(("origin", "shown"), ORIGINS.values(), ids=ORIGINS)
def test_the_origin_is_said_when_it_is_no_index(
    site: Path, root: Path, home: Path, origin: dict[str, object], shown: str
) -> None:
    text = json.dumps(origin).replace("HOME", str(home)).replace("ROOT", str(root))
    install(site, "here", "1", json.loads(text))
    assert PackagesCollector().collect(root)["origins"] == {"here": shown}


def test_the_folder_in_which_conda_built_a_package_is_no_origin(site: Path, root: Path) -> None:
    direct = {"url": "file:///home/conda/feedstock_root/here/work", "dir_info": {}}
    (install(site, "here", "1", direct) / "INSTALLER").write_text("conda\n")
    found = PackagesCollector().collect(root)
    assert (found["versions"], found["origins"]) == ({"here": "1"}, {})


def test_a_path_without_changes_is_fresh(site: Path, root: Path) -> None:
    install(site, "one", "1")
    collector = PackagesCollector()
    assert collector.freshness(root) == collector.freshness(root)


def test_an_install_is_seen(site: Path, root: Path, settle: Callable[[], None]) -> None:
    collector = PackagesCollector()
    before = collector.freshness(root)
    settle()
    install(site, "one", "1")
    assert collector.freshness(root) != before


def test_the_same_version_installed_again_is_seen(
    site: Path, root: Path, settle: Callable[[], None]
) -> None:
    folder = install(site, "one", "1")
    collector = PackagesCollector()
    before = collector.freshness(root)
    settle()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    install(site, "one", "1", {"url": "file:///srv/one", "dir_info": {}})
    assert collector.freshness(root) != before


def test_an_output_beside_the_packages_changes_nothing(
    site: Path, root: Path, settle: Callable[[], None]
) -> None:
    collector = PackagesCollector()
    before = collector.freshness(root)
    settle()
    (site / "figure.png").touch()
    assert collector.freshness(root) == before


def test_absent_folders_archives_and_the_current_folder_may_be_on_the_path(
    site: Path, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("in_zip-4.dist-info/METADATA", "Name: in-zip\nVersion: 4\n")
    sys.path += ["/nowhere/at/all", str(tmp_path / "a.zip"), ""]
    monkeypatch.chdir(root)
    install(root, "local", "5")
    collector = PackagesCollector()
    assert collector.freshness(root) == collector.freshness(root)
    assert collector.collect(root)["versions"] == {"in-zip": "4", "local": "5"}
