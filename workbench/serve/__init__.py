"""Prediction from an exported model: a predictor, and a server around it."""
