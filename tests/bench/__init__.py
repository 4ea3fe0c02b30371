"""Programs that measure; each prints what it found and fails nothing by itself but on a broken promise."""
