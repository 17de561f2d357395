"""What a trial saves is stamped when it ends; to all of anew it is what it was."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import anew
from anew.digests import digest_file
from anew.errors import StampError, UsageError
from anew.origins import data_behind
from anew.stamps import bare_digest, read_stamp


def draw(path="figure.png", height=1):
    figure = Figure()
    figure.add_subplot().plot([1, 3, height])
    figure.savefig(path)


def output(trial, path):
    return next(u for u in trial.record.files if (u.role, u.path) == ("output", path))


def test_what_is_saved_by_libraries_says_which_trial_made_it(project):
    with anew.trial("saving", alpha=0.3) as trial:
        draw()
        draw("figure.pdf")
        frame = pd.DataFrame({"a": [1, 2]})
        frame.to_csv("frame.csv", index=False)
        frame.to_parquet("frame.parquet")
        frame.to_excel("frame.xlsx")
        frame.to_hdf("frame.h5", key="k")
        np.save("array", np.arange(3))
        np.savez("arrays.npz", x=np.arange(3))
    names = {each.name for each in project.iterdir() if not each.name.startswith((".", "anew"))}
    assert {name for name in names if name.endswith(".prov.json")} == {
        "frame.csv.prov.json",
        "array.npy.prov.json",
    }
    for name in (name for name in names if not name.endswith(".prov.json")):
        stamp = read_stamp(name)
        assert (stamp.trial, stamp.number, stamp.parameters) == (trial.uuid, 1, {"alpha": 0.3})
        assert (stamp.path, stamp.content) == (name, output(trial, name).digest)


def test_scientific_libraries_are_followed_too(project):
    import h5py
    import xarray as xr
    from PIL import Image

    with anew.trial("saving") as trial:
        with h5py.File("arrays.h5", "w") as file:
            file["x"] = [1, 2]
        xr.Dataset({"x": ("t", [1.0])}).to_netcdf("data.nc")
        Image.new("RGB", (4, 4)).save("picture.webp")
    for name in ("arrays.h5", "data.nc", "picture.webp"):
        assert read_stamp(name).trial == trial.uuid


HANDED = """
import zipfile
import anew
import numpy as np, pandas as pd
from matplotlib.figure import Figure
from PIL import Image

figure = Figure()
figure.add_subplot().plot([1, 2])
savers = {
    "f.png": lambda file: figure.savefig(file),
    "a.npy": lambda file: np.save(file, np.eye(2)),
    "a.npz": lambda file: np.savez(file, x=np.eye(2)),
    "t.csv": lambda file: pd.DataFrame({"a": [1]}).to_csv(file),
    "t.parquet": lambda file: pd.DataFrame({"a": [1]}).to_parquet(file),
    "i.png": lambda file: Image.new("L", (2, 2)).save(file, "PNG"),
    "plain.csv": lambda file: file.write(b"a"),
    "all.zip": lambda file: save_member(file),
}

def save_member(file):
    with zipfile.ZipFile(file, "w") as archive, archive.open("input.csv", "w") as member:
        pd.DataFrame({"a": [1]}).to_csv(member)

with anew.trial("handed"):
    for name, save in savers.items():
        with open(name, "wb") as file:
            save(file)
"""


def test_a_file_that_a_program_opens_and_hands_to_such_a_function_is_stamped(project):
    Path("handed.py").write_text(HANDED)
    Path("input.csv").write_text("a\n1\n")
    subprocess.run([sys.executable, "handed.py"], check=True)
    for name in ("f.png", "a.npy", "a.npz", "t.csv", "t.parquet", "i.png"):
        assert read_stamp(name).number == 1, name
    assert read_stamp("plain.csv") is read_stamp("input.csv") is None
    assert data_behind("f.png")


def test_what_is_only_opened_and_written_has_no_stamp(project):
    with anew.trial("writing"):
        Path("table.csv").write_text("a\n1\n")
        Path("page.html").write_text("<html></html>")
    assert sorted(p.name for p in project.iterdir() if p.name[0] in "tp") == [
        "page.html",
        "table.csv",
    ]
    assert read_stamp("page.html") is None


def test_a_file_that_is_named_as_output_or_saved_by_its_path_is_stamped(project):
    with anew.trial("naming") as trial:
        Path("one.html").write_text("<html></html>")
        anew.output("one.html")
        Path("two.txt").write_text("2")
        trial.output("two.txt")
        Path("three.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'></svg>")
        trial.save("drawing.svg", Path("three.svg"))
    for name in ("one.html", "two.txt", "three.svg"):
        assert read_stamp(name).trial == trial.uuid
    kept = anew.open_store().artifact(trial.uuid, "drawing.svg", role="artifact")
    assert kept.digest == bare_digest("three.svg")


@pytest.mark.parametrize(("setting", "inside"), [("false", None), ('"sidecar"', False)])
def test_the_setting_says_whether_and_where(project, setting, inside):
    (project / "anew.toml").write_text(f"stamp = {setting}\n")
    with anew.trial("set"):
        draw()
    assert b"anew-provenance" not in Path("figure.png").read_bytes()
    assert (read_stamp("figure.png") is not None) is (inside is not None)


def test_neither_credentials_nor_the_home_folder_are_in_a_stamp(project, home):
    (home / "hourly.csv").write_text("a\n1\n")
    with anew.trial("secret", api_key="hunter2hunter2", path=f"{home}/x", at=f"{home}:{home}"):
        anew.input(home / "hourly.csv")
        draw()
    text = read_stamp("figure.png").to_json()
    assert "hunter2" not in text
    assert str(home) not in text
    assert "~/hourly.csv" in text


def test_the_record_and_the_store_have_the_file_without_its_stamp(project):
    with anew.trial("bare") as trial:
        draw()
    store, use = anew.open_store(), output(trial, "figure.png")
    stamped = Path("figure.png").read_bytes()
    assert use.kept
    assert use.digest == bare_digest("figure.png") == digest_file("figure.png").digest
    assert use.size_bytes < len(stamped)
    assert b"anew-provenance" not in store.objects.get(use.digest)


def test_a_digest_is_that_of_the_bare_file_in_every_process(project):
    with anew.trial("bare") as trial:
        draw()
    code = "from anew.digests import digest_file; print(digest_file('figure.png'))"
    said = {
        subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
        for _ in range(2)
    }
    assert said == {f"{digest_file('figure.png')}\n".encode()}
    assert output(trial, "figure.png").digest.encode() in said.pop()


def test_two_trials_with_equal_figures_do_not_differ(project):
    for _ in range(2):
        with anew.trial("twice"):
            draw()
            pd.DataFrame({"a": [1]}).to_parquet("frame.parquet")
    assert read_stamp("figure.png").number == read_stamp("frame.parquet").number == 2
    store = anew.open_store()
    assert not anew.diff(store.trial(1), store.trial(2))
    uses = [store.files(each.uuid) for each in store.trials()]
    assert [u.digest for u in uses[0]] == [u.digest for u in uses[1]]


def test_a_new_stamp_is_no_change_of_data_or_code(project, caplog):
    with anew.trial("making"):
        draw("input.png")
        pd.DataFrame({"a": [1]}).to_csv("table.csv")
    with anew.trial("reading"):
        anew.input("input.png")
    with anew.trial("making"):
        draw("input.png")
        pd.DataFrame({"a": [1]}).to_csv("table.csv")
    caplog.clear()
    with caplog.at_level(logging.INFO, logger="anew"), anew.trial("reading"):
        anew.input("input.png")
    assert [r.getMessage() for r in caplog.records if "input.png" in r.getMessage()] == []
    with caplog.at_level(logging.INFO, logger="anew"), anew.trial("making"):
        draw("input.png")
    assert [r.getMessage() for r in caplog.records if r.getMessage().startswith("code")] == []


def test_a_snapshot_has_neither_stamps_nor_the_files_of_stamps(project):
    from anew.code.snapshot import list_files, read_file

    with anew.trial("making"):
        draw()
        pd.DataFrame({"a": [1]}).to_csv("table.csv")
    with anew.trial("later") as trial:
        pass
    store = anew.open_store()
    commit = store.facets(trial.uuid)["snapshot"].content["commit"]
    files = list_files(store.folder / "git", commit)
    assert "figure.png" in files
    assert not [name for name in files if name.endswith(".prov.json")]
    assert b"anew-provenance" not in read_file(store.folder / "git", commit, "figure.png")


def test_files_of_stamps_are_neither_read_nor_written_by_a_trial(project):
    for _ in range(2):
        with anew.trial("listing") as trial:
            for path in sorted(project.glob("*.json")):
                path.read_text()
            pd.DataFrame({"a": [1]}).to_csv("table.csv")
    assert [use.path for use in trial.record.files] == ["table.csv"]


def test_a_step_is_not_computed_again_because_a_file_was_stamped_anew(project):
    ex = anew.Experiment("steps", scheduler="sync")

    @ex.result
    def measure():
        return len(np.load(anew.input("arrays.npz"))["x"]), sorted(
            p.name for p in Path("out").glob("*")
        )

    for _ in range(3):
        with anew.trial("making"):
            Path("out").mkdir(exist_ok=True)
            np.savez("arrays.npz", x=np.arange(3))
            pd.DataFrame({"a": [1]}).to_csv("out/table.csv")
        made = ex.run()
    assert [step.status for step in made.steps] == ["reused"]


def test_a_spared_step_leaves_its_file_as_its_maker_stamped_it_or_puts_it_back_bare(project):
    ex = anew.Experiment("steps", scheduler="sync")

    @ex.result
    def plot():
        draw()
        return 1

    made = ex.run()
    assert read_stamp("figure.png").trial == made.uuid
    ex.run()
    assert read_stamp("figure.png").trial == made.uuid
    digest = bare_digest("figure.png")
    Path("figure.png").unlink()
    ex.run()
    assert bare_digest("figure.png") == digest


def test_the_inner_of_two_trials_is_the_one_that_made_a_file(project):
    with anew.trial("outer") as outer:
        with anew.trial("inner") as inner:
            draw("inner.png")
        draw("outer.png")
    assert read_stamp("inner.png").trial == inner.uuid
    assert read_stamp("outer.png").trial == outer.uuid


def test_a_program_is_stamped_with_its_parameters(write, project, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    write(
        "plot.py",
        """
        import argparse
        from matplotlib.figure import Figure

        parser = argparse.ArgumentParser()
        parser.add_argument("--alpha", type=float, default=0.5)
        parser.parse_args()
        Figure().savefig("figure.png")
        """,
    )
    command = [sys.executable, "-m", "anew", "run", "plot.py", "--alpha", "0.25"]
    subprocess.run(command, check=True, capture_output=True)
    stamp = read_stamp("figure.png")
    assert stamp.parameters == {"alpha": 0.25}
    assert [Path(word).name for word in stamp.command[-3:]] == ["plot.py", "--alpha", "0.25"]
    subprocess.run(
        [sys.executable, "-m", "anew", "reproduce", "1"], check=True, capture_output=True
    )
    assert read_stamp("figure.png").number == 1


def test_whatever_goes_wrong_is_one_warning_and_the_file_is_as_it_was(project, monkeypatch):
    import anew.stamping

    def fail(*_, **__):
        message = "the disk is on fire"
        raise OSError(message)

    monkeypatch.setattr(anew.stamping, "write_stamp", fail)
    with pytest.warns(anew.AnewWarning, match="on fire"), anew.trial("failing") as trial:
        draw()
    assert trial.record.status == "finished"
    assert read_stamp("figure.png") is None


def test_a_file_is_stamped_by_hand_as_of_the_trial_that_made_it(project):
    with anew.trial("by hand") as trial:
        Path("page.html").write_text("<html></html>")
    assert anew.stamp("page.html") == Path("page.html").absolute()
    assert read_stamp("page.html").trial == trial.uuid
    Path("other.txt").write_text("nobody knows")
    with pytest.raises(UsageError, match=r"other\.txt"):
        anew.stamp("other.txt")
    assert anew.stamp("other.txt", trial=1).name == "other.txt.prov.json"
    with pytest.raises(StampError):
        anew.stamp("gone.txt", trial=1)


def test_a_file_is_stamped_by_hand_while_its_trial_runs(project):
    with anew.trial("by hand", alpha=1) as trial:
        Path("page.html").write_text("<html></html>")
        anew.stamp("page.html")
        assert read_stamp("page.html").trial == trial.uuid
    assert read_stamp("page.html").content == output(trial, "page.html").digest


def test_the_verb_stamps_and_says_where(project):
    with anew.trial("verb"):
        Path("page.html").write_text("<html></html>")
    Path("table.csv").write_text("a\n")
    command = [sys.executable, "-m", "anew", "stamp", "page.html", "table.csv", "--trial", "1"]
    told = subprocess.run([*command, "--json"], capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == {
        "page.html": str(project / "page.html"),
        "table.csv": str(project / "table.csv.prov.json"),
    }
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert told.startswith("stamped page.html\nstamped table.csv  beside it:")


def test_the_verb_says_why_a_stamp_lies_beside_a_file_that_has_a_place_for_it(project):
    with anew.trial("verb"):
        pass
    Path("broken.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    command = [sys.executable, "-m", "anew", "stamp", "broken.png", "--trial", "1"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "broken.png.prov.json (it is not of the format" in told.replace("\n", "")


def test_what_a_file_takes_over_from_a_stamped_one_is_no_difference(write, project, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    write(
        "make.py",
        """
        import xarray as xr

        xr.Dataset({"x": ("t", [1.0, 2.0])}, {"title": "short"}).to_netcdf("made.nc")
        """,
    )
    write(
        "derive.py",
        """
        import xarray as xr

        with xr.open_dataset("made.nc") as data:
            (data * 2).assign_attrs(data.attrs).to_netcdf("derived.nc")
        """,
    )
    for words in (["run", "make.py"], ["run", "derive.py"], ["run", "make.py"], ["reproduce", "2"]):
        told = subprocess.run(
            [sys.executable, "-m", "anew", *words], check=False, capture_output=True, text=True
        )
        assert told.returncode == 0, told.stdout + told.stderr
    assert read_stamp("derived.nc").number == 2


def test_other_ways_to_save_are_followed(project):
    import polars as pl
    import xarray as xr
    from plotly.graph_objects import Figure as Plot

    with anew.trial("saving") as trial:
        Plot().write_html("plot.html")
        pl.DataFrame({"a": [1]}).write_parquet("polars.parquet")
        with pd.ExcelWriter("writer.xlsx") as writer:
            pd.DataFrame({"a": [1]}).to_excel(writer)
        with pd.HDFStore("store.h5") as store:
            store["k"] = pd.DataFrame({"a": [1]})
        xr.Dataset({"x": ("t", [1.0])}).to_zarr("data.zarr", consolidated=False)
        draw("part.png")
        Path("part.png").rename("whole.png")
    names = ("plot.html", "polars.parquet", "writer.xlsx", "store.h5", "data.zarr", "whole.png")
    assert {name: read_stamp(name) and read_stamp(name).trial for name in names} == dict.fromkeys(
        names, trial.uuid
    )


def test_a_file_that_was_written_to_afterwards_does_not_have_the_digest_of_its_stamp(project):
    import h5py

    with anew.trial("saving"), h5py.File("arrays.h5", "w") as file:
        file["x"] = [1, 2]
    with h5py.File("arrays.h5", "r+") as file:
        file["x"][0] = 5
        file["y"] = list(range(1000))
    assert read_stamp("arrays.h5").content != bare_digest("arrays.h5")
    with anew.trial("changing") as trial, h5py.File("arrays.h5", "r+") as file:
        file["x"][0] = 6
    assert read_stamp("arrays.h5").trial == trial.uuid
    assert read_stamp("arrays.h5").content == bare_digest("arrays.h5")


def test_what_a_program_is_said_to_write_is_stamped(project):
    words = ["run", "--out", "made.html", "--", "sh", "-c", "echo '<html></html>' > made.html"]
    subprocess.run([sys.executable, "-m", "anew", *words], check=True, capture_output=True)
    assert read_stamp("made.html").number == 1


def test_each_file_of_a_folder_is_stamped(project):
    for _ in range(2):
        with anew.trial("folder") as trial:
            Path("out").mkdir(exist_ok=True)
            for number in range(120):
                np.save(f"out/{number}.npy", np.arange(number))
    assert {use.count for use in trial.record.files} == {120}
    assert {read_stamp(path).number for path in Path("out").glob("*.npy")} == {2}
    store = anew.open_store()
    assert not anew.diff(store.trial(1), store.trial(2))
