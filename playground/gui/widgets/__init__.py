"""Controls for declared settings; each knows one setting and nothing of the session."""
