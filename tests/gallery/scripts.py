"""Scripts from the galleries of others: which, where they come from, and why each is here.

Nothing of theirs is in this repository: a script is taken, as it is, from the source distribution
that its project published, or from the installed package. PyTorch publishes neither a source
distribution nor its tutorials on the package index, and that of pandas has no documentation: their
scripts are those that the distributions carry.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["SCRIPTS", "SOURCES", "Script", "Source"]


@dataclass(frozen=True)
class Source:
    """A distribution that carries scripts.

    ``sha256`` is that of its source distribution; without it, the installed package is used.
    """

    name: str
    version: str = ""
    sha256: str = ""

    @property
    def stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"


@dataclass(frozen=True)
class Script:
    """A script, by its path in the distribution.

    ``files`` are patterns of what else it needs beside it, ``folder`` is where it is started,
    ``needs`` are modules it imports beyond those of its project, and ``varies`` is an expression
    for what it prints differently each time: times that it measured.
    """

    source: str
    path: str
    why: str
    arguments: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folder: str = ""
    needs: tuple[str, ...] = ()
    varies: bytes = b""
    quick: bool = False


SOURCES = {
    "scikit-learn": Source(
        "scikit-learn",
        "1.9.1",
        "629cada3e33e2b9bf376cdc7614a47a4140b8aedc1d836579e359736fbd82977",
    ),
    "matplotlib": Source(
        "matplotlib",
        "3.11.2",
        "cec596316640f2b394b8f0daa0ea61a8eae82d017b620b9f202befb972a59ea4",
    ),
    "pandas": Source(
        "pandas",
        "3.1.1",
        "05fed3e3b7c99b226f160e29d7d6cb7ef39638c758cbfe42b3f24ba34f04b859",
    ),
    "statsmodels": Source(
        "statsmodels", "0.15.0", "5d257fe58d0772bc46a557880ca78e2a8e07fec7bfd9d11074aef8e33e1aecbc"
    ),
    "torch": Source("torch"),
}

_LEARN = "examples"
_PLOT = "galleries"
_MODELS = "examples/python"
_TORCH = "torch/utils"
_FAST_FLOAT = "subprojects/fast_float-8.2.10"
_CLOCK = rb"\d\d:\d\d:\d\d"
_FIGURES = rb".*(\d|WARNING|This could|See ).*\n"

SCRIPTS = (
    Script(
        "scikit-learn",
        f"{_LEARN}/compose/plot_feature_union.py",
        "a search that says how long each fit took",
        varies=rb"time= *[\d.]+s",
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/cluster/plot_feature_agglomeration_vs_univariate_selection.py",
        "joblib.Memory in a temporary folder, filled with arrays; removed in the end",
        varies=rb"tmp\w{8}|[\d.]+(s|min)",
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/model_selection/plot_multi_metric_evaluation.py",
        "two processes of joblib's loky",
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/ensemble/plot_forest_importances.py",
        "threads, and times that it prints",
        varies=rb"[\d.]+ seconds",
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/classification/plot_digits_classification.py",
        "data that are in the package, a report that is printed",
        quick=True,
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/tree/plot_unveil_tree_structure.py",
        "much that is printed",
    ),
    Script(
        "scikit-learn",
        f"{_LEARN}/neural_networks/plot_mlp_training_curves.py",
        "warnings, written to standard error",
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/misc/print_stdout_sgskip.py",
        "an image as bytes on standard output",
        quick=True,
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/misc/hyperlinks_sgskip.py",
        "pictures as XML, with links",
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/lines_bars_and_markers/simple_plot.py",
        "a figure, saved and shown where nothing can be shown",
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/misc/svg_filter_line.py",
        "a figure as XML, changed and written",
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/misc/rasterization_demo.py",
        "the same figure as PDF and EPS",
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/user_interfaces/canvasagg.py",
        "files that Pillow writes",
        quick=True,
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/tutorials/images.py",
        "an image of the project, read by Pillow",
        files=("doc/_static/stinkbug.png",),
        folder=f"{_PLOT}/tutorials",
        quick=True,
    ),
    Script(
        "matplotlib",
        f"{_PLOT}/examples/text_labels_and_annotations/font_table.py",
        "an argument that argparse reads; fonts opened by C code",
        arguments=("--print",),
    ),
    Script(
        "matplotlib",
        "tools/generate_matplotlibrc.py",
        "one file of the project made from another",
        arguments=("lib/matplotlib/mpl-data/matplotlibrc", "matplotlibrc.new", "agg"),
        files=("lib/matplotlib/mpl-data/matplotlibrc",),
    ),
    Script("statsmodels", f"{_MODELS}/ols.py", "summaries that are printed", varies=_CLOCK),
    Script("statsmodels", f"{_MODELS}/glm.py", "data of the package", varies=_CLOCK),
    Script("statsmodels", f"{_MODELS}/tsa_arma_0.py", "a time series, fitted", varies=_CLOCK),
    Script("statsmodels", f"{_MODELS}/gls.py", "a model in several steps", varies=_CLOCK),
    Script(
        "statsmodels",
        f"{_MODELS}/influence_glm_logit.py",
        "a table read by its path",
        varies=_CLOCK,
    ),
    Script(
        "statsmodels",
        "tools/dataset_rst.py",
        "many files, written into a folder that it makes",
    ),
    Script(
        "torch",
        f"{_TORCH}/benchmark/examples/simple_timeit.py",
        "tensors; times are printed",
        varies=_FIGURES,
    ),
    Script(
        "torch",
        f"{_TORCH}/collect_env.py",
        "many other programs, whose output it reads",
        varies=rb".*MHz.*\n",
    ),
    Script(
        "torch",
        f"{_TORCH}/_zip.py",
        "files of the project put into an archive",
        arguments=(
            "torch/utils/benchmark",
            "--install-dir=.",
            "--strip-dir=torch",
            "--zip-name=utils.zip",
        ),
        files=("torch/utils/benchmark/*.py", "torch/utils/benchmark/utils/*.py"),
    ),
    Script(
        "torch",
        "torch/_export/db/gen_example.py",
        "a file of the project, written at a path that is derived",
        arguments=("new_case",),
        files=("torch/_export/db/examples/__init__.py",),
    ),
    Script(
        "pandas",
        "pandas/tests/io/generate_legacy_storage_files.py",
        "frames, pickled into a folder that it makes",
        arguments=("legacy", "pickle"),
        quick=True,
    ),
    Script(
        "pandas",
        "generate_version.py",
        "a module of the project, which it writes",
        arguments=("--print", "--outfile", "version.py"),
        files=("_version_meson.py",),
        needs=("versioneer",),
    ),
    Script(
        "pandas",
        f"{_FAST_FLOAT}/script/amalgamate.py",
        "many files of the project made into one",
        arguments=("--license", "MIT", "--output", "fast_float.h"),
        files=tuple(f"{_FAST_FLOAT}/{each}" for each in ("[ACL]*", "include/fast_float/*.h")),
        folder=_FAST_FLOAT,
        quick=True,
    ),
    Script(
        "pandas",
        "pandas/util/_doctools.py",
        "tables, drawn; it is a module of the package, too",
    ),
)
