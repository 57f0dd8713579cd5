"""`python -m deskreel`: the command line."""

from deskreel.cli import main

main()
