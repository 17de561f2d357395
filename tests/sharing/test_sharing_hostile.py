"""Bundles that somebody made to do harm, and damaged ones."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anew.code.loose import identify
from anew.digests import digest_bytes
from anew.errors import AnewError, BundleError
from anew.facts import restore_large
from anew.objects import FolderObjects
from anew.sharing import bundle, inspect, unbundle
from anew.sharing.names import kind_of, name_object
from anew.sharing.records import read_record, write_record
from anew.stores.encoding import to_json

NAMES = [
    "../evil.txt",
    "objects/../../evil",
    "/etc/evil",
    "C:/evil",
    "..\\evil",
    "trials/../evil.json",
    "evil.py",
    ".anew/trials.db",
    "objects/ab/",
    "objects/AB/" + "c" * 62,
    "objects/ab/" + "c" * 62 + "\n",
    "objects/ab/" + "c" * 62 + "\0.txt",
    "__MACOSX/README.txt",
]

KINDS = {
    "link": stat.S_IFLNK,
    "folder": stat.S_IFDIR,
    "pipe": stat.S_IFIFO,
    "device": stat.S_IFBLK,
    "terminal": stat.S_IFCHR,
    "socket": stat.S_IFSOCK,
}


@pytest.fixture
def refused(tmp_path, files_below):
    """See that a bundle is refused, that the error says of what, and that nothing is left."""

    def see(path, *words):
        before = files_below(tmp_path)
        with pytest.raises(BundleError) as caught:
            unbundle(path, tmp_path / "new")
        assert all(word in str(caught.value) for word in words), caught.value
        assert files_below(tmp_path) == before
        assert not (tmp_path / "new").exists()

    return see


@pytest.fixture
def names(bundled):
    """The names of what is in the bundle, by kind."""
    with zipfile.ZipFile(bundled) as file:
        return {kind_of(name): name for name in file.namelist()}


@pytest.mark.parametrize("name", NAMES, ids=[f"name-{n}" for n in range(len(NAMES))])
def test_name_that_is_none_of_ours_is_refused(bundled, rewrite, refused, name):
    info = zipfile.ZipInfo("x")
    info.filename = info.orig_filename = name
    path = rewrite(bundled, added=[(info, b"evil")])
    refused(path, "member")


@pytest.mark.parametrize("kind", KINDS)
def test_member_that_is_no_file_is_refused(bundled, rewrite, refused, kind):
    info = zipfile.ZipInfo("objects/ab/" + "c" * 62)
    info.external_attr = (KINDS[kind] | 0o777) << 16
    refused(rewrite(bundled, added=[(info, b"/etc/passwd")]), info.filename, "expected a file")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_member_that_is_there_twice_is_refused(bundled, rewrite, refused, names):
    name = names["object"]
    refused(rewrite(bundled, added=[(zipfile.ZipInfo(name), b"other")]), name, "twice")


@pytest.mark.parametrize("kind", ["object", "record", "pack"])
def test_damaged_member_is_refused(bundled, rewrite, refused, names, kind):
    with zipfile.ZipFile(bundled) as file:
        data = bytearray(file.read(names[kind]))
    data[len(data) // 2] ^= 1
    name = names[kind]
    refused(rewrite(bundled, {name: bytes(data)}), name.rpartition("/")[2])


@pytest.mark.parametrize("kind", ["record", "about", "pack"])
def test_missing_member_is_said(bundled, rewrite, tmp_path, names, kind):
    path = rewrite(
        bundled, {names[kind]: None, "trial.json": None} if kind == "about" else {names[kind]: None}
    )
    if kind == "pack":
        assert any("snapshot" in text for text in unbundle(path, tmp_path / "new").missing)
        return
    with pytest.raises(BundleError):
        unbundle(path, tmp_path / "new")


def bomb(size):
    """Make a zip file whose one object is as many zeros."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        file.writestr("objects/ab/" + "c" * 62, b"\0" * size)
    return data.getvalue()


def test_bomb_is_refused_by_its_head(tmp_path, refused):
    (tmp_path / "bomb.zip").write_bytes(bomb(200 << 20))
    refused(tmp_path / "bomb.zip", "objects/ab/", "beyond all measure")


def test_bomb_of_a_text_is_refused_while_it_is_read(bundled, rewrite, refused, names):
    path = rewrite(bundled, {names["record"]: b" " * (90 << 20)}, compression=8)
    refused(path, "beyond all measure")


def lie(path, name, size):
    """Let both heads of a member tell another size."""
    with zipfile.ZipFile(path) as file:
        info = file.getinfo(name)
    data = bytearray(path.read_bytes())
    old = struct.pack("<L", info.file_size)
    place = data.index(name.encode(), info.header_offset) - 8
    assert data[place : place + 4] == old
    data[place : place + 4] = struct.pack("<L", size)
    place = data.rindex(name.encode()) - 46 + 24
    assert data[place : place + 4] == old
    data[place : place + 4] = struct.pack("<L", size)
    path.write_bytes(data)


@pytest.mark.parametrize("difference", [-1, 1, 1000])
@pytest.mark.parametrize("kind", ["object", "record"])
def test_lying_size_is_refused(bundled, refused, names, kind, difference):
    with zipfile.ZipFile(bundled) as file:
        size = file.getinfo(names[kind]).file_size
    lie(bundled, names[kind], size + difference)
    refused(bundled, names[kind])


def test_bomb_that_says_that_it_is_small_is_refused(bundled, rewrite, refused, names):
    path = rewrite(bundled, {names["object"]: b"\0" * (200 << 20)})
    lie(path, names["object"], 10)
    refused(path, names["object"])


def test_encrypted_member_is_refused(bundled, refused, names):
    data = bytearray(bundled.read_bytes())
    place = data.rindex(names["object"].encode()) - 46 + 8
    data[place] |= 1
    bundled.write_bytes(data)
    refused(bundled, names["object"], "encrypted")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA], ids=["bzip2", "lzma"])
def test_other_compression_is_refused(bundled, rewrite, refused, method):
    info = zipfile.ZipInfo("objects/ab/" + "c" * 62)
    info.compress_type = method
    refused(rewrite(bundled, added=[(info, b"x" * 100)]), "compressed in a way")


@pytest.mark.parametrize("data", [b"", b"PK", b"no zip file", b"\x80\x05"])
def test_what_is_no_zip_file_is_refused(tmp_path, refused, data):
    (tmp_path / "a.zip").write_bytes(data)
    refused(tmp_path / "a.zip", "not a bundle")


def test_zip_file_that_is_no_bundle_is_refused(tmp_path, refused):
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    refused(tmp_path / "a.zip", "trial.json")


def test_missing_file_is_said(tmp_path, refused):
    refused(tmp_path / "absent.zip", "cannot be read")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_cut_off_bundle_is_refused(bundled, refused, share):
    data = bundled.read_bytes()
    bundled.write_bytes(data[: int(len(data) * share)])
    refused(bundled)


def forge(data, change):
    """Change a record as one who knows how to make its digest fit."""
    record = json.loads(data)["record"]
    change(record)
    text = json.dumps(record, ensure_ascii=False)
    return json.dumps(
        {"version": 1, "digest": digest_bytes(text.encode()), "record": record}, ensure_ascii=False
    ).encode()


FORGERIES = {
    "status": lambda r: r["trial"].update(status="running"),
    "uuid": lambda r: r["trial"].update(uuid="01a1ff46-1f87-7830-a042-f7d4178924ee"),
    "experiment": lambda r: r["trial"].update(experiment="../x"),
    "number": lambda r: r["trial"].update(number=-1),
    "number-text": lambda r: r["trial"].update(number="1; DROP TABLE trials"),
    "seed": lambda r: r["trial"].update(seed="x"),
    "started": lambda r: r["trial"].update(started=1e300),
    "parameters": lambda r: r["trial"].update(parameters=[]),
    "metrics": lambda r: r["trial"].update(metrics={"a": "b"}),
    "metric-lost": lambda r: r["trial"].update(metrics={"other": 1.0}),
    "tags": lambda r: r["trial"].update(tags=[{}]),
    "error": lambda r: r["trial"].update(error={"type": "x"}),
    "process": lambda r: r["trial"].update(process=None),
    "facets": lambda r: r.update(facets={"snapshot": "x"}),
    "commit": lambda r: r["facets"]["snapshot"].update(commit="../../x"),
    "commit-list": lambda r: r["facets"]["snapshot"].update(commit=["x"]),
    "editable": lambda r: r["facets"]["snapshot"].update(editable={"x": "y"}),
    "large": lambda r: r["facets"]["snapshot"].update(large=[{"path": "../x"}]),
    "artifact": lambda r: next(a for a in r["artifacts"] if a["role"] == "artifact").update(
        name="../../x"
    ),
    "digest": lambda r: r["artifacts"][0].update(digest="blake3:../../x"),
    "role": lambda r: r["artifacts"][0].update(role="x"),
    "path": lambda r: r["files"][0].update(path="a\0b"),
    "file-digest": lambda r: r["files"][0].update(digest="../x"),
    "step": lambda r: r["steps"][0].update(started="x"),
    "step-seed": lambda r: r["steps"][0].update(seed="x"),
    "parts": lambda r: r["steps"][0].update(parts=[{"odd": "x"}]),
    "steps": lambda r: r.update(steps={}),
    "series": lambda r: r["series"]["loss"].update(values=["x"]),
    "series-length": lambda r: r["series"]["loss"].update(values=[]),
    "series-step": lambda r: r["series"]["loss"].update(steps=[2**70] * 5),
    "console": lambda r: r.update(console=[["stdin", "x"]]),
    "codes": lambda r: r.update(codes={"x": 1}),
    "codes-part": lambda r: r.update(codes={"x": [{"odd": 1}]}),
    "reproduces": lambda r: r["trial"].update(reproduces=r["trial"]["uuid"]),
    "parent": lambda r: r["trial"].update(parent=r["trial"]["uuid"]),
    "nothing": lambda r: r.clear(),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_forged_record_is_refused(bundled, rewrite, refused, names, name):
    with zipfile.ZipFile(bundled) as file:
        data = forge(file.read(names["record"]), FORGERIES[name])
    path = rewrite(bundled, {names["record"]: data})
    with pytest.raises(AnewError):
        inspect(path)
    refused(path)


def test_forged_facet_does_not_take_the_place_of_a_true_one(bundled, rewrite, make, names):
    mine = make()
    facets = mine.trial.facets
    with zipfile.ZipFile(bundled) as file:
        data = forge(
            file.read(names["record"]),
            lambda r: r["facets"].update(platform={**r["facets"]["platform"], "system": "Evil"}),
        )
    unbundle(rewrite(bundled, {names["record"]: data}), store=mine.store)
    assert mine.store.trial(mine.trial.uuid).facets == facets


def test_deep_nesting_is_refused(bundled, rewrite, refused, names):
    data = b'{"version": 1, "digest": "", "record": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    refused(rewrite(bundled, {names["record"]: data}), "record")


def test_listing_that_leaves_its_folder_brings_nothing_outside(
    make, rewrite, tmp_path, files_below
):
    listing = f"{digest_bytes(b'evil')} 4 ../../../evil\n".encode()
    mine = make(lambda trial: trial.save("a.txt", "a"))
    bundle([mine.trial], tmp_path / "a.zip")
    uuid = mine.trial.uuid

    def change(record):
        row = {"role": "input", "path": "data", "digest": digest_bytes(listing), "size_bytes": 4}
        row |= {"rows": None, "kept": 1, "count": 1, "origin": "", "first": None, "last": None}
        record["files"].append(row)

    with zipfile.ZipFile(tmp_path / "a.zip") as file:
        data = forge(file.read(f"trials/{uuid}.json"), change)
    objects = {name_object(digest_bytes(each)): each for each in (listing, b"evil")}
    path = rewrite(tmp_path / "a.zip", {f"trials/{uuid}.json": data, **objects})
    before = files_below(tmp_path)
    unbundle(path, tmp_path / "new")
    after = files_below(tmp_path).keys() - before.keys()
    assert all(name.startswith("new/.anew/") for name in after)


def pack(*contents, extra=b""):
    """Make a pack of contents that are (number of the kind, said size, compressed data)."""
    data = b"PACK" + struct.pack(">LL", 2, len(contents))
    for kind, size, packed in contents:
        head, rest = [kind << 4 | size & 15], size >> 4
        while rest:
            head[-1] |= 0x80
            head.append(rest & 0x7F)
            rest >>= 7
        data += bytes(head) + packed
    data += extra
    return data + hashlib.sha1(data, usedforsecurity=False).digest()


PACKS = {
    "delta": pack((7, 3, zlib.compress(b"abc"))),
    "tag": pack((4, 3, zlib.compress(b"abc"))),
    "longer": pack((3, 2, zlib.compress(b"abc"))),
    "shorter": pack((3, 4, zlib.compress(b"abc"))),
    "cut": pack((3, 3, zlib.compress(b"abc")[:-3])),
    "bomb": pack((3, 1 << 30, zlib.compress(b"\0" * (1 << 26), 9))),
    "huge": pack((3, 1 << 80, zlib.compress(b"abc"))),
    "more": pack((3, 3, zlib.compress(b"abc")), extra=b"x"),
    "fewer": b"PACK\0\0\0\2\0\0\0\x05" + b"\0" * 20,
    "empty": b"",
    "sum": pack((3, 3, zlib.compress(b"abc")))[:-1] + b"x",
}


@pytest.mark.parametrize("name", PACKS)
def test_damaged_pack_is_refused(bundled, rewrite, refused, names, name):
    refused(rewrite(bundled, {names["pack"]: PACKS[name]}), "pack")


@given(st.binary(max_size=200))
def test_any_bytes_are_a_record_or_refused(data):
    with pytest.raises(BundleError):
        read_record(data, "x", where="here")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_a_record_or_refused(value):
    text = to_json(value)
    digest = digest_bytes(text.encode())
    data = f'{{"version": 1, "digest": "{digest}", "record": {text}}}'.encode()
    with pytest.raises(BundleError):
        read_record(data, "x", where="here")


@given(st.text())
def test_no_other_name_is_ours(name):
    if kind_of(name):
        assert ".." not in name.split("/")
        assert not name.startswith("/")


def test_later_version_says_so(bundled, rewrite, refused, names):
    data = b'{"version": 2, "digest": "", "record": {}}'
    refused(rewrite(bundled, {names["record"]: data}), "version 2")


def test_snapshot_with_a_damaged_folder_is_not_taken_for_whole(bundled, rewrite, tmp_path, names):
    tree = b"100644 a"  # cut off
    commit = f"tree {identify('tree', tree)}\n".encode()
    packed = pack((1, len(commit), zlib.compress(commit)), (2, len(tree), zlib.compress(tree)))
    with zipfile.ZipFile(bundled) as file:
        data = forge(
            file.read(names["record"]),
            lambda r: r["facets"]["snapshot"].update(commit=identify("commit", commit)),
        )
    path = rewrite(bundled, {names["record"]: data, names["pack"]: packed})
    assert any("snapshot" in text for text in unbundle(path, tmp_path / "new").missing)


NAMED = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)
NUMBERS = st.floats() | st.integers(-(2**63), 2**63 - 1)


@given(
    st.dictionaries(NAMED, st.floats(), max_size=3),
    st.dictionaries(NAMED, NUMBERS | NAMED | st.none() | st.lists(NUMBERS), max_size=3),
    st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), NAMED), max_size=3),
)
def test_any_record_comes_back(metrics, parameters, console):
    uuid = "01a1ff46-1f87-7830-a042-f7d4178924ed"
    trial = {"number": 1, "uuid": uuid, "experiment": "bikes", "status": "finished"}
    trial |= {"started": 1.5, "seconds": None, "seed": 2**64 - 1, "process": {}, "tags": []}
    trial |= {"reproduces": None, "parent": None, "error": None, "notes": []}
    series = {n: {"steps": [0], "values": [v], "times": [1.0]} for n, v in metrics.items()}
    record = {
        "trial": {**trial, "metrics": metrics, "parameters": parameters},
        "experiment": {"name": "bikes", "seed": None, "created": 1.0},
        "series": series,
        "console": [list(each) for each in console],
        **{name: {} for name in ("facets", "codes")},
        **{name: [] for name in ("steps", "artifacts", "files", "events")},
    }
    again = read_record(write_record(record), uuid, where="here")
    assert repr(again) == repr(record)


def test_large_file_is_not_written_through_a_link_of_the_snapshot(tmp_path):
    objects = FolderObjects(tmp_path / "store" / "objects")
    (tmp_path / "outside").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "data").symlink_to(tmp_path / "outside")
    (tmp_path / "tree" / "file").symlink_to(tmp_path / "outside" / "new")
    digest = objects.put(b"evil")
    paths = ["data/keys", "file", "../up", f"{tmp_path}/up", "ok/a.bin"]
    large = [{"path": p, "size_bytes": 4, "digest": digest, "kept": True} for p in paths]
    missing = restore_large({"large": large}, tmp_path / "store", tmp_path / "tree")
    assert missing == paths[:-1]
    assert list((tmp_path / "outside").iterdir()) == []
    assert (tmp_path / "tree" / "ok" / "a.bin").read_bytes() == b"evil"
