"""The window that trains with several optimizers and shows them side by side."""
