"""Fits of functions of several variables: features drawn and placed, or trained, and an output layer in them."""
