"""Dialogs: export, data import, help."""
