"""Documents, models and data sets of other programs."""

from __future__ import annotations

import io
import json
import pickle
import struct
import sys
import types
import zipfile
import zlib
from contextlib import closing
from typing import TYPE_CHECKING, Any

import duckdb
import h5py
import numpy as np
import pandas as pd
import pytest

from anew.compare.files import Way, compare_files, compare_paths
from anew.compare.files.npy import read_npy
from anew.compare.finding import Tolerance

if TYPE_CHECKING:
    from pathlib import Path


def judge(a: bytes | str, b: bytes | str, name: str = "", rtol: float = 0.0) -> tuple[str, str]:
    data = [each.encode() if isinstance(each, str) else each for each in (a, b)]
    found = compare_files(data[0], data[1], Way(Tolerance(rtol), name=name))
    return found.verdict, found.text


# --- PDF -----------------------------------------------------------------------------------------


def make_pdf(number: float = 1.0, *, date: str = "D:20261121", packed: bool = False) -> bytes:
    """Write what LaTeX and the like write: dates, an id, XMP, a stream, objects in a stream."""
    content = zlib.compress(f"BT {number} 0 Td (text) Tj ET".encode())
    xmp = f'<x xmp:CreateDate="{date}"/><xmp:ModifyDate>{date}</xmp:ModifyDate>'.encode()
    inner = f"4 0 << /Producer (made) /CreationDate ({date}) >>".encode()
    info = b"4 0 obj\n<< /Producer (made) /CreationDate (%s) >>\nendobj\n" % date.encode()
    if packed:
        stream = zlib.compress(inner)
        head = b"<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode >>"
        info = b"5 0 obj\n%s\nstream\n%s\nendstream\nendobj\n" % (head, stream)
    return b"".join(
        (
            b"%PDF-1.5\n",
            b"1 0 obj\n<< /Length %d /Filter /FlateDecode >>\n" % len(content),
            b"stream\n%s\nendstream\nendobj\n" % content,
            b"2 0 obj\n<< /Type /Metadata >>\nstream\n%s\nendstream\nendobj\n" % xmp,
            b"3 0 obj\n<< /FontName /%s+Helvetica >>\nendobj\n"
            % date[-6:].translate(LETTERS).encode(),
            info,
            b"trailer\n<< /Info 4 0 R /ID [<%s> <00>] >>\nstartxref\n9\n%%%%EOF"
            % date.encode().hex().encode(),
        )
    )


LETTERS = {ord(str(i)): chr(65 + i) for i in range(10)}


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_dates_and_ids_of_a_pdf_do_not_count(*, packed: bool):
    a, b = make_pdf(packed=packed), make_pdf(date="D:20261122", packed=packed)
    assert judge(a, b) == ("same content", "a PDF file with the same content")
    verdict, detail = judge(a, make_pdf(2.0, date="D:20261122", packed=packed))
    assert (verdict, detail) == ("different", "object 1.0: 1.0 → 2.0, by 1 (relative 1)")


def test_a_pdf_with_more_objects_is_different():
    more = make_pdf().replace(b"trailer", b"9 0 obj\n<< >>\nendobj\ntrailer")
    assert judge(make_pdf(), more) == ("different", "5 objects → 6 objects")


def test_an_encrypted_pdf_is_compared_by_its_bytes():
    a, b = (make_pdf(x).replace(b"/Info 4 0 R", b"/Encrypt 4 0 R") for x in (1.0, 2.0))
    verdict, detail = judge(a, b)
    assert verdict == "different"
    assert "encrypted" in detail


def test_the_title_of_a_pdf_counts():
    other = make_pdf().replace(b"(made)", b"(mode)")
    assert judge(make_pdf(), other) == (
        "different",
        "object 4.0: '<< /Producer (made) >>' → '<< /Producer (mode) >>'",
    )


# --- Office --------------------------------------------------------------------------------------

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def make_xlsx(number: float = 1.0, text: str = "a", *, year: int = 2025, **parts: str) -> bytes:
    cells = (
        f'<c r="A1"><v>{number}</v></c><c r="B1" t="s"><v>0</v></c>'
        f'<c r="C1"><f>A1*2</f><v>{2 * number}</v></c>'
        f'<c r="D1" t="inlineStr"><is><t>in</t></is></c>'
    )
    members = {
        "[Content_Types].xml": "<Types/>",
        "docProps/core.xml": f'<p xmlns:d="urn:d"><d:created>{year}</d:created></p>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}"><si><t>{text}</t></si></sst>',
        "xl/worksheets/sheet1.xml": f'<w xmlns="{MAIN}"><row>{cells}</row></w>',
        "xl/styles.xml": "<styles/>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in (members | parts).items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content)
    return file.getvalue()


def test_sheets_are_compared_cell_by_cell():
    a = make_xlsx()
    assert judge(a, make_xlsx(year=2026))[0] == "same content"
    assert judge(a, make_xlsx(text="b")) == ("different", "sheet1!B1: 'a' → 'b'")
    assert judge(a, make_xlsx(1.5))[1].startswith("sheet1!C1: '=A1*2 2.0' → '=A1*2 3.0'")
    assert judge(a, make_xlsx(**{"xl/styles.xml": "<styles><b/></styles>"}))[0] == "different"


def test_numbers_in_sheets_may_be_close():
    sheet = "xl/worksheets/sheet1.xml"
    a, b = (
        make_xlsx(**{sheet: f'<w xmlns="{MAIN}"><c r="A1"><v>{x}</v></c></w>'}) for x in (1.0, 1.5)
    )
    assert judge(a, b)[1].startswith("sheet1!A1: 1.0 → 1.5, by 0.5")
    assert judge(a, b, rtol=0.5)[0] == "close"


def test_documents_are_compared_by_their_xml():
    a, b, c = (
        make_xlsx(year=year, **{"word/document.xml": f"<d {order}><p>{text}</p></d>"})
        for year, order, text in (
            (2025, 'a="1" b="2"', "x"),
            (2026, 'b="2" a="1"', "x"),
            (2025, 'a="1" b="2"', "y"),
        )
    )
    assert judge(a, b, "x.docx")[0] == "same content"
    assert judge(a, c, "x.docx")[0] == "different"


# --- numbers of other programs -------------------------------------------------------------------


def make_safetensors(number: float, *, brain: bool = False) -> bytes:
    values = np.array([1.0, number], "<f4")
    content = (values.view("<u4") >> 16).astype("<u2").tobytes() if brain else values.tobytes()
    said = {"dtype": "BF16" if brain else "F32", "shape": [2], "data_offsets": [0, len(content)]}
    header = json.dumps({"w": said, "__metadata__": {"format": "pt"}}).encode()
    return struct.pack("<Q", len(header)) + header + content


@pytest.mark.parametrize("brain", [False, True], ids=["F32", "BF16"])
def test_safetensors_are_compared_by_their_numbers(*, brain: bool):
    a, b = (make_safetensors(x, brain=brain) for x in (2.0, 3.0))
    assert judge(a, b, "m.safetensors") == (
        "different",
        "['w'][1]: 1 of 2 numbers differ, here 2.0 → 3.0, by 1 (relative 0.5)",
    )
    assert judge(a, b, "m.safetensors", 0.5)[0] == "close"


def make_torch(number: float, monkeypatch: pytest.MonkeyPatch, folder: str = "archive") -> bytes:
    """Write what ``torch.save`` writes, without it."""
    module = types.ModuleType("torch")
    kind = type("FloatStorage", (), {"__module__": "torch"})
    module.FloatStorage = kind  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", module)
    storage = object()

    class Writer(pickle.Pickler):
        def persistent_id(self, value: Any) -> Any:
            return ("storage", kind, "0", "cpu", 2) if value is storage else None

    file = io.BytesIO()
    Writer(file, 2).dump({"w": storage, "epoch": 3})
    data = np.array([1.0, number], "<f4").tobytes()
    members = {"data.pkl": file.getvalue(), "data/0": data, "version": b"3\n", "extra": b"x"}
    members[".data/serialization_id"] = folder.encode()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{folder}/{name}", content)
    return packed.getvalue()


def test_files_of_torch_are_compared_by_their_numbers(monkeypatch: pytest.MonkeyPatch):
    a, b, c = (make_torch(x, monkeypatch, n) for x, n in ((2.0, "a"), (2.0, "b"), (3.0, "a")))
    assert judge(a, b, "m.pt") == ("same content", "a file of PyTorch with the same content")
    verdict, detail = judge(a, c, "m.pt")
    assert verdict == "different"
    assert "2.0 → 3.0" in detail
    assert judge(a, c, "m.pt", 0.5)[0] == "close"


def test_files_of_stata_are_compared_by_their_variables():
    def make(number: float, minute: int, label: str = "") -> bytes:
        file = io.BytesIO()
        pd.DataFrame({"x": [1.0, number]}).to_stata(
            file,
            time_stamp=pd.Timestamp(2026, 11, 21, 17, minute),
            variable_labels={"x": label},
            version=118,
            write_index=False,
        )
        return file.getvalue()

    a = make(2.0, 1)
    assert judge(a, make(2.0, 2), "x.dta") == (
        "same content",
        "a file of Stata with the same content",
    )
    assert judge(a, make(3.0, 1), "x.dta", 0.5)[0] == "close"
    assert judge(a, make(2.0, 1, "label"), "x.dta")[0] == "different"


def test_databases_of_duckdb_are_compared_by_their_rows(tmp_path: Path):
    for name, number in (("a", 1.0), ("b", 1.0), ("c", 1.5)):
        with closing(duckdb.connect(str(tmp_path / f"{name}.duckdb"))) as database:
            database.execute("CREATE TABLE t AS SELECT CAST(? AS DOUBLE) AS x", [number])
    a, b, c = (tmp_path / f"{name}.duckdb" for name in "abc")
    assert compare_paths(a, b).is_good
    assert "1.0 → 1.5" in compare_paths(a, c).text
    assert compare_paths(a, c, Way(Tolerance(0.5))).verdict == "close"


def test_arrays_of_objects_are_read_without_running_code():
    file = io.BytesIO()
    np.save(file, np.array([None, "x", {"a": 1}], dtype=object), allow_pickle=True)
    assert read_npy(file.getvalue()).tolist() == [None, "x", {"a": 1}]


def test_arrays_with_names_of_all_letters_are_read():
    file = io.BytesIO()
    np.lib.format.write_array(file, np.zeros(2, [("größe", "f8")]), version=(3, 0))
    assert read_npy(file.getvalue()).dtype.names == ("größe",)


def test_hdf5_with_records_and_lists_of_references_is_read():
    def make(number: float) -> bytes:
        file = io.BytesIO()
        with h5py.File(file, "w") as store:
            table = np.array([(1, number)], [("n", "i4"), ("x", "f8")])
            store["table"] = table
            store["texts"] = np.array(["a", "b"], dtype=h5py.string_dtype())
            store["type"] = np.dtype("f8")
            references = np.array([store["table"].ref], dtype=h5py.ref_dtype)
            store["table"].attrs["to"] = references
            store["blob"] = np.bytes_(b"\xff\x80")
        return file.getvalue()

    assert judge(make(1.0), make(1.5), "x.h5")[1].startswith("/table['x'][0]: 1.0 → 1.5")


@pytest.mark.parametrize("engine", ["file", "stream"])
def test_arrow_in_both_of_its_formats_is_read(engine: str):
    import pyarrow as pa

    def make(number: float) -> bytes:
        table = pa.table({"x": [1.0, number], "names": [["a"], None]})
        sink = io.BytesIO()
        new = pa.ipc.new_file if engine == "file" else pa.ipc.new_stream
        with new(sink, table.schema) as writer:
            writer.write_table(table)
        return sink.getvalue()

    assert judge(make(2.0), make(3.0), "x.arrow")[1].startswith("column 'x'[1]: 1 of 2 numbers")


def test_orc_is_read():
    import pyarrow as pa
    from pyarrow import orc

    def make(number: float) -> bytes:
        sink = io.BytesIO()
        orc.write_table(pa.table({"x": [1.0, number]}), sink)
        return sink.getvalue()

    assert judge(make(2.0), make(3.0), "x.orc")[1].startswith("column 'x'[1]: 1 of 2 numbers")


# --- notebooks -----------------------------------------------------------------------------------


def make_notebook(*outputs: dict[str, Any], **cell: Any) -> str:
    first = {"cell_type": "code", "source": "x", "outputs": list(outputs)}
    return json.dumps({"cells": [first | cell], "metadata": {}})


STREAM = {"output_type": "stream", "name": "stdout", "text": "ab"}
PICTURE = {"output_type": "display_data", "data": {"image/png": "iVBORw0KGgo="}}
ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        (make_notebook(STREAM), make_notebook(), "cell 1: 1 outputs → 0 outputs"),
        (make_notebook(STREAM), make_notebook(ERROR), "cell 1, output 1: stream → error"),
        (make_notebook(), make_notebook(cell_type="raw"), "cell 1: code → raw"),
        (make_notebook(), make_notebook(source="y"), "cell 1, source: 'x' → 'y'"),
        (make_notebook(), '{"cells": []}', "1 cells → 0 cells"),
        (
            make_notebook(ERROR),
            make_notebook(ERROR | {"evalue": "yes"}),
            "cell 1, output 1[1]: 'no' → 'yes'",
        ),
        (
            make_notebook(PICTURE),
            make_notebook(PICTURE | {"data": {"text/plain": "x"}}),
            "cell 1, output 1: image/png → text/plain",
        ),
        (
            make_notebook(PICTURE | {"data": {"application/json": {"a": 1}}}),
            make_notebook(PICTURE | {"data": {"application/json": {"a": 2}}}),
            "cell 1, output 1 (application/json)['a']: 1 → 2, by 1 (relative 1)",
        ),
    ],
)
def test_cells_that_gave_something_else_are_different(a: str, b: str, told: str):
    assert judge(a, b, "x.ipynb") == ("different", told)


def test_where_a_stream_was_cut_does_not_count():
    parts = [STREAM | {"text": ["a"]}, STREAM | {"text": ["b"]}]
    assert judge(make_notebook(STREAM), make_notebook(*parts), "x.ipynb")[0] == "same content"
