"""The columns of a table that tasks on tables read."""

from workbench.tasks.protocol import Role

FEATURES = Role(
    "features",
    "Features",
    "The columns that the model reads: numbers, and words that repeat. Leave out what is not known when the model is "
    "used.",
    "features",
    optional=True,
)
