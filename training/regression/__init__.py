"""Fits of functions and data: configuration, LightningModules, and the Trainer that runs them."""
