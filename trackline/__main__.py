"""`python -m trackline` is the `trackline` command."""

from trackline.cli.main import main

main()
