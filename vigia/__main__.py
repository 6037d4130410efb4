"""``python -m vigia``: the command line."""

from vigia.cli import main

if __name__ == "__main__":
    main()
