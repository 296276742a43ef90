"""Release: an audited candidate becomes an immutable folder and the pointer moves."""
