"""`python -m sorter` is the `sorter` command."""

from sorter.cli.main import main

main()
