"""The command `joinedup releases diff`."""
