"""The kinds of problems of `ties`, for both of its processes: the one that races has no NumPy."""

KINDS = ["lattice", "counts", "flat", "units", "coinciding", "outliers", "whole costs", "outlier costs", "equal rows"]
# Kinds in which points repeat.
REPEATED = ["coinciding", "equal rows"]
