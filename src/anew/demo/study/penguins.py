"""Tell the weight of a penguin from its size."""

import numpy as np
import pandas as pd

import anew

ex = anew.Experiment("penguins")
data = ex.parameter("data", default="penguins.csv", help="table of penguins")
holdout = ex.parameter("holdout", default=0.25, help="share of penguins to test on")
ridge = ex.parameter("ridge", default=1.0, help="penalty on large weights")


def measures(table):
    """Give one row for each penguin: a constant and three lengths in mm."""
    lengths = table[["bill_length_mm", "bill_depth_mm", "flipper_length_mm"]]
    return np.column_stack([np.ones(len(table)), lengths])


@ex.step
def load(path):
    """Read the table; leave out penguins with missing values."""
    return pd.read_csv(anew.input(path)).dropna()


@ex.step
def split(table, holdout, rng):
    """Set some penguins aside, by chance, to test on."""
    return table.assign(is_test=rng.random(len(table)) < holdout)


@ex.step(persist=True)
def fit(table, ridge):
    """Fit body mass to the measures by ridge regression; give the weights in g and g/mm."""
    train = table[~table["is_test"]]
    x, mass = measures(train), train["body_mass_g"]
    penalty = ridge * np.eye(x.shape[1])
    penalty[0, 0] = 0  # the constant is free
    return np.linalg.solve(x.T @ x + penalty, x.T @ mass)


@ex.result
def rmse(table, weights):
    """Predict the penguins set aside; give the root mean square error in g."""
    test = table[table["is_test"]]
    mass = test["body_mass_g"]
    error = measures(test) @ weights - mass
    mse = (error**2).mean()
    ex.log(r2=1 - mse / mass.var(ddof=0), worst_g=error.abs().max())
    ex.save("errors.csv", test.assign(error_g=error))
    return float(np.sqrt(mse))


table = split(load(data), holdout)
score = rmse(table, fit(table, ridge))
ex.main()
