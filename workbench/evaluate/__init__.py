"""How good predictions are: numbers, intervals and panels, no drawing."""
