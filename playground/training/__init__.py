"""Training: experiment, trainer, history, snapshots, diagnostics; no Qt."""
