"""What `make` runs. Standard library only, Python 3.9 or later, because most of it runs before any environment exists."""
