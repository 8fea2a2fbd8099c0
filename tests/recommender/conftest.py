"""A little shop, and every arm fitted on it, once for all tests."""

import pytest

from recommender.ranking.baselines import simple_arms
from recommender.ranking.blend import Blend
from recommender.ranking.content import fit_content
from recommender.ranking.factorization import fit_factorization
from tests.recommender.little import make_little


@pytest.fixture(scope="session")
def little():
    return make_little()


@pytest.fixture(scope="session")
def arms(little):
    now = int(little.interactions.occurred_at[-1]) + 1
    return (
        *simple_arms(little.interactions, now=now),
        fit_content(little.features),
        fit_factorization(little.interactions, little.features, seed=1, threads=1),
    )


@pytest.fixture(scope="session")
def blend(arms):
    return Blend(arms, {arm.name: 1.0 for arm in arms})
