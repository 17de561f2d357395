"""Digests of fitted models, graphs, pictures, formulas and shapes."""

from __future__ import annotations

import copy
import io
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn import (
    cluster,
    compose,
    ensemble,
    feature_extraction,
    gaussian_process,
    linear_model,
    naive_bayes,
    neighbors,
    neural_network,
    pipeline,
    preprocessing,
    svm,
    tree,
)

from anew.digests import digest_value

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS = np.random.default_rng(0).random((60, 4))
LABELS = (POINTS[:, 0] > 0.5).astype(int)

MODELS: dict[str, Callable[[], Any]] = {
    "tree": lambda: tree.DecisionTreeClassifier(random_state=0),
    "forest": lambda: ensemble.RandomForestClassifier(5, random_state=0),
    "boosting": lambda: ensemble.GradientBoostingClassifier(n_estimators=3, random_state=0),
    "histogram": lambda: ensemble.HistGradientBoostingClassifier(max_iter=3, random_state=0),
    "support vectors": svm.SVC,
    "support vectors by share": svm.NuSVC,
    "neighbours": lambda: neighbors.KNeighborsClassifier(algorithm="kd_tree"),
    "balls": lambda: neighbors.KNeighborsClassifier(algorithm="ball_tree", metric="manhattan"),
    "density": neighbors.KernelDensity,
    "linear": linear_model.LogisticRegression,
    "descent": lambda: linear_model.SGDClassifier(random_state=0),
    "bayes": naive_bayes.GaussianNB,
    "process": lambda: gaussian_process.GaussianProcessClassifier(random_state=0),
    "network": lambda: neural_network.MLPClassifier((3,), solver="lbfgs", random_state=0),
    "means": lambda: cluster.KMeans(2, n_init=1, random_state=0),
    "pipeline": lambda: pipeline.make_pipeline(
        compose.make_column_transformer(
            (preprocessing.StandardScaler(), [0, 1]), remainder="passthrough"
        ),
        svm.LinearSVC(random_state=0),
    ),
}
each_model = pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)


@each_model
def test_equal_fits_are_together_and_others_apart(make: Callable[[], Any]) -> None:
    model = make()
    unfitted = digest_value(model)
    digest = digest_value(model.fit(POINTS, LABELS))
    again = [make().fit(POINTS, LABELS), copy.deepcopy(model), pickle.loads(pickle.dumps(model))]
    assert {digest_value(each) for each in again} == {digest}
    other = make().fit(POINTS[::-1] ** 2, 1 - LABELS)
    assert len({digest, digest_value(other), unfitted}) == 3


@each_model
def test_asking_a_model_does_not_change_it(make: Callable[[], Any]) -> None:
    model = make().fit(POINTS, LABELS)
    digest = digest_value(model)
    ask = getattr(model, "predict", None) or model.score_samples
    ask(POINTS)
    assert digest_value(model) == digest


def test_parameters_of_a_model_count() -> None:
    one, other = (linear_model.Ridge(alpha=alpha) for alpha in (1.0, 2.0))
    assert digest_value(one) != digest_value(other)


def test_the_release_that_fitted_a_model_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    model = linear_model.Ridge().fit(POINTS, LABELS)
    digest = digest_value(model)
    monkeypatch.setattr("sklearn.base.__version__", "0.0")
    assert digest_value(model) == digest


def test_words_of_texts_have_digests() -> None:
    vectors = feature_extraction.text.TfidfVectorizer()
    texts = ["a fine day", "a dull day"]
    digest = digest_value(vectors.fit(texts))
    assert digest == digest_value(feature_extraction.text.TfidfVectorizer().fit(texts))


@pytest.mark.parametrize("kind", [neighbors.KDTree, neighbors.BallTree])
def test_how_often_a_tree_was_asked_does_not_count(kind: Any) -> None:
    found = kind(POINTS)
    digest = digest_value(found)
    found.query(POINTS)
    assert digest_value(found) == digest != digest_value(kind(POINTS + 1))


def test_the_process_does_not_matter(digest_elsewhere: Callable[[str], set[str]]) -> None:
    found = digest_elsewhere("""
        import numpy as np
        from sklearn import ensemble, svm
        points = np.arange(40.0).reshape(20, 2) % 7
        models = [ensemble.RandomForestClassifier(3, random_state=0), svm.SVC()]
        value = [model.fit(points, points[:, 0] > 3) for model in models]
    """)
    points = np.arange(40.0).reshape(20, 2) % 7
    models: list[Any] = [ensemble.RandomForestClassifier(3, random_state=0), svm.SVC()]
    assert found == {digest_value([model.fit(points, points[:, 0] > 3) for model in models])}


def test_graphs_are_their_nodes_and_edges() -> None:
    nx = pytest.importorskip("networkx")
    graph = nx.Graph(name="g")
    graph.add_edge("a", "b", weight=1)
    graph.add_edge("b", "c")
    digest = digest_value(graph)
    assert len(graph.nodes) + len(graph.edges) + len(graph.adj) == 8  # kept by the graph since
    turned = nx.Graph(name="g")
    turned.add_edge("c", "b")
    turned.add_edge("b", "a", weight=1)
    assert {digest_value(each) for each in (graph, turned, graph.copy())} == {digest}
    graph["a"]["b"]["weight"] = 2
    others = [graph, nx.DiGraph(turned), nx.MultiGraph(turned), turned.subgraph(["a", "b"])]
    assert digest not in {digest_value(other) for other in others}


def test_pictures_are_their_pixels() -> None:
    images = pytest.importorskip("PIL.Image")
    image = images.fromarray(np.zeros((4, 5, 3), "u1"))
    digest = digest_value(image)
    assert digest_value(image.copy()) == digest
    file = io.BytesIO()
    image.save(file, "png")
    assert digest_value(images.open(file)) == digest_value(images.open(file))
    image.putpixel((0, 0), (1, 2, 3))
    assert digest_value(image) != digest


def test_formulas_are_what_they_say(digest_elsewhere: Callable[[str], set[str]]) -> None:
    sympy = pytest.importorskip("sympy")
    a, b = sympy.symbols("a b")
    formula = (a + b) ** 2 * sympy.sin(a) + a * b / 3
    digest = digest_value(formula)
    assert formula.is_positive is None  # which the formula keeps
    assert {digest, digest_value(pickle.loads(pickle.dumps(formula)))} == digest_elsewhere("""
        import sympy
        a, b = sympy.symbols("a b")
        value = (a + b) ** 2 * sympy.sin(a) + a * b / 3
    """)
    assert digest_value(formula + 1) != digest
    assert digest_value(a) != digest_value(sympy.Symbol("a", positive=True))


def test_shapes_are_their_points() -> None:
    shapely = pytest.importorskip("shapely")
    shape = shapely.Polygon([(0, 0), (1, 0), (1, 1)])
    digest = digest_value(shape)
    shapely.prepare(shape)
    assert digest_value(shape) == digest_value(pickle.loads(pickle.dumps(shape))) == digest
    assert digest_value(shapely.Polygon([(0, 0), (1, 0), (1, 2)])) != digest
