"""The domains that the portal ships, one package each."""
