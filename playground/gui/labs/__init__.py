"""The laboratories: workspaces beside training."""
