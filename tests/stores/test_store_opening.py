"""Which store is opened."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import anew
from anew.errors import UsageError
from anew.stores import open_store

pytestmark = pytest.mark.usefixtures("project")


def test_the_store_of_a_project_is_in_its_folder(project):
    assert open_store().folder == project / ".anew"


def test_a_store_is_opened_where_the_project_begins(project, monkeypatch):
    (project / "data" / "raw").mkdir(parents=True)
    monkeypatch.chdir(project / "data" / "raw")
    assert open_store().folder == project / ".anew"


def test_opening_makes_nothing(project):
    assert open_store().trials() == []
    assert os.listdir(project) == ["anew.toml"]  # noqa: PTH208 - the names alone


@pytest.mark.parametrize("kind", [str, Path])
def test_a_store_is_opened_by_its_folder(project, kind):
    assert open_store(kind("kept")).folder == project / "kept"


def test_a_store_is_opened_relative_to_a_given_root(tmp_path):
    assert open_store(".anew", root=tmp_path).folder == tmp_path / ".anew"


def test_a_variable_tells_which_store(tmp_path, monkeypatch):
    monkeypatch.setenv("ANEW_STORE", str(tmp_path / "elsewhere"))
    assert open_store().folder == tmp_path / "elsewhere"


def test_one_folder_is_one_store_in_a_process(project):
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: open_store(), range(50)))
    assert len(set(map(id, opened))) == 1
    assert open_store(project / "data" / ".." / ".anew") is opened[0]


def test_a_link_to_a_store_is_that_store(project, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(project / ".anew")
    assert open_store(link) is open_store(str(link)) is open_store()


def test_a_store_of_a_kind_that_is_not_there_is_told():
    with pytest.raises(UsageError, match="no store for 'redis://localhost'") as caught:
        open_store("redis://localhost")
    assert caught.value.hint == "give a folder, as in store='.anew'"


def test_it_is_opened_by_its_public_name(project):
    assert anew.open_store is open_store
