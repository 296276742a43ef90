"""The order of the steps, the settings and the command line."""

__version__ = "0.1.0"
