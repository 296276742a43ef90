"""Transform: dbt models from the lake to a candidate warehouse."""
