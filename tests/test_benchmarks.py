"""The list of benchmarks tells of each what it answers."""

from benchmarks.__main__ import questions
from benchmarks.preflight import Told, cases
from workbench import recipe
from workbench.data.sources import samples


def test_every_benchmark_says_in_a_sentence_what_it_answers():
    found = questions()
    assert {"preflight", "sms_spam", "web"} <= found.keys()
    assert "engine_sets" not in found  # nothing that could be run
    assert all(20 < len(question) < 200 and question[-1] in "?." for question in found.values())


def test_the_cases_of_preflight_are_thirty_different_ones_that_exist():
    made = cases()
    assert len({case.name for case in made}) == len(made) == 30
    for case in made:
        assert samples.by_id(case.source) is not None
        assert recipe.Training(**case.training)


def test_errors_are_shares_of_what_came():
    assert Told("one", 12.0, 10.0, 90.0, 100.0, 5.0, 0.0).errors() == (0.2, -0.1, 0.0)
