"""The data behind plots that have gaps, dates, categories or areas, in one file or several."""

from __future__ import annotations

import csv
import datetime as dt

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

import anew
from anew.origins import data_behind
from anew.plots import to_csv, to_table
from anew.tracker.plotted import pack, read_figure

mpl.use("agg")

NAN = float("nan")
DAYS = [dt.date(2026, 1, day) for day in (1, 2, 3)]
MIDNIGHTS = ["2026-01-01T00:00:00", "2026-01-02T00:00:00", "2026-01-03T00:00:00"]


@pytest.fixture
def axes():
    return Figure().add_subplot()


def columns_of(axes):
    """Give the columns of each series that axes show, as they come out as CSV."""
    rows = list(csv.DictReader(to_csv(to_table(pack(read_figure(axes.figure)))).splitlines()))
    found = {}
    for row in rows:
        series = found.setdefault((row["axes"], row["series"]), {})
        for name, value in row.items():
            series.setdefault(name, []).append(value)
    return list(found.values())


def test_each_point_has_its_own_error_bar_where_others_are_missing(axes):
    axes.errorbar([1, 2, 3], [1, NAN, 3], yerr=[0.5, 1, 2], xerr=0.5)
    axes.errorbar([1, 2, 3, 4], [1, 2, 3, 4], yerr=1, errorevery=(1, 2))
    gap, some = columns_of(axes)
    assert (gap["y_low"], gap["y_high"]) == (["0.5", "", "1"], ["1.5", "", "5"])
    assert (gap["x_low"][0], gap["x_low"][2]) == ("0.5", "2.5")
    assert (some["y_low"], some["y_high"]) == (["", "1", "", "3"], ["", "3", "", "5"])


def test_error_bars_without_points_say_where_they_stand(axes):
    axes.errorbar(DAYS, [1, 2, 3], yerr=1, fmt="none")
    (series,) = columns_of(axes)
    assert (series["x"], series["y_low"]) == (MIDNIGHTS, ["0", "1", "2"])


def test_error_bars_along_dates_are_dates(axes):
    axes.errorbar(DAYS[1:2], [1], xerr=dt.timedelta(days=1))
    (series,) = columns_of(axes)
    assert (series["x_low"], series["x_high"]) == (MIDNIGHTS[:1], MIDNIGHTS[2:])


def test_a_date_or_category_that_is_missing_is_empty(axes):
    axes.plot(pd.to_datetime(["2026-01-01", None]), [1, 2])
    assert columns_of(axes)[0]["x"] == [MIDNIGHTS[0], ""]
    other = Figure().add_subplot()
    other.scatter(["a", "b", "c"], [1, NAN, 3])
    assert columns_of(other)[0]["x"] == ["a", "", "c"]


def test_the_periods_of_pandas_are_dates(axes):
    index = pd.date_range("2026-01-01", periods=3, freq="D")
    pd.Series([1, 2, 3], index=index).plot(ax=axes)
    assert columns_of(axes)[0]["x"] == MIDNIGHTS


def test_the_bars_of_pandas_have_their_names(axes):
    pd.DataFrame({"u": [1, 2], "v": [3, 4]}, index=["p", "q"]).plot.bar(ax=axes)
    assert [each["category"] for each in columns_of(axes)] == [["p", "q"]] * 2


def test_bars_beside_a_category_have_its_name(axes):
    axes.bar(["p", "q"], [0, 0])
    axes.bar([-0.2, 0.8], [1, 2])
    plain, beside = columns_of(axes)
    assert (plain["x"], beside["category"]) == (["p", "q"], ["p", "q"])


def test_bars_have_the_names_that_stand_at_the_axis(axes):
    axes.barh([0, 1, 5], [3, 4, 5])
    axes.set_yticks([0, 1], ["p", "q"])
    assert columns_of(axes)[0]["category"] == ["p", "q", ""]


def test_the_area_between_lines_is_kept_as_two_lines(axes):
    axes.fill_between(DAYS, [0, 1, 2], [3, 4, 5], label="band")
    (band,) = columns_of(axes)
    assert (band["x"], band["y1"], band["y2"]) == (MIDNIGHTS, ["0", "1", "2"], ["3", "4", "5"])
    other = Figure().add_subplot()
    other.fill_betweenx([7, 8], [0, 1], [2, 3], where=[True, True])
    (band,) = columns_of(other)
    assert (band["y"], band["x1"], band["x2"]) == (["7", "8"], ["0", "1"], ["2", "3"])


def test_hexagons_and_arrows_are_kept_with_what_they_show(axes):
    axes.hexbin([0, 0, 1], [0, 0, 1], gridsize=(1, 1))
    axes.quiver([1, 2], [3, 4], [5, 6], [7, 8])
    hexagons, arrows = columns_of(axes)
    assert sorted(hexagons["colour"])[-2:] == ["1", "2"]
    assert (arrows["x"], arrows["y"], arrows["u"]) == (["1", "2"], ["3", "4"], ["5", "6"])
    assert arrows["v"] == ["7", "8"]


@pytest.mark.parametrize(("origin", "rows"), [("upper", ["15", "5"]), ("lower", ["5", "15"])])
def test_each_cell_of_an_image_says_where_it_is(axes, origin, rows):
    axes.imshow([[1, 2], [3, 4]], extent=(0, 10, 0, 20), origin=origin)
    (image,) = columns_of(axes)
    assert image["x"] == ["2.5", "7.5", "2.5", "7.5"]
    assert image["y"] == [rows[0], rows[0], rows[1], rows[1]]


def test_each_cell_of_a_mesh_says_where_it_is_and_its_scale_is_no_data(axes):
    mesh = axes.pcolormesh([0, 1, 3], [0, 10], [[5, 6]])
    axes.figure.colorbar(mesh)
    (shown,) = columns_of(axes)
    assert (shown["x"], shown["y"], shown["value"]) == (["0.5", "2"], ["5", "5"], ["5", "6"])


def test_surfaces_in_space_are_kept_by_their_corners():
    axes = Figure().add_subplot(projection="3d")
    axes.plot_surface(*np.meshgrid([0, 1], [0, 2]), np.array([[3, 4], [5, 6]]))
    axes.plot_wireframe(*np.meshgrid([0, 1], [0, 2]), np.array([[3, 4], [5, 6]]))
    for series in columns_of(axes):
        assert {*series["z"]} == {"3", "4", "5", "6"}


def test_data_follow_a_figure_that_gets_another_name(project, axes):
    with anew.trial("bikes"):
        for value in (1, 2):
            axes.plot([value], [value])
            axes.figure.savefig("draft.png")
            (project / "draft.png").replace(f"figure{value}.png")
    assert data_behind("figure1.png").count("line") == 1
    assert data_behind("figure2.png").count("line") == 2


def test_a_figure_that_is_written_into_an_open_file_keeps_its_data_and_is_stamped(project, axes):
    axes.plot([1], [2])
    with anew.trial("bikes"), (project / "open.png").open("wb") as file:
        axes.figure.savefig(file)
    assert data_behind("open.png").count("line") == 1
    assert anew.whence("open.png").by == "stamp"


def test_the_pages_of_one_file_are_kept_together(project, axes):
    axes.plot([1], [2])
    with anew.trial("bikes"), PdfPages("pages.pdf") as pages:
        for _ in range(2):
            pages.savefig(axes.figure)
    rows = list(csv.DictReader(data_behind("pages.pdf").splitlines()))
    assert [row["axes"] for row in rows] == ["1", "2"]
