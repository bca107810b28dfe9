"""What `make check` knows about the project's data. Each check returns sentences that say what is wrong and how to mend it."""
