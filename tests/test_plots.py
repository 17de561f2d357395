"""The data behind a plot: what a figure shows is kept with the trial that saved it."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

import anew
from anew.errors import UnknownNameError
from anew.origins import data_behind
from anew.plots import ROLE, to_csv, to_table
from anew.sharing import bundle, unbundle
from anew.tracker.plotted import pack, read_figure

mpl.use("agg")


def series_of(figure):
    """Read a figure, pack it, and give its series as they come out as CSV."""
    rows = list(csv.DictReader(to_csv(to_table(pack(read_figure(figure)))).splitlines()))
    found = {}
    for row in rows:
        found.setdefault((row["axes"], row["series"]), []).append(row)
    return list(found.values())


def column(series, name):
    return [row[name] for row in series]


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_lines_are_kept_with_labels_and_axes(axes):
    axes.set(xlabel="t [s]", ylabel="x, y")
    axes.plot([0, 1, 2], [0.1, np.nan, -1e-9], label="one")
    axes.plot([5, 6], label="_two")
    first, second = series_of(axes.figure)
    assert column(first, "x") == ["0", "1", "2"]
    assert column(first, "y") == ["0.1", "", "-1e-09"]
    assert first[0]["label"] == "one"
    assert (first[0]["kind"], first[0]["xlabel"], first[0]["ylabel"]) == ("line", "t [s]", "x, y")
    assert column(second, "y") == ["5", "6"]
    assert second[0]["label"] == ""


def test_scattered_points_are_kept_with_colours_and_sizes(axes):
    axes.scatter([1, 2], [3, 4], c=[0.5, 0.6], s=[7, 8])
    (series,) = series_of(axes.figure)
    assert series[0]["kind"] == "scatter"
    assert [column(series, name) for name in ("x", "y", "colour", "size")] == [
        ["1", "2"],
        ["3", "4"],
        ["0.5", "0.6"],
        ["7", "8"],
    ]


def test_bars_are_kept_by_their_categories(axes):
    axes.bar(["a", "b"], [1, 2.5], bottom=[0, 1], label="bars")
    (series,) = series_of(axes.figure)
    assert (series[0]["kind"], series[0]["label"]) == ("bar", "bars")
    assert [column(series, name) for name in ("x", "from", "to")] == [
        ["a", "b"],
        ["0", "1"],
        ["1", "3.5"],
    ]


def test_lying_bars_and_histograms_are_kept(axes):
    axes.barh([1, 2], [3, 4])
    axes.hist([1, 1, 2], bins=2)
    lying, counts = series_of(axes.figure)
    assert (column(lying, "y"), column(lying, "to")) == (["1", "2"], ["3", "4"])
    assert column(counts, "to") == ["2", "1"]


def test_error_bars_are_kept_once_with_how_far_they_reach(axes):
    axes.errorbar([1, 2], [3, 4], xerr=0.5, yerr=[[1, 1], [0.5, 2]], label="measured")
    (series,) = series_of(axes.figure)
    assert (series[0]["kind"], series[0]["label"]) == ("errorbar", "measured")
    assert [column(series, n) for n in ("x", "y", "x_low", "x_high", "y_low", "y_high")] == [
        ["1", "2"],
        ["3", "4"],
        ["0.5", "1.5"],
        ["1.5", "2.5"],
        ["2", "3"],
        ["3.5", "6"],
    ]


def test_images_are_kept_value_by_value(axes):
    axes.imshow([[1, 2], [3, 4.5]])
    (series,) = series_of(axes.figure)
    assert [column(series, name) for name in ("row", "column", "value")] == [
        ["0", "0", "1", "1"],
        ["0", "1", "0", "1"],
        ["1", "2", "3", "4.5"],
    ]


def test_colours_of_images_are_kept(axes):
    axes.imshow(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    (series,) = series_of(axes.figure)
    assert (column(series, "red"), column(series, "blue")) == (
        ["0", "3", "6", "9"],
        ["2", "5", "8", "11"],
    )


def test_dates_are_kept_as_such(axes):
    axes.plot([dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2, 12)], [1, 2])  # noqa: DTZ001
    (series,) = series_of(axes.figure)
    assert column(series, "x") == ["2026-01-01T00:00:00", "2026-01-02T12:00:00"]


def test_areas_meshes_and_segments_are_kept(axes):
    axes.fill_between([1, 2], [0, 0], [3, 4])
    axes.pcolormesh([[1, 2], [3, 4]])
    axes.vlines([1, 2], 0, 5)
    axes.axhline(0.5)
    axes.contour([[1, 2], [3, 4]])
    kinds = [series[0]["kind"] for series in series_of(axes.figure)]
    assert sorted(kinds)[:3] == ["area", "area", "line"]
    assert {"mesh", "segments"} <= {*kinds}


def test_a_line_across_the_axes_has_no_other_place(axes):
    axes.axhline(0.5)
    (series,) = series_of(axes.figure)
    assert column(series, "y") == ["0.5", "0.5"]
    assert "x" not in series[0]


def test_all_axes_are_kept_with_their_numbers():
    figure = Figure()
    for each in figure.subplots(2, 2).ravel():
        each.plot([1], [2])
    assert [series[0]["axes"] for series in series_of(figure)] == ["1", "2", "3", "4"]


def test_stems_and_points_in_space_are_kept(axes):
    axes.stem([1, 2], [3, 4])
    (stems,) = series_of(axes.figure)
    assert (stems[0]["kind"], column(stems, "y")) == ("stem", ["3", "4"])
    space = Figure().add_subplot(projection="3d")
    space.plot([1, 2], [3, 4], [5, 6])
    space.scatter([1, 2], [3, 4], [5, 7])
    line, points = series_of(space.figure)
    assert (column(line, "z"), column(points, "z")) == (["5", "6"], ["5", "7"])


def test_what_cannot_be_read_hides_nothing_else(axes, monkeypatch):
    (line,) = axes.plot([1, 2])
    axes.plot([3, 4], label="seen")
    monkeypatch.setattr(line, "get_xdata", lambda orig: 1 / 0)
    found = read_figure(axes.figure)[0]["series"]
    assert [each["kind"] for each in found] == ["other", "line"]


def test_masked_and_huge_data_are_left_out(axes, monkeypatch):
    monkeypatch.setattr("anew.tracker.plotted._MOST", 10)
    axes.plot(np.ma.masked_array([1.0, 2.0], mask=[False, True]), [3, 4])
    axes.plot(np.arange(100))
    first, *rest = series_of(axes.figure)
    assert column(first, "x") == ["1", ""]
    assert rest == []
    assert read_figure(axes.figure)[0]["series"][1]["left_out"] == 200


def test_what_is_saved_by_name_keeps_its_data(project, axes):
    axes.plot([1, 2], [3, 4], label="x")
    with anew.trial("bikes") as trial:
        trial.save("plot.png", axes.figure)
        anew.save("plot.svg", axes.figure)
        trial.save("empty.png", Figure())
        trial.save("number", 1)
    record = trial.record
    found = [each for each in record.source.artifacts(record.uuid) if each.role == ROLE]
    assert [(each.name, each.format, each.summary) for each in found] == [
        ("plot.png", "arrow", "data of 1 series"),
        ("plot.svg", "arrow", "data of 1 series"),
    ]
    assert found[0].digest == found[1].digest
    assert set(record.artifacts) == {"plot.png", "plot.svg", "empty.png", "number"}
    assert record.source.load(found[0]).num_rows == 2


def test_a_figure_that_is_saved_as_a_file_keeps_what_it_showed_last(project, axes):
    with anew.trial("bikes"):
        for value in (1, 2, 3):
            axes.plot([value], [value])
            axes.figure.savefig("plot")
        axes.figure.savefig("plot.svg")
    assert data_behind("plot.png").count("line") == 3
    (project / "renamed.svg").write_bytes((project / "plot.svg").read_bytes())
    assert data_behind("renamed.svg").count("line") == 3


def test_a_series_that_was_left_out_is_said(project, axes, monkeypatch, caplog):
    monkeypatch.setattr("anew.tracker.plotted._MOST", 10)
    axes.plot([1, 2])
    axes.plot(range(100))
    with anew.trial("bikes"):
        axes.figure.savefig("plot.png")
    assert data_behind("plot.png").count("line") == 2
    assert "no data of series 2 of axes 1: it has too many numbers" in caplog.text


def test_data_behind_a_figure_go_with_a_bundle(project, axes, tmp_path, monkeypatch):
    axes.plot([1, 2], [3, 4])
    with anew.trial("bikes") as trial:
        axes.figure.savefig("plot.png")
    bundle([trial.record], tmp_path / "a.zip")
    unbundle(tmp_path / "a.zip", tmp_path / "new")
    (project / "plot.png").rename(tmp_path / "new" / "renamed.png")
    monkeypatch.chdir(tmp_path / "new")
    assert data_behind("renamed.png").count("line") == 2


def test_a_figure_of_a_step_keeps_its_data_when_the_step_is_spared(project, write):
    write(
        "study.py",
        """
        import anew
        from matplotlib.figure import Figure

        ex = anew.Experiment("study")

        @ex.result
        def draw():
            axes = Figure().add_subplot()
            axes.plot([1, 2])
            ex.save("plot.png", axes.figure)
            return 1

        draw.node()
        """,
    )
    for _ in range(2):
        command = [sys.executable, "-m", "anew", "run", "study.py"]
        subprocess.run(command, check=True, capture_output=True)
    for number in (1, 2):
        trial = anew.open_store().trial(number)
        assert ROLE in {each.role for each in trial.source.artifacts(trial.uuid)}


def test_any_program_keeps_the_data_behind_its_figures(project, write):
    write(
        "draw.py",
        """
        import matplotlib
        matplotlib.use("agg")
        import matplotlib.pyplot as plt

        plt.plot([1, 2, 3], label="numbers")
        plt.savefig("figure.png")
        """,
    )
    command = [sys.executable, "-m", "anew"]
    subprocess.run([*command, "run", "draw.py"], check=True, capture_output=True)
    done = subprocess.run(
        [*command, "data", "figure.png"], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "axes,series,xlabel,ylabel,kind,label,x,y"
    assert len(done.stdout.splitlines()) == 4
    subprocess.run([*command, "data", "figure.png", "-o", "out.csv"], check=True)
    assert (project / "out.csv").read_text() == done.stdout


def test_there_are_no_data_behind_other_files(project):
    (project / "mine.png").write_bytes(b"mine")
    with pytest.raises(UnknownNameError, match=r"mine\.png.*nothing is known of it"):
        data_behind("mine.png")
