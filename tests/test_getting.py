"""What a trial kept is given out as a file, with its stamp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import anew
from anew.cli.verbs import main
from anew.errors import StoreError, UnknownNameError, UsageError
from anew.getting import get_file
from anew.stamps import bare_digest, read_stamp


@pytest.fixture
def trial(tmp_path, monkeypatch):
    """Give a trial that kept a figure, an array, a result and an output."""
    from matplotlib.figure import Figure

    (tmp_path / "anew.toml").touch()
    monkeypatch.chdir(tmp_path)
    figure = Figure()
    figure.add_subplot().plot([1, 3, 2])
    with anew.trial("bikes", alpha=0.3) as running:
        running.save("plots/fit.png", figure)
        running.save("errors", np.arange(3.0))
        Path("out.csv").write_text("a\n1\n")
        anew.output("out.csv")
    return anew.open_store().trial(1)


def get(trial, *arguments, **options):
    return get_file(trial.source, trial, *arguments, **options)


def test_an_artifact_comes_out_stamped(trial):
    place = get(trial, "plots/fit.png")
    assert place == Path("fit.png")
    assert read_stamp(place).trial == trial.uuid
    kept = trial.source.artifacts(trial.uuid)
    assert (place.name, bare_digest(place)) in {(Path(a.name).name, a.digest) for a in kept}
    assert anew.whence(place).number == 1


def test_a_name_without_a_suffix_gets_that_of_its_format(trial, tmp_path):
    place = get(trial, "errors", tmp_path)
    assert place == tmp_path / "errors.npy"
    assert np.load(place).tolist() == [0.0, 1.0, 2.0]


def test_an_output_comes_out_as_it_was(trial):
    Path("out.csv").write_text("changed")
    assert get(trial, "out.csv", "old.csv").read_text() == "a\n1\n"


def test_a_file_with_another_content_is_left_alone_unless_forced(trial):
    Path("out.csv").write_text("mine")
    with pytest.raises(UsageError, match="is there already") as caught:
        get(trial, "out.csv")
    assert "--force" in caught.value.hint
    assert Path("out.csv").read_text() == "mine"
    assert get(trial, "out.csv", force=True).read_text() == "a\n1\n"
    get(trial, "out.csv")  # what is there is it


def test_what_was_not_kept_is_an_error_with_near_misses(trial):
    with pytest.raises(UnknownNameError) as caught:
        get(trial, "plots/fit.pgn")
    assert "plots/fit.png" in caught.value.hint


def test_settings_may_be_against_the_stamp(trial):
    Path("anew.toml").write_text("stamp = false\n")
    assert read_stamp(get(trial, "plots/fit.png")) is None


def test_the_command_says_where_the_file_is(trial, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["get", "1", "plots/fit.png", "-o", "figure3.png"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == "figure3.png\n"
    assert read_stamp("figure3.png").number == 1


def test_content_that_is_missing_or_cannot_be_written_is_told_as_that(trial, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"):
        get(trial, "out.csv", tmp_path / "file" / "out.csv")
    for path in (tmp_path / ".anew" / "objects").rglob("*"):
        if path.is_file():
            path.unlink()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(StoreError):
        get(trial, "plots/fit.png", "figure.png")
    assert sorted(tmp_path.iterdir()) == before
