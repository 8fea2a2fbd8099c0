import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from recommender.artifact import save
from recommender.errors import ArtifactCorrupt, ArtifactIncompatible
from recommender.ranking.blend import single
from recommender.ranking.ranker import Query
from recommender.ranking.stored import load_ranker, save_ranker
from tests.recommender.ranking.test_blend import ONE

WEIGHTS = {"home": {"personal_frequency": 1.0, "factorization": 0.25}, "product": single("bought_together")}


@pytest.fixture
def path(tmp_path, arms):
    extras = {"item_ids": np.arange(60, dtype=np.int64), "user_ids": np.array(["17850", "ü"])}
    save_ranker(tmp_path / "ranker", arms, WEIGHTS, extras=extras, header={"trained_at": 3})
    return tmp_path / "ranker"


def test_what_was_trained_comes_back_for_each_purpose(path, blend):
    stored = load_ranker(path)
    query = Query(3, np.array([3, 9], np.int32), np.ones(2, np.float32), np.zeros(2, np.float32))

    assert stored.weights == WEIGHTS
    assert stored.header == {"trained_at": 3}
    assert stored.extras["user_ids"].tolist() == ["17850", "ü"]
    for purpose, weights in WEIGHTS.items():
        fresh = type(blend)(blend.arms, weights)
        assert np.array_equal(stored.blends[purpose].score(query), fresh.score(query))
        assert stored.blends[purpose].rank(query, 8, np.zeros(60, bool)) == fresh.rank(query, 8, np.zeros(60, bool))


def test_all_purposes_share_the_same_mapped_arrays(path):
    blends = load_ranker(path).blends

    assert blends["home"].arms is blends["product"].arms


def test_reading_and_asking_never_loads_lightfm(path):
    code = f"""
import sys, pathlib, numpy as np
from recommender.ranking.ranker import Query
from recommender.ranking.stored import load_ranker
stored = load_ranker(pathlib.Path({str(path)!r}))
assert stored.blends["home"].rank(Query(user=1), 4, np.zeros(60, bool))
sys.exit("lightfm" in sys.modules)
"""

    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_an_arm_that_could_not_be_read_back_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="No artifact can hold one"):
        save_ranker(tmp_path / "ranker", [ONE], {})


def test_an_arm_of_a_later_version_says_train_again(tmp_path):
    save(tmp_path / "ranker", {}, {"arms": ["oracle"], "weights": {}, "header": {}})

    with pytest.raises(ArtifactIncompatible):
        load_ranker(tmp_path / "ranker")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"arms": ["recent_popularity"], "weights": {}, "header": {}},
        {"arms": [], "weights": {"home": {}}, "header": {}},
        {"arms": None, "weights": {}, "header": {}},
    ],
)
def test_an_artifact_of_something_else_is_refused(tmp_path, said):
    save(tmp_path / "ranker", {}, said)

    with pytest.raises(ArtifactCorrupt):
        load_ranker(tmp_path / "ranker")
