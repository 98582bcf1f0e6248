"""Run the command line as `python -m znak`."""

from znak.cli import main

main()
