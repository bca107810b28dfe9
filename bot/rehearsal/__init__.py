"""The case of August 2018, played to whoever is on the rota."""
