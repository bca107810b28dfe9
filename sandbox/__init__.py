"""The demo ride platform: plays the company's side of `bot/rides/openapi.yml`, with state in memory and a
driver's page."""
