import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from recommender.artifact import load, save
from recommender.prediction.trees import Trees


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(1).normal(size=(600, 4))


@pytest.fixture(scope="module")
def classes(rows):
    return rows[:, 0] + rows[:, 1] * rows[:, 2] > 0.3


@pytest.fixture(scope="module")
def gappy(rows):
    gaps = np.random.default_rng(2).random(rows.shape) < 0.2
    return np.where(gaps, np.nan, rows)


def quick(kind, **told):
    return kind(max_iter=15, max_leaf_nodes=7, random_state=1, **told)


def test_kept_trees_answer_as_the_fitted_ones_do(rows, classes):
    model = quick(HistGradientBoostingClassifier).fit(rows, classes)

    np.testing.assert_allclose(Trees.from_sklearn(model).predict(rows), model.decision_function(rows), rtol=1e-12)


def test_a_gap_goes_where_it_went_in_training(gappy, classes):
    model = quick(HistGradientBoostingClassifier).fit(gappy, classes)

    np.testing.assert_allclose(Trees.from_sklearn(model).predict(gappy), model.decision_function(gappy), rtol=1e-12)


def test_counts_are_answered_by_their_logarithm(rows, classes):
    model = quick(HistGradientBoostingRegressor, loss="poisson").fit(rows, classes * 3.0)

    np.testing.assert_allclose(np.exp(Trees.from_sklearn(model).predict(rows)), model.predict(rows), rtol=1e-12)


def test_trees_that_never_split_say_what_is_usual(rows):
    model = quick(HistGradientBoostingRegressor).fit(rows, np.full(len(rows), 2.5))

    np.testing.assert_allclose(Trees.from_sklearn(model).predict(rows[:3]), 2.5)


def test_one_row_and_none_are_answered_too(rows, classes):
    trees = Trees.from_sklearn(quick(HistGradientBoostingClassifier).fit(rows, classes))

    assert trees.predict(rows[:1]) == trees.predict(rows)[:1]
    assert trees.predict(rows[:0]).shape == (0,)


def test_many_rows_are_walked_in_parts(rows, classes, monkeypatch):
    trees = Trees.from_sklearn(quick(HistGradientBoostingClassifier).fit(rows, classes))
    whole = trees.predict(rows)
    monkeypatch.setattr("recommender.prediction.trees.CHUNK", 100)

    np.testing.assert_array_equal(trees.predict(rows), whole)


def test_trees_survive_an_artifact(rows, classes, tmp_path):
    trees = Trees.from_sklearn(quick(HistGradientBoostingClassifier).fit(rows, classes))
    save(tmp_path / "trees", trees.arrays(), {})

    again = Trees.from_arrays(load(tmp_path / "trees")[0])

    np.testing.assert_array_equal(again.predict(rows), trees.predict(rows))


def test_more_than_two_classes_are_refused(rows):
    model = quick(HistGradientBoostingClassifier).fit(rows, np.arange(len(rows)) % 3)

    with pytest.raises(ValueError, match="one of two classes"):
        Trees.from_sklearn(model)


def test_categorical_splits_are_refused(rows):
    coded = np.column_stack([np.arange(len(rows)) % 3, rows[:, 0]])
    model = quick(HistGradientBoostingClassifier, categorical_features=[0]).fit(coded, coded[:, 0] == 1)

    with pytest.raises(ValueError, match="categorical"):
        Trees.from_sklearn(model)
