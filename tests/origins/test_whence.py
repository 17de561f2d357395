"""Where a file came from, however it was changed, renamed or stamped."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import anew
from anew.errors import StampError, UsageError
from anew.origins import list_files
from anew.origins.origin import ALTERED, GUESSED, SAME, UNCHANGED, UNVERIFIED
from anew.records import replace
from anew.stamps import Provenance, read_stamp, write_stamp

AXIS = np.linspace(-1, 1, 60)


def draw(seed, size=60):
    """Give a picture with something to see."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(AXIS, AXIS)
    shown = sum(np.sin(a * x + b * y) for a, b in rng.normal(0, 4, (4, 2)))
    grey = np.interp(shown, (shown.min(), shown.max()), (0, 255)).astype(np.uint8)
    return Image.fromarray(np.stack([grey, grey[::-1], grey], axis=2)).resize((size, size))


@pytest.fixture
def study(project):
    """A project with two trials that read a table, save a picture, an array, tables and a text."""
    (project / "in.csv").write_text("x\n1\n2\n")
    for alpha in (1, 2):
        with anew.trial("bikes", alpha=alpha) as trial:
            rows = len((project / "in.csv").read_text().split())
            draw(alpha).save(f"picture{alpha}.png")
            trial.save("array", np.arange(20.0) * alpha)
            frame = pd.DataFrame({"x": range(rows), "y": np.arange(rows) * 0.1 * alpha, "z": "é"})
            frame.to_csv(f"table{alpha}.csv", index=False)
            trial.save("frame.parquet", frame * 2)
            trial.save("plain", {"b": alpha, "a": [1, None]})
            (project / f"notes{alpha}.txt").write_text(f"line {alpha}\nend\n")
    return project


def known(path, **wishes):
    found = anew.whence(path, **wishes)
    return found and (found.number, found.state, found.by)


def test_an_output_is_known_by_its_stamp_when_the_store_bears_it_out(study):
    found = anew.whence("picture1.png")
    assert isinstance(found, Provenance)
    assert (found.number, found.state, found.by) == (1, UNCHANGED, "stamp")
    assert (found.role, found.name, found.experiment) == ("output", "picture1.png", "bikes")
    assert found.parameters == {"alpha": 1}
    assert list(found.inputs) == ["in.csv"]
    assert found.again == "anew reproduce 1"
    assert found.user
    assert found.snapshot


def test_a_file_without_a_stamp_is_known_by_its_bytes_whatever_its_name(study):
    shutil.copy("notes2.txt", "renamed")
    assert known("renamed") == (2, UNCHANGED, "content")


def test_an_input_is_known_as_such(study):
    found = anew.whence("in.csv")
    assert (found.role, found.is_made, found.number) == ("input", False, 2)
    assert found.others == ("trial 1 (input)",)


def test_an_artifact_is_known_by_its_bytes(study):
    np.save("mine.npy", np.arange(20.0))
    assert known("mine.npy") == (1, UNCHANGED, "content")


@pytest.mark.parametrize("name", ["picture.png", "picture"])
def test_what_is_in_bytes_that_were_saved_is_known(project, name):
    draw(3).save("own.png")
    with anew.trial("bikes") as trial:
        trial.save(name, (project / "own.png").read_bytes())
        trial.save("text", "one\ntwo\n")
    draw(3).save("other.tiff")
    (project / "mine.txt").write_text("one  \r\ntwo")
    assert known("other.tiff") == (1, SAME, "decoded content")
    assert known("mine.txt") == (1, SAME, "decoded content")
    draw(3).resize((100, 90)).save("alike.jpg")
    assert known("alike.jpg") == (1, GUESSED, "likeness")


def test_what_made_a_file_goes_before_what_read_it(study):
    with anew.trial("later"):
        (study / "table1.csv").read_text()
    assert known("table1.csv")[0] == 1


@pytest.mark.parametrize("name", ["a.tiff", "a.bmp", "a.webp", "a.png"])
def test_pixels_are_known_in_another_file(study, name):
    Image.open("picture1.png").save(name, lossless=True, optimize=True, compress_level=1)
    found = anew.whence(name)
    assert (found.number, found.state) == (1, SAME)


def test_numbers_of_arrays_are_known_in_another_file(study):
    np.savez_compressed("mine.npz", x=np.arange(20.0) * 2)
    assert known("mine.npz") is None  # an archive of arrays is no array
    with (study / "mine.npy").open("wb") as file:
        np.lib.format.write_array(file, np.arange(20.0) * 2, version=(3, 0))
    assert known("mine.npy") == (2, SAME, "decoded content")


def test_cells_of_tables_are_known_in_another_file(study):
    frame = pd.read_csv("table2.csv")
    frame.to_csv("mine.tsv", index=False, sep="\t", lineterminator="\r\n")
    frame.to_parquet("mine.parquet", compression="gzip")
    frame.to_csv("mine.csv.gz", index=False)
    frame.to_feather("mine.feather")
    for name in ("mine.tsv", "mine.parquet", "mine.csv.gz", "mine.feather"):
        assert known(name) == (2, SAME, "decoded content"), name
    frame.iloc[0, 1] += 1e-9
    frame.to_csv("other.csv", index=False)
    assert known("other.csv") is None


def test_json_and_lines_are_known_when_written_otherwise(study):
    (study / "mine.json").write_text(json.dumps({"a": [1, None], "b": 1}, indent=3))
    (study / "mine.txt").write_bytes(b"line 1 \r\nend")
    assert known("mine.json") == (1, SAME, "decoded content")
    assert known("mine.txt") == (1, SAME, "decoded content")


def test_numbers_in_hdf5_are_known_without_its_attributes(project):
    h5py = pytest.importorskip("h5py")
    with anew.trial("bikes"), h5py.File("a.h5", "w") as file:
        file["x"] = np.arange(5)
    with h5py.File("b.h5", "w") as file:
        file.create_dataset("x", data=np.arange(5), compression="gzip", chunks=(5,))
        file.attrs["who"] = "me"
    assert known("b.h5") == (1, SAME, "decoded content")


def test_a_picture_that_looks_alike_is_a_guess_and_said_to_be_one(study):
    draw(2).resize((90, 90)).save("mine.jpg", quality=60)
    found = anew.whence("mine.jpg")
    assert (found.number, found.state, found.is_sure) == (2, GUESSED, False)
    assert 0 < found.distance < 0.3
    assert found.remarks[0].startswith("a guess: ")


def test_another_picture_is_not_known(study):
    draw(77).save("other.png")
    Image.new("RGB", (60, 60), "white").save("empty.png")
    assert known("other.png") is None
    assert known("empty.png") is None


def test_nothing_is_known_of_an_empty_file(project):
    with anew.trial("empty"):
        (project / "empty").write_bytes(b"")
    assert anew.whence("empty") is None


def test_a_stamped_file_that_was_changed_is_called_so(study):
    path = study / "picture1.png"
    stamp = read_stamp(path)
    draw(5).save(path)
    write_stamp(path, stamp)
    found = anew.whence(path)
    assert (found.number, found.state, found.is_sure) == (1, ALTERED, False)
    assert "recorded no such content" in found.remarks[0]


def test_what_is_told_of_an_altered_file_is_what_the_record_says(study):
    path = study / "picture1.png"
    stamp = replace(read_stamp(path), parameters={"alpha": 99}, experiment="forged")
    draw(5).save(path)
    write_stamp(path, stamp)
    found = anew.whence(path)
    assert (found.state, found.experiment, found.parameters) == (ALTERED, "bikes", {"alpha": 1})
    assert found.again == "anew reproduce 1"


def test_a_file_that_was_stamped_by_hand_is_neither_altered_nor_verified(study):
    draw(6).save("drawn.png")
    anew.stamp("drawn.png", 1)
    found = anew.whence("drawn.png")
    assert (found.number, found.state, found.parameters) == (1, UNVERIFIED, {"alpha": 1})
    assert "stamped by hand" in found.remarks[0]
    draw(7).save("picture1.png")
    anew.stamp("picture1.png", 1)
    assert anew.whence("picture1.png").state == ALTERED


def test_a_stamp_that_was_altered_is_called_so_where_the_file_was_saved_again(study):
    stamp = replace(read_stamp("picture1.png"), parameters={"alpha": 99})
    Image.open("picture1.png").save("again.tiff")
    write_stamp("again.tiff", stamp)
    found = anew.whence("again.tiff")
    assert (found.state, found.parameters) == (SAME, {"alpha": 1})
    assert "altered" in found.remarks[0]


def test_a_stamp_that_names_another_trial_is_not_trusted(study):
    write_stamp("picture2.png", read_stamp("picture1.png"))
    found = anew.whence("picture2.png")
    assert (found.number, found.state, found.by) == (2, UNCHANGED, "content")
    assert "names trial 1 of bikes" in found.remarks[0]
    assert "not trusted" in found.remarks[0]


def test_a_stamp_that_was_altered_is_not_trusted(study):
    data = (study / "picture1.png").read_bytes()
    changed = data.replace(b'"number":1', b'"number":7')
    assert changed != data
    (study / "picture1.png").write_bytes(changed)
    found = anew.whence("picture1.png")
    assert (found.number, found.by) == (1, "content")
    assert found.remarks[0].startswith("its stamp is not trusted")


@pytest.mark.parametrize(
    "changed",
    [{"parameters": {"alpha": 3}}, {"experiment": "cars"}, {"snapshot": "a" * 40}],
    ids=["parameters", "experiment", "snapshot"],
)
def test_a_stamp_that_says_other_than_the_record_is_called_altered(study, changed):
    path = study / "picture1.png"
    write_stamp(path, replace(read_stamp(path), **changed))
    found = anew.whence(path)
    assert (found.number, found.by, found.parameters) == (1, "content", {"alpha": 1})
    assert found.remarks[0].startswith("its stamp was altered and is not trusted")


def test_a_stamp_is_believed_in_a_home_other_than_that_it_was_made_in(
    project, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "in.csv").write_text("x\n")
    with anew.trial("bikes", path=f"{tmp_path}/in.csv"):
        (tmp_path / "in.csv").read_text()
        draw(1).save("picture.png")
    stamp = read_stamp("picture.png")
    assert stamp.parameters == {"path": "~/in.csv"}
    monkeypatch.setenv("HOME", "/home/of/another")
    assert anew.whence("picture.png").remarks == ()
    write_stamp("picture.png", replace(stamp, parameters={"path": "~/other.csv"}))
    assert "altered" in anew.whence("picture.png").remarks[0]


def test_an_altered_stamp_of_an_unknown_file_is_an_error(study, tmp_path, monkeypatch):
    data = (study / "picture1.png").read_bytes().replace(b'"number":1', b'"number":7')
    (tmp_path / "alone").mkdir()
    monkeypatch.chdir(tmp_path / "alone")
    (tmp_path / "alone" / "picture.png").write_bytes(data)
    with pytest.raises(StampError):
        anew.whence("picture.png")


def test_without_the_store_the_stamp_says_so_itself(study, tmp_path, monkeypatch):
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(study / "picture1.png", alone)
    monkeypatch.chdir(alone)
    found = anew.whence("picture1.png")
    assert (found.number, found.state, found.is_sure) == (1, UNVERIFIED, False)
    assert found.parameters == {"alpha": 1}
    assert not (alone / ".anew").exists()


def test_a_file_is_known_in_its_own_project_from_anywhere(study, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = anew.whence("project/notes1.txt")
    assert (found.number, found.state) == (1, UNCHANGED)
    assert f"--store {study}/.anew" in found.again
    shutil.copy("project/notes1.txt", "copy.txt")
    assert known("copy.txt") is None
    assert known("copy.txt", store="project") == (1, UNCHANGED, "content")


def test_what_a_running_trial_saved_is_known(project):
    with anew.trial("bikes") as trial:
        trial.save("array", np.arange(3.0))
        np.save("mine.npy", np.arange(3.0))
        assert known("mine.npy")[1] == UNCHANGED


def test_no_file_is_an_error(study):
    for name in ("nothing", "."):
        with pytest.raises(UsageError):
            anew.whence(name)


def test_damaged_files_are_not_known_and_no_error(study):
    data = (study / "picture1.png").read_bytes()
    for name, content in {
        "cut.png": data[:200],
        "not.npz": b"PK\x03\x04 nothing",
        "not.h5": b"\x89HDF\r\n\x1a\n and more",
        "deep.json": b"[" * 100_000,
    }.items():
        (study / name).write_bytes(content)
        try:
            assert anew.whence(name) is None, name
        except StampError:
            continue


def test_pickles_are_not_opened(study):
    (study / "evil.pkl").write_bytes(b"cos\nsystem\n(S'touch broken'\ntR.")
    assert anew.whence("evil.pkl") is None
    assert not (study / "broken").exists()


def test_without_pillow_pictures_are_known_by_their_bytes_and_it_is_said(study, monkeypatch):
    Image.open("picture1.png").save("again.bmp")
    shutil.copy("picture2.png", "copy.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.warns(anew.AnewWarning, match="Pillow is not installed"):
        assert anew.whence("again.bmp") is None
    assert known("copy.png")[0] == 2
    monkeypatch.undo()
    monkeypatch.chdir(study)
    assert known("again.bmp")[1] == SAME


def test_what_was_found_out_is_remembered(study):
    draw(77).save("other.png")
    anew.whence("other.png")
    (database,) = (study / ".anew" / "known").glob("contents-*.db")
    database.write_bytes(b"not a database")
    assert known("picture1.png")[0] == 1
    assert anew.whence("other.png") is None


def test_files_of_a_folder_are_listed_without_stamps_beside_them(study):
    write_stamp("notes1.txt", read_stamp("picture1.png"), sidecar_only=True)
    names = [path.name for path in list_files(".")]
    assert "notes1.txt" in names
    assert not [name for name in names if name.endswith(".prov.json") or name.startswith(".")]


def run_whence(*arguments, status):
    command = [sys.executable, "-m", "anew", "whence", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def test_the_verb_tells_each_file_and_ends_with_one_where_nothing_is_known(study):
    (study / "mine.dat").write_bytes(b"mine")
    printed = run_whence("picture1.png", "mine.dat", status=1)
    assert "picture1.png: output 'picture1.png' of trial 1 of bikes: unchanged" in printed
    assert "anew reproduce 1" in printed
    assert "mine.dat: nothing is known of it" in printed
    assert "notes1.txt: output" in run_whence(".", status=0)


def test_the_command_that_makes_it_anew_is_on_one_line(study, tmp_path, monkeypatch):
    far = tmp_path / ("a folder " * 8).strip() / ("another " * 8).strip()
    far.parent.mkdir()
    study.rename(far)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("COLUMNS", "80")
    printed = run_whence(str(far / "notes1.txt"), status=0)
    (line,) = [each for each in printed.splitlines() if each.startswith("  again")]
    assert line == f"  again       anew reproduce 1 --store '{far}/.anew'"


def test_a_file_or_store_that_is_not_there_is_wrong_usage(study):
    assert "'nowhere' is not there" in run_whence("picture1.png", "nowhere", status=2)
    assert run_whence("picture1.png", "--store", "nowhere", status=4) == ""


def test_the_verb_prints_json(study):
    told = json.loads(run_whence("--json", "table2.csv", status=0))
    assert (told["number"], told["state"], told["is_verified"]) == (2, "unchanged", True)
    told = json.loads(run_whence("--json", "table2.csv", "anew.toml", status=1))
    assert [each["trial"] is None for each in told] == [False, True]


def test_what_a_hostile_stamp_says_does_nothing_to_a_terminal(study, tmp_path):
    stamp = read_stamp("picture1.png")
    fields = {name: getattr(stamp, name) for name in stamp.__match_args__}
    evil = Provenance(**{**fields, "trial": f"{'0' * 8}-0000-7000-8000-{'0' * 12}"})
    object.__setattr__(evil, "experiment", "\x1b[31m\u202eevil\x9b2J")
    object.__setattr__(evil, "parameters", {"\x1b]0;x\x07": "../../etc"})
    draw(9).save("evil.png")
    try:
        write_stamp("evil.png", evil)
    except StampError:
        return
    for printed in (run_whence("evil.png", status=0), run_whence("--json", "evil.png", status=0)):
        assert not {"\x1b", "\u202e", "\x9b", "\x07"} & set(printed)


def test_a_folder_that_is_one_set_of_data_is_known_and_so_is_each_file_in_it(project):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("zarr")
    with anew.trial("bikes"):
        frame = xarray.Dataset({"a": ("x", np.arange(5.0))})
        frame.to_zarr("data.zarr", consolidated=False)
    (use,) = [each for each in anew.open_store().trial(1).files if each.role == "output"]
    assert use.count
    assert known("data.zarr")[:2] == (1, UNCHANGED)
    (part,) = [p for p in (project / "data.zarr" / "a" / "c").rglob("*") if p.is_file()]
    shutil.copy(part, "piece")
    found = anew.whence("piece")
    assert (found.number, found.state) == (1, UNCHANGED)
    assert found.name == part.relative_to(project).as_posix()
    assert list_files("data.zarr")[0].name == "data.zarr"
    part.write_bytes(b"other")
    assert known("data.zarr")[1] == ALTERED


def test_for_a_stamp_beside_a_file_that_file_is_asked_about(study):
    found = anew.whence("table1.csv.prov.json")
    assert (found.file, found.number, found.state) == ("table1.csv", 1, UNCHANGED)
    (study / "table1.csv").write_text("other")
    assert known("table1.csv.prov.json")[1] == ALTERED


def test_of_a_stamp_alone_what_it_says_is_told_and_not_believed(study):
    (study / "table1.csv").unlink()
    found = anew.whence("table1.csv.prov.json")
    assert (found.number, found.state, found.by) == (1, UNVERIFIED, "stamp")
    assert "there is no table1.csv beside it" in found.remarks[0]
    shutil.rmtree(study / ".anew")
    assert known("table1.csv.prov.json") == (1, UNVERIFIED, "stamp")
