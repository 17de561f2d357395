"""What parsers of command lines make of them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Case(NamedTuple):
    """A program, its words, and what is to be seen."""

    program: str
    words: str
    by: str
    values: dict[str, Any]
    given: set[str]


ARGPARSE = """\
import argparse, enum, pathlib
class Colour(enum.Enum):
    RED = 1
parser = argparse.ArgumentParser()
parser.add_argument("data", type=pathlib.Path)
parser.add_argument("--alpha", type=float, default=0.1)
parser.add_argument("-n", "--number", type=int, default=3)
parser.add_argument("-v", action="store_true")
parser.add_argument("--api-key")
parser.add_argument("--colour", default=Colour.RED)
parser.add_argument("--apply", default=len)
"""
ALL = {
    "data": "d.csv",
    "alpha": 0.1,
    "number": 3,
    "v": False,
    "api_key": None,
    "colour": "RED",
    "apply": "len",
}
COMMANDS = """
import argparse
parser = argparse.ArgumentParser()
commands = parser.add_subparsers(dest="command")
train = commands.add_parser("train")
train.add_argument("--rate", type=float, default=1.0)
parser.parse_args()
"""
CLICK = """
import click
@click.group()
@click.option("--debug/--no-debug", default=False)
def main(debug): pass
@main.command()
@click.option("--alpha", default=0.1)
@click.option("--pin", hide_input=True)
@click.argument("path", type=click.Path())
def train(alpha, pin, path): pass
main()
"""
TYPER = """
import typer
from pathlib import Path
def main(data: Path, alpha: float = 0.1, verbose: bool = False): pass
typer.run(main)
"""
DOCOPT = '''
"""Usage: program.py ship new <name>... [--speed=<kn>] [-v]

Options:
  --speed=<kn>  Speed [default: 10].
"""
from docopt import docopt
docopt(__doc__)
'''
FIRE = """
import fire
class Model:
    def __init__(self, depth=3): self.depth = depth
    def train(self, alpha=0.1): return self.depth * alpha
fire.Fire(Model)
"""
ABSL = """
from absl import app, flags
flags.DEFINE_float("alpha", 0.1, "a")
flags.DEFINE_enum("kind", "x", ["x", "y"], "k")
app.run(lambda argv: None)
"""
DATACLASSES = """
from dataclasses import dataclass, field
@dataclass
class Optimizer:
    rate: float = 0.1
@dataclass
class Settings:
    optimizer: Optimizer = field(default_factory=Optimizer)
    n: int = 2
"""
TYRO = DATACLASSES + "import tyro; tyro.cli(Settings)\n"
TYRO_CALL = """
import tyro
def main(n: int, /, alpha: float = 0.1): pass
tyro.cli(main)
"""
SIMPLE = DATACLASSES + "import simple_parsing; simple_parsing.parse(Settings)\n"
HYDRA = """
import hydra
@hydra.main(version_base=None, config_path="conf", config_name="all")
def main(cfg): assert cfg.model.depth == 7
main()
"""
OMEGACONF = """
from omegaconf import OmegaConf
OmegaConf.merge(OmegaConf.load("conf/all.yaml"), OmegaConf.from_cli())
"""
CONFIGURATION = """
model: {depth: 3, name: deep}
database: {password: hunter2, name: "${model.name}"}
home: ${oc.env:HOME}
"""
COMPOSED = {
    "model.depth": 7,
    "model.name": "deep",
    "database.password": "***",
    "database.name": "deep",
    "home": "${oc.env:HOME}",
}
PARSE = ARGPARSE + "parser.parse_args()\n"

CASES = {
    "argparse": Case(PARSE, "d.csv", "argparse", ALL, {"data"}),
    "argparse, given": Case(
        PARSE,
        "d.csv --alp=0.3 -vn3 --api-key abc",
        "argparse",
        {**ALL, "alpha": 0.3, "v": True, "api_key": "***"},
        {"data", "alpha", "number", "v", "api_key"},
    ),
    "argparse, unknown": Case(
        ARGPARSE + "parser.parse_known_args()\n", "d.csv -x", "argparse", ALL, {"data"}
    ),
    "argparse, mixed": Case(
        ARGPARSE + "parser.parse_intermixed_args()\n",
        "--alpha 1 d.csv -v",
        "argparse",
        {**ALL, "alpha": 1.0, "v": True},
        {"data", "alpha", "v"},
    ),
    "argparse, command": Case(
        COMMANDS, "train", "argparse", {"command": "train", "rate": 1.0}, {"command"}
    ),
    "argparse, first": Case(
        PARSE + "parser.parse_args(['other'])\n", "d.csv", "argparse", ALL, {"data"}
    ),
    "click": Case(
        CLICK,
        "train --alpha 0.1 --pin 1 a.csv",
        "click",
        {"debug": False, "train.alpha": 0.1, "train.pin": "***", "train.path": "a.csv"},
        {"train.alpha", "train.pin", "train.path"},
    ),
    "typer": Case(
        TYPER,
        "d.csv --alpha 2",
        "typer",
        {"data": "d.csv", "alpha": 2.0, "verbose": False},
        {"data", "alpha"},
    ),
    "docopt": Case(
        DOCOPT,
        "ship new a b --speed=3",
        "docopt",
        {"ship": True, "new": True, "name": ["a", "b"], "speed": "3", "v": False},
        {"ship", "new", "name", "speed"},
    ),
    "fire": Case(
        FIRE,
        "train --alpha=4 --depth 5",
        "fire",
        {"depth": 5, "train.alpha": 4},
        {"depth", "train.alpha"},
    ),
    "absl": Case(ABSL, "--alpha=2", "absl", {"alpha": 2.0, "kind": "x"}, {"alpha"}),
    "simple-parsing": Case(
        SIMPLE, "--rate 3", "simple-parsing", {"optimizer.rate": 3.0, "n": 2}, {"optimizer.rate"}
    ),
    "tyro": Case(
        TYRO, "--optimizer.rate 3", "tyro", {"optimizer.rate": 3.0, "n": 2}, {"optimizer.rate"}
    ),
    "tyro, call": Case(TYRO_CALL, "4", "tyro", {"n": 4, "alpha": 0.1}, {"n"}),
    "hydra": Case(HYDRA, "model.depth=7 +x=1", "hydra", {**COMPOSED, "x": 1}, {"model.depth", "x"}),
    "omegaconf": Case(OMEGACONF, "model.depth=7", "omegaconf", COMPOSED, {"model.depth"}),
}


@pytest.fixture
def configuration(work: Path) -> None:
    (work / "conf").mkdir()
    (work / "conf" / "all.yaml").write_text(CONFIGURATION)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_arguments_are_seen_as_the_program_sees_them(
    follow: Callable[..., object], configuration: None, case: Case
) -> None:
    done = follow(case.program, *case.words.split())
    assert done.done.returncode == 0, done.done.stderr
    parsed = done.first.arguments
    assert {each.by for each in parsed} == {case.by}
    assert {name: value for each in parsed for name, value in each.values.items()} == case.values
    assert {name for each in parsed for name in each.given} == case.given


def test_a_parser_of_a_library_does_not_count(follow: Callable[..., object], work: Path) -> None:
    folder = work / "site-packages"
    folder.mkdir()
    (folder / "library.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args(['1'])\n"
    )
    done = follow("import sys; sys.path.insert(0, 'site-packages'); import library", "a")
    assert done.first.arguments == ()


def test_a_program_that_is_a_library_counts(follow: Callable[..., object], work: Path) -> None:
    folder = work / "site-packages"
    folder.mkdir()
    (folder / "library.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args()\n"
    )
    done = follow("import sys; sys.path.insert(0, 'site-packages'); import library", "a")
    assert [each.values for each in done.first.arguments] == [{"x": "a"}]


def test_an_error_of_a_type_has_the_same_traceback(
    follow: Callable[..., object], work: Path
) -> None:
    program = """
        import argparse
        def fail(text): raise RuntimeError(text)
        parser = argparse.ArgumentParser()
        parser.add_argument("--x", type=fail)
        parser.parse_args()
        """
    done = follow(program, "--x", "1").done
    bare = [sys.executable, "program.py", "--x", "1"]
    assert "RuntimeError" in done.stderr
    assert (
        done.stderr
        == subprocess.run(bare, cwd=work, capture_output=True, text=True, check=False).stderr
    )


def test_no_secret_is_in_the_trace(follow: Callable[..., object], traces: Path) -> None:
    assert follow(PARSE, "d.csv", "--api-key", "planted-secret").first.arguments
    texts = [path.read_bytes() for path in traces.iterdir()]
    assert texts
    assert not any(b"planted-secret" in text for text in texts)
