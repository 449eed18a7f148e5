"""The derivative workspace: a typed formula, its limit, its rules, and slopes in a plane."""
