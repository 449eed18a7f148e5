"""Data: sets, files, features, splits and mini-batches."""
