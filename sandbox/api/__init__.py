"""The contract's paths, by subject, and the driver's page."""
