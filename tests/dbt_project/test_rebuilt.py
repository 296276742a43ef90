"""The recipe that other candidates are made by: what it refuses, and how it judges.

That it makes what dbt makes is `test_a_rebuilt_warehouse_is_the_one_that_dbt_builds`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.dbt_project.conftest import TinyBuild
from tests.dbt_project.rebuilt import NoRecipeError, Recipe, recipe_of

CANDIDATE = Path("somewhere") / "night.duckdb"
SOUND = 'select 1 as one from "night"."marts"."metric"'


def node(code: str = SOUND, materialized: str = "table", **config: Any) -> SimpleNamespace:
    """A dbt model, as far as a recipe looks at it."""
    return SimpleNamespace(
        unique_id="model.m",
        name="m",
        resource_type="model",
        schema="marts",
        alias="m",
        depends_on=SimpleNamespace(nodes=[]),
        compiled_code=code,
        config=SimpleNamespace(materialized=materialized, **config),
    )


def test_a_sound_model_is_kept() -> None:
    """Given a model with its SQL, then it is in the recipe, and its SQL is found by its name."""
    kept = recipe_of(CANDIDATE, [node()], [])
    assert (kept.sql("m"), kept.built[0].relation) == (SOUND, "marts.m")


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (node(code=""), "no SQL of m"),
        (node(materialized="incremental"), "model that dbt makes as incremental"),
        (node(code='select 1 from "morning"."marts"."metric"'), r"other databases: \['morning'\]"),
        (node(code="from read_parquet('somewhere/lake/a.parquet')"), "names a folder"),
        (node(pre_hook=["set threads = 1"]), "has hooks"),
    ],
    ids=["no SQL", "another kind", "another database", "a path", "hooks"],
)
def test_what_dbt_alone_can_make_is_refused(model: SimpleNamespace, why: str) -> None:
    """Given a model of which the SQL is not the whole, then there is no recipe, and it is said."""
    with pytest.raises(NoRecipeError, match=why):
        recipe_of(CANDIDATE, [model], [])


def test_tests_are_judged_as_dbt_judged_them(tiny: TinyBuild, tmp_path: Path) -> None:
    """Given the lake that dbt built from, when built again, then each test says what it said."""
    again = tiny.recipe.rebuild(tiny.lake, tmp_path)
    assert (again.failures, again.warnings) == (tiny.result.failures, tiny.result.warnings)
    assert again.failures
    assert again.warnings
    unit_tests = tiny.result.tests_passed - again.tests_passed
    assert (again.models, again.seeds) == (tiny.result.models, tiny.result.seeds)
    assert 0 < unit_tests < 50


def test_a_test_that_does_not_run_is_broken(
    recipe: Recipe, empty_lake: Path, tmp_path: Path
) -> None:
    """Given a test whose SQL fails, then it is among the failures, as broken, with its message."""
    lost = replace(recipe.tests[0], compiled_code="select * from marts.nowhere")
    broken = replace(recipe, tests=(lost,)).rebuild(empty_lake, tmp_path)
    (failure,) = broken.failures
    assert (failure.node, failure.outcome) == (lost.name, "broken")
    assert "nowhere" in failure.message


def test_a_change_of_seeds_that_changes_nothing_is_refused(
    recipe: Recipe, empty_lake: Path, tmp_path: Path
) -> None:
    """Given a statement that hits no row of a seed, then nothing is made of unchanged seeds."""
    statement = "delete from seeds.disclosure_returns where return_id = 'no such return'"
    with pytest.raises(AssertionError, match="no seed was changed"):
        recipe.rebuild(empty_lake, tmp_path, seeds_changed=statement)
