"""How paths are shown; the rules for credentials are tested where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from anew.provenance.masking import hide_home, show_path


def test_a_path_in_the_project_is_relative(tmp_path: Path) -> None:
    assert show_path(tmp_path / "a" / "b.py", tmp_path) == "a/b.py"
    assert show_path(tmp_path, tmp_path) == "."


def test_a_path_in_a_project_behind_a_link_is_relative(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert show_path(tmp_path / "real" / "a.py", tmp_path / "link") == "a.py"


def test_a_path_at_home_does_not_name_its_owner(tmp_path: Path, home: Path) -> None:
    assert show_path(home / "bin" / "python", tmp_path) == "~/bin/python"


def test_another_path_is_absolute(tmp_path: Path) -> None:
    assert show_path("/usr/bin/python", tmp_path) == "/usr/bin/python"


def test_a_user_without_a_home_has_absolute_paths(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> Path:
        message = "no home"
        raise RuntimeError(message)

    monkeypatch.setattr(Path, "home", nobody)
    assert show_path(home / "a", tmp_path) == str(home / "a")


def test_the_root_folder_is_nobodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/")
    assert show_path("/usr/bin/python", tmp_path) == "/usr/bin/python"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{home}", "~"),
        ("in {home}.", "in ~."),
        ("a:{home}:{home}/b", "a:~:~/b"),
        ("--out={home}/x", "--out=~/x"),
        ("-I{home}/x", "-I~/x"),
        ("cc -I{home}/x", "cc -I~/x"),
        ("file://{home}/x", "file://~/x"),
        ("{home}.bak/x", "{home}.bak/x"),
        ("{home}-2/x", "{home}-2/x"),
        ("data{home}/x", "data{home}/x"),
        ("/a-b{home}/x", "/a-b{home}/x"),
    ],
)
def test_the_home_folder_is_not_told_wherever_a_text_names_it(home, text, shown):
    assert hide_home(text.format(home=home)) == shown.format(home=home)


def test_a_home_folder_is_not_told_by_the_name_that_a_link_leads_to(home, tmp_path, monkeypatch):
    (tmp_path / "me").symlink_to(home)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert hide_home(f"{home}/x {tmp_path}/me/x") == "~/x ~/x"
