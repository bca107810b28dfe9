"""The desk's client of the company's ride platform: trips, drivers, dispatch, lost items. Contract:
`openapi.yml`."""
