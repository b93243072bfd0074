"""`python -m attrvis.cli` is `attrvis`."""

from attrvis.cli import main

if __name__ == "__main__":
    main()
